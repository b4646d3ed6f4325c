import { Problem } from '../protocol/problem.ts';
import type { Request } from '../protocol/request.ts';
import type { Context } from './context.ts';

/** The server's own name by which a client logs in, whatever it speaks, for the first time or again. */
export const LOGIN = '$login';

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
      if (request.key?.queue !== LOGIN && (request.frame !== undefined || request.meta !== undefined)) break;
      logInWithSet(context, request);
      return true;
  }
  context.pipeline.refuse(request, new Problem('auth', 'unauthenticated'));
  return true;
}

/** `set $login`, at any time; in text the first `set` of a connection, whatever its key. */
export function logInWithSet(context: Context, request: Request): void {
  const { pipeline, server } = context;
  const isAllowed = server.users?.allowText(bodyOf(request)) ?? true;
  if (logIn(context, request, isAllowed))
    pipeline.answer(request, pipeline.encoder.status(request, 'stored'));
}

/** SASL, which may also be used again. */
export function logInWithSasl(context: Context, request: Request): void {
  const { pipeline, server } = context;
  const isPlain = request.argument === 'PLAIN';
  const isAllowed = server.users === undefined || (isPlain && server.users.allowPlain(bodyOf(request)));
  if (logIn(context, request, isAllowed)) pipeline.answer(request, pipeline.encoder.authenticated(request));
}

/** Without users of our own every login is right. False for one that is refused, which ends the connection. */
function logIn(context: Context, request: Request, isAllowed: boolean): boolean {
  const { client, pipeline, counters, server } = context;
  counters.authCommands++;
  client.isLoggedIn = isAllowed;
  if (isAllowed) return true;
  counters.authErrors++;
  server.refusedLogins.add(client.address, request.frame === undefined ? 'text' : 'binary');
  // So that guessing is slow, and nothing is done by who has been somebody else.
  pipeline.refuse(request, new Problem('auth', 'authentication failure', true));
  return false;
}

function bodyOf(request: Request): string {
  return request.body.toString('latin1', request.bodyStart, request.bodyEnd);
}
