import { createRoute, type z } from '@hono/zod-openapi';
import { MOST_BATCH_BYTES, readBody, tooLarge } from '../body.ts';
import type { HttpContext } from '../context.ts';
import { bodyOf, newMessage } from '../enqueue-request.ts';
import { checkedJson, parsedJson } from '../json-body.ts';
import { asProblem, Problem } from '../problem.ts';
import { queueOfPath } from '../queue-path.ts';
import { answers, PROBLEM } from '../responses.ts';
import type { App } from '../router.ts';
import { BatchResult, Enqueue } from '../schemas/messages.ts';
import { QueueParam } from '../schemas/queues.ts';
import { storeMessage } from '../store-message.ts';
import { Slices } from '../turns.ts';

/** Messages of a batch. */
const MOST = 1000;
/** Bytes of one that is a list: that is parsed in one go. */
const MOST_LIST_BYTES = 1024 * 1024;

type Result = z.infer<typeof BatchResult>['results'][number];

/** Many messages in one request, which are durable with one sync. */
export function batchRoutes(app: App, { engine, maxItemSize }: HttpContext): void {
  app.openapi(BATCH, async (request) => {
    const queue = queueOfPath(request, engine);
    const items = itemsOf(await readBody(request, MOST_BATCH_BYTES));
    if (items.length > MOST)
      throw new Problem(413, 'too-large', `a batch has at most ${MOST} messages, not ${items.length}`);
    const slices = new Slices();
    const results: Promise<Result>[] = [];
    for (const item of items) {
      results.push(store(item));
      await slices.giveWay();
    }
    return request.json({ results: await Promise.all(results) }, 200);

    async function store(item: () => unknown): Promise<Result> {
      try {
        const enqueue = checkedJson(item(), Enqueue);
        const message = newMessage(queue, enqueue, bodyOf(enqueue), maxItemSize());
        return { status: 201, ...(await storeMessage(engine, message)) };
      } catch (error) {
        const { status, code, message, errors } = asProblem(error);
        return { status, code, detail: message, ...(errors.length > 0 && { errors: [...errors] }) };
      }
    }
  });
}

/** Each is parsed when its turn comes. Throws a Problem for what is neither a list nor lines. */
function itemsOf(bytes: Buffer): (() => unknown)[] {
  const first = bytes.findIndex((byte) => byte > 0x20);
  if (bytes[first] !== 0x5b) return linesOf(bytes).map((line) => () => parsedJson(line));
  if (bytes.length > MOST_LIST_BYTES)
    throw tooLarge(MOST_LIST_BYTES, 'in a list: send lines, a message each');
  return (parsedJson(bytes) as unknown[]).map((item) => () => item);
}

/** Lines with something in them; one more than may be, where there are more. */
function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0, end: number; from < bytes.length && lines.length <= MOST; from = end + 1) {
    end = bytes.indexOf(0x0a, from);
    if (end < 0) end = bytes.length;
    const line = bytes.subarray(from, end);
    if (line.some((byte) => byte > 0x20)) lines.push(line);
  }
  return lines;
}

const BATCH = createRoute({
  method: 'post',
  path: '/queues/{q}/messages/batch',
  summary: `Stores up to ${MOST} messages`,
  description:
    'Lines of JSON, or a list. Each message has a result, at its place: one that is refused holds up no other.',
  request: {
    params: QueueParam,
    body: {
      content: {
        'application/x-ndjson': { schema: { type: 'string' } },
        'application/json': { schema: { type: 'array', items: { $ref: '#/components/schemas/Enqueue' } } },
      },
    },
  },
  responses: { 200: answers(BatchResult, 'A result each, in their order'), default: PROBLEM },
});
