import { WatchList } from '../../shared/watch-list.ts';
import type { Key } from '../protocol/key.ts';
import { Option } from '../protocol/options.ts';
import type { Problem } from '../protocol/problem.ts';
import type { Command } from '../protocol/request.ts';
import { answer, clientError, refuse } from '../session/pipeline.ts';
import type { Session } from '../session/session.ts';

/** The names that are the server's own: a list of queues to read from, and who the client is. */
export const WATCH = '$watch';
const CLIENT = '$client';

/** Longest value of `$client`, bytes. */
const MAX_CLIENT_INFO = 1024;

/** The options that go with a list of queues. */
const WATCH_READS = Option.wait | Option.open | Option.close | Option.abort | Option.return | Option.info;
const WATCH_SETS = Option.close | Option.fail | Option.final | Option.progress | Option.lease;

/** Why a command cannot be used with a name of the server's own. */
export function reservedProblem(command: Command, key: Key): Problem | undefined {
  switch (command.verb) {
    case 'set':
      if (key.queue === WATCH && (key.options & ~WATCH_SETS) === 0) return undefined;
      if (key.queue === CLIENT && key.options === 0) return undefined;
      break;
    case 'get':
      if (key.queue === WATCH && command.meta === undefined && (key.options & ~WATCH_READS) === 0)
        return undefined;
      break;
    case 'gat':
    case 'touch':
    case 'delete':
      if (key.queue === WATCH && !key.has(Option.failed | Option.id)) return undefined;
      break;
  }
  return clientError(
    `${command.verb} cannot be used with "${key.text}": names that begin with $ are the server's own`,
  );
}

/** `set $watch`, `set $client`. */
export function setServerName(session: Session, command: Command, key: Key): void {
  const text = command.body.toString('latin1', command.bodyStart, command.bodyEnd);
  const wrong = key.queue === WATCH ? watch(session, text) : nameClient(session, text);
  if (wrong !== undefined) refuse(session, command, clientError(wrong));
  else answer(session, command, command.replies.status(command, 'stored'));
}

function watch(session: Session, text: string): string | undefined {
  const list = WatchList.parse(text);
  if (typeof list === 'string') return `not a list of queues: ${list}`;
  session.watchList = list;
  return undefined;
}

function nameClient(session: Session, text: string): string | undefined {
  if (text.length > MAX_CLIENT_INFO) return `$client is longer than ${MAX_CLIENT_INFO} bytes`;
  try {
    session.clientInfo = JSON.stringify(JSON.parse(Buffer.from(text, 'latin1').toString('utf8')));
    return undefined;
  } catch {
    return '$client needs JSON';
  }
}
