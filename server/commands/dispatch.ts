import { PROTOCOL_VERSION } from '../../shared/version.ts';
import { clientError, Problem } from '../protocol/problem.ts';
import type { Request } from '../protocol/request.ts';
import type { Client } from '../session/client.ts';
import type { Pipeline } from '../session/pipeline.ts';
import { Context, type ServerContext } from './context.ts';
import { get } from './get.ts';
import { logInWithSasl, runLoggedOut } from './login.ts';
import { flush, flushAll, remove, touch } from './queue-admin.ts';
import { stats } from './stats.ts';
import { store } from './store.ts';
import { keysProblem, noCas } from './validate.ts';

const NOT_A_COUNTER = 'a queue holds messages, not counters';

/** What runs the requests of a client that has just connected. */
export function createDispatch(
  server: ServerContext,
  client: Client,
  pipeline: Pipeline,
): (request: Request) => void {
  const context = new Context(server, client, pipeline);
  client.isLoggedIn = server.users === undefined;
  return (request) => dispatch(context, request);
}

/** Runs one request; its exchange enters the pipeline at once. */
function dispatch(context: Context, request: Request): void {
  const { pipeline } = context;
  const problem = request.problem ?? (request.key && keysProblem(request, request.key));
  if (problem !== undefined) {
    pipeline.refuse(request, problem);
    return;
  }
  if (!context.client.isLoggedIn && runLoggedOut(context, request)) return;
  switch (request.verb) {
    case 'get':
    case 'gets':
    case 'gat':
    case 'gats':
      return get(context, request);
    case 'set':
    case 'add':
    case 'replace':
    case 'append':
    case 'prepend':
      return store(context, request);
    case 'delete':
      return remove(context, request);
    case 'flush':
      return flush(context, request);
    case 'flush_all':
      return flushAll(context, request);
    case 'touch':
      return touch(context, request);
    case 'stats':
      return stats(context, request);
    case 'version':
      return pipeline.answer(request, pipeline.encoder.version(request, PROTOCOL_VERSION));
    case 'verbosity':
      return pipeline.answer(request, pipeline.encoder.status(request, 'ok'));
    case 'noop':
      return pipeline.answer(request, pipeline.encoder.noop(request));
    case 'quit':
      pipeline.end();
      return pipeline.answer(request, pipeline.encoder.quit(request));
    case 'sasl_list':
      return pipeline.answer(request, pipeline.encoder.saslMechanisms(request, 'PLAIN'));
    case 'sasl_auth':
      return logInWithSasl(context, request);
    case 'cas':
      return pipeline.refuse(request, noCas());
    case 'incr':
    case 'decr':
      return pipeline.refuse(request, clientError(`${request.verb} is not supported: ${NOT_A_COUNTER}`));
    case 'invalid':
      return pipeline.refuse(request, new Problem('unknown', 'unknown command'));
  }
}
