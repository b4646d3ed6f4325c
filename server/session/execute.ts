import { PROTOCOL_VERSION } from '../../shared/version.ts';
import type { Command, Verb } from '../protocol/command.ts';
import { type Key, Option, optionName } from '../protocol/key.ts';
import { Problem } from '../protocol/problem.ts';
import { answer, clientError, refuse } from './exchange.ts';
import { authenticate, logInWithSasl } from './login.ts';
import { flush, flushAll, remove, touch } from './manage.ts';
import { read } from './read.ts';
import { reservedProblem } from './server-names.ts';
import type { Session } from './session.ts';
import { stats } from './stats.ts';
import { store } from './store.ts';

/** The options that each verb understands. */
const ALLOWED: Readonly<Partial<Record<Verb, number>>> = {
  get: Option.wait | Option.open | Option.close | Option.abort | Option.peek | Option.info | Option.failed,
  gets: Option.wait | Option.open | Option.close | Option.abort | Option.peek | Option.info | Option.failed,
  gat: Option.wait | Option.info,
  gats: Option.wait | Option.info,
  set: Option.close | Option.fail | Option.final | Option.lease,
  add: 0,
  replace: 0,
  append: 0,
  prepend: 0,
  delete: Option.lease,
  flush: 0,
  touch: Option.failed | Option.lease,
};

const NOT_A_COUNTER = 'a queue holds messages, not counters';

/** Runs one command; its exchange takes its place in the session's line at once. */
export function execute(session: Session, command: Command): void {
  const problem = command.problem ?? (command.key && keysProblem(command, command.key));
  if (problem !== undefined) {
    refuse(session, command, problem);
    return;
  }
  if (!session.isAuthenticated && authenticate(session, command)) return;
  switch (command.verb) {
    case 'get':
    case 'gets':
    case 'gat':
    case 'gats':
      return read(session, command);
    case 'set':
    case 'add':
    case 'replace':
    case 'append':
    case 'prepend':
      return store(session, command);
    case 'delete':
      return remove(session, command);
    case 'flush':
      return flush(session, command);
    case 'flush_all':
      return flushAll(session, command);
    case 'touch':
      return touch(session, command);
    case 'stats':
      return stats(session, command);
    case 'version':
      return answer(session, command, command.replies.version(command, PROTOCOL_VERSION));
    case 'verbosity':
      return answer(session, command, command.replies.status(command, 'ok'));
    case 'noop':
      return answer(session, command, command.replies.noop(command));
    case 'quit':
      session.runNoMore();
      return answer(
        session,
        command,
        command.frame === undefined ? '' : command.replies.status(command, 'ok'),
      );
    case 'sasl_list':
      return answer(session, command, command.replies.saslMechanisms(command, 'PLAIN'));
    case 'sasl_auth':
      return logInWithSasl(session, command);
    case 'cas':
      return refuse(
        session,
        command,
        clientError('cas is not supported: a message in a queue is never changed'),
      );
    case 'incr':
    case 'decr':
      return refuse(session, command, clientError(`${command.verb} is not supported: ${NOT_A_COUNTER}`));
    case 'invalid':
      return refuse(session, command, new Problem('unknown', 'unknown command'));
  }
}

function keysProblem(command: Command, first: Key): Problem | undefined {
  if (command.keys === undefined) return keyProblem(command, first);
  for (const key of command.keys) {
    const problem = keyProblem(command, key);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function keyProblem(command: Command, key: Key): Problem | undefined {
  if (key.isPlain) return undefined;
  if (key.problem !== undefined) return key.problem;
  const allowed = ALLOWED[command.verb];
  if (allowed !== undefined && (key.options & ~allowed) !== 0) {
    return clientError(
      `option "${optionName(key.options & ~allowed)}" is not supported with ${command.verb}`,
    );
  }
  return key.isReserved ? reservedProblem(command, key) : undefined;
}
