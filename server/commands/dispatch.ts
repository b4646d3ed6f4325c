import { PROTOCOL_VERSION } from '../../shared/version.ts';
import { Problem } from '../protocol/problem.ts';
import type { Command } from '../protocol/request.ts';
import { answer, clientError, refuse } from '../session/pipeline.ts';
import type { Session } from '../session/session.ts';
import { read } from './get.ts';
import { authenticate, logInWithSasl } from './login.ts';
import { flush, flushAll, remove, touch } from './queue-admin.ts';
import { stats } from './stats.ts';
import { store } from './store.ts';
import { keysProblem } from './validate.ts';

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
