import { Problem } from '../protocol/problem.ts';
import type { Request } from '../protocol/request.ts';
import type { Context } from './context.ts';

/**
 * Runs a request of a client that has not logged in yet: it may log in, ask for the version, and leave. False for
 * a request that may be run as any other.
 */
export function runLoggedOut(context: Context, request: Request): boolean {
  switch (request.verb) {
    case 'version':
    case 'quit':
    case 'invalid':
    case 'sasl_list':
    case 'sasl_auth':
      return false;
    case 'set':
      if (request.frame !== undefined || request.meta !== undefined) break;
      logIn(context, request, context.server.users?.allowText(bodyOf(request)) ?? false);
      return true;
  }
  context.pipeline.refuse(request, new Problem('auth', 'unauthenticated'));
  return true;
}

/** SASL, which may also be used again. Without users of our own every login is right. */
export function logInWithSasl(context: Context, request: Request): void {
  const { users } = context.server;
  const isAllowed =
    users === undefined || (request.argument === 'PLAIN' && users.allowPlain(bodyOf(request)));
  logIn(context, request, isAllowed);
}

function logIn({ client, pipeline, counters }: Context, request: Request, isAllowed: boolean): void {
  counters.authCommands++;
  if (!isAllowed) counters.authErrors++;
  // A wrong password costs the connection, so that guessing is slow.
  if (!isAllowed) return pipeline.refuse(request, new Problem('auth', 'authentication failure', true));
  client.isLoggedIn = true;
  pipeline.answer(request, pipeline.encoder.authenticated(request));
}

function bodyOf(request: Request): string {
  return request.body.toString('latin1', request.bodyStart, request.bodyEnd);
}
