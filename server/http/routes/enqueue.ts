import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { QueueName } from '../../engine/api.ts';
import { longestJson, readBody } from '../body.ts';
import type { HttpContext } from '../context.ts';
import { bodyOf, type NewMessage, newMessage } from '../enqueue-request.ts';
import { readJson } from '../json-body.ts';
import { Problem } from '../problem.ts';
import { queueOfPath } from '../queue-path.ts';
import { answers, PROBLEM } from '../responses.ts';
import type { App } from '../router.ts';
import { Enqueue, Enqueued, EnqueueOptions } from '../schemas/messages.ts';
import { QueueParam } from '../schemas/queues.ts';
import { storeMessage } from '../store-message.ts';

const Options = EnqueueOptions.strict();

/** A message is stored: told in JSON, or any bytes as they are. */
export function enqueueRoutes(app: App, { engine, maxItemSize, basePath }: HttpContext): void {
  app.openAPIRegistry.register('Enqueue', Enqueue);

  app.openapi(ENQUEUE, async (request) => {
    const queue = queueOfPath(request, engine);
    const message = isJson(request)
      ? await fromJson(request, queue)
      : newMessage(queue, request.req.valid('query'), await readBody(request, maxItemSize()), maxItemSize());
    const enqueued = await storeMessage(engine, message);
    const { ref, id } = enqueued;
    const at = `${basePath}/api/v1/queues/${enqueued.queue.key}`;
    if (ref !== null) request.header('location', `${at}/messages/${ref}`);
    else if (id !== null) request.header('location', `${at}/jobs/${encodeURIComponent(id)}`);
    return request.json(enqueued, 201);
  });

  async function fromJson(request: Context, queue: QueueName): Promise<NewMessage> {
    if (Object.keys(request.req.query()).length > 0)
      throw new Problem(422, 'invalid', 'with application/json all is said in the body, not in the query');
    const enqueue = readJson(await readBody(request, longestJson(maxItemSize())), Enqueue);
    return newMessage(queue, enqueue, bodyOf(enqueue), maxItemSize());
  }
}

function isJson(request: Context): boolean {
  return /^application\/json\s*(;|$)/i.test(request.req.header('content-type') ?? '');
}

const BYTES = { schema: { type: 'string', format: 'binary' } } as const;

const ENQUEUE = createRoute({
  method: 'post',
  path: '/queues/{q}/messages',
  summary: 'Stores a message',
  description:
    'JSON says all in the body. A body of any other type, or of none, is stored as it is, and its options stand in the query.',
  request: {
    params: QueueParam,
    query: Options,
    body: {
      content: {
        'application/json': { schema: { $ref: '#/components/schemas/Enqueue' } },
        'application/octet-stream': BYTES,
        'text/plain': BYTES,
        '*/*': BYTES,
      },
    },
  },
  responses: {
    201: {
      ...answers(Enqueued, 'It is stored, and durable'),
      headers: { location: { schema: { type: 'string' }, description: 'Where it is found' } },
    },
    default: PROBLEM,
  },
});
