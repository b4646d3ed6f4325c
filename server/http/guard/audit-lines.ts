import { routePath } from 'hono/route';
import type { HttpFrame } from '../frame.ts';
import type { Middleware } from '../router.ts';
import { isSafe } from './roles.ts';

/** What applications do, not people, and very often: as little is told of a `set`. */
const ENQUEUES = /^\/api\/v1\/queues\/[^/]+\/messages(?:\/batch)?$/;

/** Notes who has done what: a line for each request that may change something, whatever became of it. */
export function auditLines({ audit }: HttpFrame): Middleware {
  return async (context, next) => {
    await next();
    const { method, path } = context.req;
    if (isSafe(method) || (method === 'POST' && ENQUEUES.test(path))) return;
    audit.note({
      at: Date.now(),
      user: context.get('user'),
      address: context.get('address'),
      action: `${method} ${routePath(context, -1)}`,
      target: path,
      status: context.res.status,
    });
  };
}
