import type { ServerResponse } from 'node:http';
import type { HttpFrame } from '../frame.ts';
import { Problem } from '../problem.ts';
import type { App, Middleware, RequestContext } from '../router.ts';

/** How many may be answered at a time. */
const STREAMS = 64;
const WAITS = 64;
const LISTS = 4;

const LIST_PATHS = [
  '/api/v1/queues',
  '/api/v1/queues/:q/messages',
  '/api/v1/failed',
  '/api/v1/failed/groups',
  '/api/v1/running',
  '/api/v1/search',
];

/**
 * Bounds what takes long: streams, waits for the end of a job, and lists, each on its own. Refuses what is too much with a 503;
 * whatever is not of these is never refused here.
 */
export function busy(app: App, { stopping }: HttpFrame): void {
  app.get('/api/v1/live', atMost(STREAMS), endedBy(stopping));
  app.get(
    '/api/v1/queues/:q/jobs/:id',
    atMost(WAITS, ({ req }) => req.query('wait') !== undefined),
  );
  const lists = atMost(LISTS);
  for (const path of LIST_PATHS) app.get(path, lists);
}

/** Lets so many requests through at a time, of those that count, until they are answered whole or gone. */
function atMost(most: number, counts: (context: RequestContext) => boolean = () => true): Middleware {
  let taken = 0;
  return async (context, next) => {
    if (counts(context)) {
      if (taken >= most)
        throw new Problem(503, 'busy', `${most} such requests are under way`, { retryAfterSeconds: 1 });
      taken++;
      context.env.outgoing.once('close', () => {
        taken--;
      });
    }
    await next();
  };
}

/** A stream has no end of its own, which a stop would wait for. */
function endedBy(stopping: AbortSignal): Middleware {
  const open = new Set<ServerResponse>();
  stopping.addEventListener('abort', () => {
    for (const response of open) response.destroy();
  });
  return async ({ env: { outgoing } }, next) => {
    const response = outgoing as ServerResponse;
    open.add(response);
    response.once('close', () => open.delete(response));
    await next();
  };
}
