import { createRoute, z } from '@hono/zod-openapi';
import type { HttpContext } from '../context.ts';
import { gzipped } from '../gzipped.ts';
import { presentQueue } from '../queue-path.ts';
import { answers, PROBLEM } from '../responses.ts';
import type { App } from '../router.ts';
import type { History as Recorded } from '../sampler.ts';
import { WINDOWS, words } from '../schemas/common.ts';
import { History, QueueParam } from '../schemas/queues.ts';
import { isoTime } from '../times.ts';

/** How the figures were: of a queue, and of all together. */
export function historyRoutes(app: App, { engine, sampler }: HttpContext): void {
  app.openapi(OF_QUEUE, (request) => {
    const { window, series } = request.req.valid('query');
    const name = presentQueue(request, engine);
    return request.json(historyAnswer(sampler.history(name, window), window, series), 200);
  });

  app.openapi(OF_ALL, (request) => {
    const { window, series } = request.req.valid('query');
    return request.json(historyAnswer(sampler.history(undefined, window), window, series), 200);
  });
}

/** `wanted`: of all series where it is undefined. */
function historyAnswer(
  { step_ms, from, columns }: Recorded,
  window: (typeof WINDOWS)[number],
  wanted: readonly string[] | undefined,
): z.infer<typeof History> {
  const { times, ...series } = columns;
  const shown = Object.entries(series).filter(([each]) => wanted?.includes(each) ?? true);
  return { window, step_ms, from: isoTime(from), times, series: Object.fromEntries(shown) };
}

const query = z.object({
  window: z.enum(WINDOWS).default('1h'),
  series: words(z.string()).optional().describe('Only these, with commas between them'),
});

const OF_QUEUE = createRoute({
  method: 'get',
  path: '/queues/{q}/history',
  middleware: gzipped,
  summary: 'How the figures of a queue were, as columns',
  request: { params: QueueParam, query },
  responses: { 200: answers(History, 'Columns of the same length'), default: PROBLEM },
});

const OF_ALL = createRoute({
  method: 'get',
  path: '/history',
  middleware: gzipped,
  summary: 'How the figures of all queues together were, as columns',
  request: { query },
  responses: { 200: answers(History, 'Columns of the same length'), default: PROBLEM },
});
