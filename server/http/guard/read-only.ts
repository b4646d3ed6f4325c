import type { HttpFrame } from '../frame.ts';
import { Problem } from '../problem.ts';
import type { Middleware } from '../router.ts';
import { isSafe } from './roles.ts';

/** Refuses all that may change something, where that is set. */
export function readOnly(frame: HttpFrame): Middleware {
  return async ({ req }, next) => {
    if (frame.isReadonly && !isSafe(req.method))
      throw new Problem(403, 'read-only', 'this server lets nothing be changed over HTTP (--http-readonly)');
    await next();
  };
}
