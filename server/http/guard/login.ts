import type { HttpFrame } from '../frame.ts';
import { Problem } from '../problem.ts';
import type { Middleware, RequestContext } from '../router.ts';
import type { HttpUser, HttpUsers } from '../users.ts';
import { PasswordCheck } from './password-check.ts';

/** Has those log in who ask, where there are users: with a password (Basic), a token (Bearer), or at a trusted proxy. */
export function login(frame: HttpFrame): Middleware {
  const passwords = new PasswordCheck();
  return async (context, next) => {
    const { users } = frame;
    const user = users === undefined ? NOBODY : await userOf(users, passwords, context);
    if (user === undefined) {
      frame.refused(context.get('address'));
      throw unauthorized(context);
    }
    context.set('user', user.name);
    context.set('role', user.role);
    await next();
  };
}

/** Who comes where nobody has to log in. */
const NOBODY = { name: '', role: 'admin' } as const;

/** The user whose token a request has. */
export function tokenUser(users: HttpUsers | undefined, { req }: RequestContext): HttpUser | undefined {
  const [, token] = /^Bearer +(\S+) *$/i.exec(req.header('authorization') ?? '') ?? [];
  return token === undefined ? undefined : users?.withToken(token);
}

/** Undefined where what is sent is wrong. Throws a Problem where nothing is, or too much at a time. */
async function userOf(
  users: HttpUsers,
  passwords: PasswordCheck,
  context: RequestContext,
): Promise<HttpUser | undefined> {
  const proxyUser = context.get('proxyUser');
  if (proxyUser !== '') return users.named(proxyUser);
  const header = context.req.header('authorization');
  if (header === undefined) throw unauthorized(context);
  const [, basic] = /^Basic +([A-Za-z0-9+/]+=*) *$/i.exec(header) ?? [];
  if (basic === undefined) return tokenUser(users, context);
  const [, name = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic, 'base64').toString()) ?? [];
  return passwords.userOf(users, { name, password, address: context.get('address') });
}

function unauthorized(context: RequestContext): Problem {
  context.header('www-authenticate', 'Basic realm="memq", charset="UTF-8"');
  context.header('www-authenticate', 'Bearer realm="memq"', { append: true });
  return new Problem(401, 'unauthorized', 'log in as a user of the file that --http-auth-file names');
}
