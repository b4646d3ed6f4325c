import { createRoute, z } from '@hono/zod-openapi';
import type { QueueStats } from '../../engine/api.ts';
import type { HttpContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { promised } from '../promised.ts';
import type { QueueVerb } from '../queue-actions.ts';
import { checkedName, presentQueue } from '../queue-path.ts';
import { answers, PROBLEM } from '../responses.ts';
import type { App } from '../router.ts';
import { Accepted } from '../schemas/actions.ts';
import { whole } from '../schemas/common.ts';
import { Expect, MoveQueue, QueueParam } from '../schemas/queues.ts';

/** Purge, move and removal of a queue: they go on by themselves, and are found under /actions. */
export function wholeQueueRoutes(app: App, { engine, queueActions, basePath }: HttpContext): void {
  app.openapi(PURGE, async (request) => {
    const queue = presentQueue(request, engine);
    const total = checked(waiting(engine.figures.queue(queue)), request.req.valid('json').expect);
    const accepted = await begin('purge', total, async () => {
      await promised<void>((done) => engine.purge(queue, done));
      return total;
    });
    return request.json(accepted, 202);
  });

  app.openapi(MOVE, async (request) => {
    const queue = presentQueue(request, engine);
    const { to, expect } = request.req.valid('json');
    const target = checkedName(to, '/to', engine);
    if (target === queue) {
      const detail = 'is the queue itself';
      throw new Problem(422, 'queue-name', `"to" ${detail}`, { errors: [{ pointer: '/to', detail }] });
    }
    const total = checked(waiting(engine.figures.queue(queue)), expect);
    const accepted = await begin('move', total, () =>
      promised<number>((done) => engine.move(queue, target, done)),
    );
    return request.json(accepted, 202);
  });

  app.openapi(DELETE, async (request) => {
    const queue = presentQueue(request, engine);
    const stats = engine.figures.queue(queue) as QueueStats;
    const all = waiting(stats) + stats.reserved + stats.failed;
    const total = checked(all, request.req.valid('query').expect);
    const accepted = await begin('delete', total, async () => {
      const isGone = await promised<boolean>((done) => engine.drop(queue, done));
      return isGone ? total : 0;
    });
    return request.json(accepted, 202);
  });

  async function begin(verb: QueueVerb, total: number, run: () => Promise<number>): Promise<Accepted> {
    const { id } = await queueActions.begin(verb, total, run);
    return { id, total, url: `${basePath}/api/v1/actions/${id}` };
  }
}

function waiting(stats: QueueStats | undefined): number {
  return stats === undefined ? 0 : stats.ready + stats.delayed;
}

/** Throws a Problem where there are a tenth more or less than the client believes. */
function checked(count: number, expect: number | undefined): number {
  if (expect !== undefined && Math.abs(count - expect) > expect / 10)
    throw new Problem(409, 'changed', `there are ${count} messages, not about ${expect}`);
  return count;
}

const PURGE = createRoute({
  method: 'post',
  path: '/queues/{q}/purge',
  summary: 'Discards what waits',
  request: {
    params: QueueParam,
    body: { content: { 'application/json': { schema: Expect } }, required: false },
  },
  responses: { 202: answers(Accepted, 'It is under way'), default: PROBLEM },
});

const MOVE = createRoute({
  method: 'post',
  path: '/queues/{q}/move',
  summary: 'What waits goes to another queue',
  request: {
    params: QueueParam,
    body: { content: { 'application/json': { schema: MoveQueue } }, required: true },
  },
  responses: { 202: answers(Accepted, 'It is under way'), default: PROBLEM },
});

const DELETE = createRoute({
  method: 'delete',
  path: '/queues/{q}',
  summary: 'Removes a queue with all that is in it',
  request: {
    params: QueueParam,
    query: z.object({ expect: whole(0, Number.MAX_SAFE_INTEGER).optional() }).strict(),
  },
  responses: { 202: answers(Accepted, 'It is under way'), default: PROBLEM },
});
