import { PROTOCOL_VERSION } from '../../shared/version.ts';
import type { Key } from '../protocol/key.ts';
import { clientError, Problem } from '../protocol/problem.ts';
import type { Request } from '../protocol/request.ts';
import type { Client } from '../session/client.ts';
import type { Pipeline } from '../session/pipeline.ts';
import { Context, type ServerContext } from './context.ts';
import { get } from './get.ts';
import { logInWithSasl, runLoggedOut } from './login.ts';
import { flush, flushAll, remove, touch } from './queue-admin.ts';
import { stats } from './stats.ts';
import { isMessage, refuseCas, store } from './store.ts';
import { keysProblem } from './validate.ts';

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
  const { key } = request;
  if (request.meta !== undefined) context.counters.metaCommands++;
  const problem = request.problem ?? (key && keysProblem(request, key));
  if (problem !== undefined) {
    if (problem.kind === 'too_large' && context.client.isLoggedIn && isMessage(request))
      context.counters.tooLarge++;
    context.pipeline.refuse(request, problem);
    return;
  }
  if (!context.client.isLoggedIn && runLoggedOut(context, request)) return;
  if (key === undefined) runKeyless(context, request);
  else runKeyed(context, request, key);
}

function runKeyed(context: Context, request: Request, key: Key): void {
  const { verb } = request;
  switch (verb) {
    case 'get':
    case 'gets':
    case 'gat':
    case 'gats':
      return get(context, request, key);
    case 'set':
    case 'add':
    case 'replace':
    case 'append':
    case 'prepend':
      return store(context, request, key);
    case 'delete':
      return remove(context, request, key);
    case 'flush':
      return flush(context, request, key);
    case 'touch':
      return touch(context, request, key);
    case 'cas':
      return refuseCas(context, request);
    // incr, decr
    default:
      context.counters[verb === 'incr' ? 'incrMisses' : 'decrMisses']++;
      return context.pipeline.refuse(request, clientError(`${verb} is not supported: ${NOT_A_COUNTER}`));
  }
}

function runKeyless(context: Context, request: Request): void {
  const { pipeline } = context;
  const { encoder } = pipeline;
  switch (request.verb) {
    case 'flush_all':
      return flushAll(context, request);
    case 'stats':
      return stats(context, request);
    case 'version':
      return pipeline.answer(request, encoder.version(request, PROTOCOL_VERSION));
    case 'verbosity':
      return pipeline.answer(request, encoder.status(request, 'ok'));
    case 'noop':
      return pipeline.answer(request, encoder.noop(request));
    case 'quit':
      pipeline.end();
      return pipeline.answer(request, encoder.quit(request));
    case 'sasl_list':
      return pipeline.answer(request, encoder.saslMechanisms(request, 'PLAIN'));
    case 'sasl_auth':
      return logInWithSasl(context, request);
    default:
      return pipeline.refuse(request, new Problem('unknown', 'unknown command'));
  }
}
