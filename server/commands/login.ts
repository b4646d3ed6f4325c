import { Problem } from '../protocol/problem.ts';
import type { Command } from '../protocol/request.ts';
import { answer, refuse } from '../session/pipeline.ts';
import type { Session } from '../session/session.ts';
import type { Users } from './users.ts';

/**
 * Runs a command of a client that has not logged in yet: it may log in, ask for the version, and leave. False for
 * a command that may be run as any other.
 */
export function authenticate(session: Session, command: Command): boolean {
  switch (command.verb) {
    case 'version':
    case 'quit':
    case 'invalid':
    case 'sasl_list':
    case 'sasl_auth':
      return false;
    case 'set':
      if (command.frame !== undefined || command.meta !== undefined) break;
      logIn(session, command, session.context.users()?.allowText(bodyOf(command)));
      return true;
  }
  refuse(session, command, new Problem('auth', 'unauthenticated'));
  return true;
}

/** SASL, which may also be used again. Without users of our own every login is right. */
export function logInWithSasl(session: Session, command: Command): void {
  const users = session.context.users();
  const isAllowed = command.argument === 'PLAIN' && users?.allowPlain(bodyOf(command));
  logIn(session, command, users === undefined || isAllowed);
}

function logIn(session: Session, command: Command, isAllowed: ReturnType<Users['allow']> | undefined): void {
  // A wrong password costs the connection, so that guessing is slow.
  if (!isAllowed) return refuse(session, command, new Problem('auth', 'authentication failure', true));
  session.isAuthenticated = true;
  answer(session, command, command.replies.authenticated(command));
}

function bodyOf(command: Command): string {
  return command.body.toString('latin1', command.bodyStart, command.bodyEnd);
}
