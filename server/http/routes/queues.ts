import { createRoute, z } from '@hono/zod-openapi';
import { readableName } from '../../../shared/latin1.ts';
import { queueGlob } from '../../config/queue-glob.ts';
import type { QueueStats } from '../../engine/api.ts';
import type { HttpContext } from '../context.ts';
import { cursorText, readCursor } from '../cursor.ts';
import { nextPage } from '../next-page.ts';
import { Problem } from '../problem.ts';
import { promised } from '../promised.ts';
import { queueAnswer, recentAnswer } from '../queue-answer.ts';
import { bitsOf, conditionsOf } from '../queue-conditions.ts';
import { type ListedPlace, QueueOrders, type QueueSort } from '../queue-order.ts';
import { presentQueue, queueOfPath } from '../queue-path.ts';
import { answers, PROBLEM } from '../responses.ts';
import type { App } from '../router.ts';
import { Cursor, Limit, words } from '../schemas/common.ts';
import {
  QUEUE_CONDITIONS,
  QUEUE_SORTS,
  type Queue,
  QueueDetail,
  QueueList,
  QueueParam,
} from '../schemas/queues.ts';
import { Slices } from '../turns.ts';

/** Queues: those that there are, one with its policy; paused or not. */
export function queueRoutes(app: App, context: HttpContext): void {
  const { engine, sampler } = context;
  const orders = new QueueOrders(engine, sampler);

  app.openapi(LIST, async (request) => {
    const { q, sort, state, with: more, limit, cursor } = request.req.valid('query');
    const matches = globOf(q);
    const wanted = bitsOf(state ?? []);
    const answer = more === undefined ? queueAnswer : recentAnswer;
    const slices = new Slices();
    const items: Queue[] = [];
    let last: ListedPlace | undefined;
    let scanned = 0;
    for (const place of await orders.from(sort, readCursor(cursor, CursorPlace))) {
      if (items.length === limit) {
        const next = cursorText(last && { value: last.value, name: last.name });
        request.header('link', nextPage(request.req.url, next));
        return request.json({ items, next, scanned }, 200);
      }
      scanned++;
      last = place;
      const isListed = (wanted === 0 || (place.conditions & wanted) !== 0) && matches(place.name);
      const stats = isListed ? engine.figures.queue(place.name) : undefined;
      // The order may be of some time ago.
      const isWanted = wanted === 0 || (stats && (conditionsOf(stats) & wanted) !== 0);
      if (stats !== undefined && isWanted) items.push(answer(context, stats));
      if (slices.isOver) await slices.giveWay();
    }
    return request.json({ items, next: null, scanned }, 200);
  });

  app.openapi(ONE, (request) => {
    const name = presentQueue(request, engine);
    const stats = engine.figures.queue(name) as QueueStats;
    return request.json(
      {
        ...queueAnswer(context, stats),
        policy: Object.fromEntries(readable(context.policy(name))),
        policy_from: Object.fromEntries(context.policySources(name)),
      },
      200,
    );
  });

  app.openapi(PAUSE, async (request) => {
    const name = queueOfPath(request, engine);
    await promised<void>((done) => engine.pause(name, done));
    return request.body(null, 204);
  });

  app.openapi(RESUME, async (request) => {
    const name = presentQueue(request, engine);
    await promised<boolean>((done) => engine.resume(name, done));
    return request.body(null, 204);
  });
}

/** Names of queues are in policies as well. */
function* readable<T>(lines: Iterable<readonly [string, T]>): Iterable<readonly [string, T | string]> {
  for (const [key, value] of lines) yield [key, typeof value === 'string' ? readableName(value) : value];
}

function globOf(glob: string | undefined): (name: string) => boolean {
  if (glob === undefined) return () => true;
  try {
    return queueGlob(glob);
  } catch (error) {
    const { message: detail } = error as Error;
    throw new Problem(422, 'glob', detail, { errors: [{ pointer: '/q', detail }] });
  }
}

const CursorPlace: z.ZodType<{ value: number; name: string }> = z.object({
  value: z.number(),
  name: z.string(),
});

const LIST = createRoute({
  method: 'get',
  path: '/queues',
  summary: 'Queues, a page at a time',
  request: {
    query: z.object({
      q: z.string().optional().describe('A glob, as in the configuration: * ? [a-z] {a,b}'),
      sort: z
        .enum(QUEUE_SORTS)
        .default('name' satisfies QueueSort)
        .describe('By name; or by a figure, the greatest first'),
      state: words(z.enum(QUEUE_CONDITIONS)).optional().describe('Any of these: paused,no-readers,failing'),
      with: words(z.enum(['recent']))
        .optional()
        .describe('What else each of them has'),
      limit: Limit,
      cursor: Cursor,
    }),
  },
  responses: { 200: answers(QueueList, 'A page of queues'), default: PROBLEM },
});

const ONE = createRoute({
  method: 'get',
  path: '/queues/{q}',
  summary: 'A queue, with its policy',
  request: { params: QueueParam },
  responses: { 200: answers(QueueDetail, 'The queue'), default: PROBLEM },
});

const PAUSE = createRoute({
  method: 'put',
  path: '/queues/{q}/pause',
  summary: 'Nothing is handed out from now on; the queue is created where there is none',
  request: { params: QueueParam },
  responses: { 204: { description: 'It is paused' }, default: PROBLEM },
});

const RESUME = createRoute({
  method: 'delete',
  path: '/queues/{q}/pause',
  summary: 'The queue hands out again',
  request: { params: QueueParam },
  responses: { 204: { description: 'It is not paused' }, default: PROBLEM },
});
