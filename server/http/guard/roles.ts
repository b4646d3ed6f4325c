import { Problem } from '../problem.ts';
import { includes, type Role } from '../role.ts';
import type { App, Middleware } from '../router.ts';

/** What takes more than reading or acting does; patterns as the router has them. */
const NEEDS: readonly (readonly [method: string, path: string, role: Role])[] = [
  ['DELETE', '/api/v1/queues/:q', 'admin'],
  ['POST', '/api/v1/queues/:q/purge', 'admin'],
  ['GET', '/api/v1/settings', 'admin'],
  ['GET', '/api/v1/audit', 'admin'],
];

/** Refuses what a user's role does not allow: viewers read, operators act as well. */
export function roles(app: App): void {
  app.use('*', async (context, next) => {
    const { path, method } = context.req;
    if (path === '/metrics') require(context.get('role'), 'metrics');
    else require(context.get('role'), isSafe(method) ? 'viewer' : 'operator');
    await next();
  });
  for (const [method, path, role] of NEEDS) app.on(method, path, needs(role));
}

/** For a route that only such users may ask for. */
export function needs(role: Role): Middleware {
  return async (context, next) => {
    require(context.get('role'), role);
    await next();
  };
}

/** Methods that change nothing (RFC 9110, section 9.2.1). */
export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

function require(role: Role, needed: Role): void {
  if (!includes(role, needed)) throw new Problem(403, 'forbidden', `this takes the role ${needed}`);
}
