import type { QueueEngine } from '../engine/api.ts';
import type { Middleware } from './router.ts';

/**
 * Has answers wait until it is certain that no other server had gone on from what they tell: a leader that was paused may be
 * asked before it knows. Where this one does not lead any more they are errors.
 */
export function certain(engine: Pick<QueueEngine, 'certain'>): Middleware {
  return async ({ env }, next) => {
    await next();
    // Streams ask as well, past the network: they go on telling how this server is while the database is away.
    if (env?.incoming === undefined) return;
    await new Promise<void>((resolve, reject) => engine.certain({ resolve, reject }));
  };
}
