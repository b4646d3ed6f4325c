import { WatchList } from '../../shared/watch-list.ts';
import type { Key } from '../protocol/key.ts';
import { Option } from '../protocol/options.ts';
import { clientError, type Problem } from '../protocol/problem.ts';
import type { Request } from '../protocol/request.ts';
import { workerIn } from '../session/client.ts';
import type { Context } from './context.ts';
import { CONTROL } from './control.ts';
import { LOGIN, logInWithSet } from './login.ts';

/** The names that are the server's own, besides the login: a list of queues to read from, and who the client is. */
const WATCH = '$watch';
const CLIENT = '$client';

export const SERVERS_OWN = "names that begin with $ are the server's own";

/** Longest value of `$client`, bytes. */
const MAX_CLIENT_INFO = 1024;

/** The options that go with a list of queues. */
const WATCH_READS =
  Option.wait | Option.open | Option.close | Option.abort | Option.return | Option.peek | Option.info;
const WATCH_SETS =
  Option.close | Option.fail | Option.final | Option.died | Option.return | Option.progress | Option.lease;

/** Why a request cannot be run with a name of the server's own. */
export function reservedProblem(request: Request, key: Key): Problem | undefined {
  switch (request.verb) {
    case 'set':
      if (key.queue === WATCH && (key.options & ~WATCH_SETS) === 0) return undefined;
      if ((key.queue === CLIENT || key.queue === LOGIN) && key.options === 0) return undefined;
      break;
    case 'get':
    case 'gets':
      if (key.queue === WATCH && (key.options & ~WATCH_READS) === 0) return undefined;
      if (key.queue === CONTROL && (key.options & ~Option.wait) === 0) return undefined;
      break;
    case 'gat':
    case 'gats':
    case 'touch':
    case 'delete':
      if (key.queue === WATCH && !key.has(Option.failed | Option.id)) return undefined;
      break;
  }
  return clientError(`${request.verb} cannot be used with "${key.text}": ${SERVERS_OWN}`);
}

/** `set $watch`, `set $client`, `set $login`. */
export function setReservedKey(context: Context, request: Request, key: Key): void {
  if (key.queue === LOGIN) {
    logInWithSet(context, request);
    return;
  }
  const { pipeline } = context;
  const text = request.body.toString('latin1', request.bodyStart, request.bodyEnd);
  const wrong = key.queue === WATCH ? watch(context, text) : introduce(context, text);
  if (wrong !== undefined) pipeline.refuse(request, clientError(wrong));
  else pipeline.answer(request, pipeline.encoder.status(request, 'stored'));
}

function watch({ client, server }: Context, text: string): string | undefined {
  const list = WatchList.parse(text);
  if (typeof list === 'string') return `not a list of queues: ${list}`;
  if (server.settings.compat !== 'memcacheq' && text.includes('/'))
    return 'not a list of queues: a name with "/" needs --compat memcacheq';
  client.watchList = list;
  return undefined;
}

function introduce({ client, server }: Context, text: string): string | undefined {
  if (text.length > MAX_CLIENT_INFO) return `$client is longer than ${MAX_CLIENT_INFO} bytes`;
  let said: unknown;
  try {
    said = JSON.parse(Buffer.from(text, 'latin1').toString('utf8'));
  } catch {
    return '$client needs JSON';
  }
  client.info = JSON.stringify(said);
  const worker = workerIn(client.info);
  if (worker !== client.worker) {
    server.workers.left(client);
    client.worker = worker;
    client.lastOrder = 0;
  }
  server.workers.introduced(client, said);
  return undefined;
}
