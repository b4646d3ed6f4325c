import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { backoffText } from '../../../shared/backoff.ts';
import { utf8AsLatin1 } from '../../../shared/latin1.ts';
import { type MessageDetail as Detail, parseRef } from '../../engine/api.ts';
import type { HttpContext } from '../context.ts';
import { detailAnswer } from '../message-detail.ts';
import { messagePage } from '../message-page.ts';
import { linkNext } from '../page.ts';
import { Problem } from '../problem.ts';
import { presentQueue, queueOfPath } from '../queue-path.ts';
import { answers, PROBLEM } from '../responses.ts';
import type { App } from '../router.ts';
import { Cursor, Limit, ListedState } from '../schemas/common.ts';
import { MessageDetail, MessageList } from '../schemas/messages.ts';
import { QueueParam } from '../schemas/queues.ts';

/** Messages of a queue: a list by state, one with all that is known of it, its bytes. */
export function messageRoutes(app: App, { engine }: HttpContext): void {
  app.openapi(LIST, async (request) => {
    const queue = presentQueue(request, engine);
    const { state, q, group, error, limit, cursor } = request.req.valid('query');
    const filter = {
      queue,
      state,
      ...(group !== undefined && { group: utf8AsLatin1(group) }),
      ...(error !== undefined && { errorGroup: error }),
      ...(q !== undefined && { text: q }),
    };
    const found = await engine.messages.list({ ...filter, cursor, limit });
    const answer = await messagePage(engine.messages, found);
    linkNext(request, answer.next);
    return request.json(answer, 200);
  });

  app.openapi(ONE, async (request) => {
    const detail = await inspect(request);
    const { maxAttempts, backoff } = engine.policy(detail.queue);
    return request.json(detailAnswer(detail, { maxAttempts, backoff: backoffText(backoff) }), 200);
  });

  app.openapi(BODY, async (request) => {
    const { body } = await inspect(request);
    return request.body(new Uint8Array(body), 200, {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${request.req.param('ref')}.bin"`,
      'x-content-type-options': 'nosniff',
    });
  });

  async function inspect(request: Context): Promise<Detail> {
    const queue = queueOfPath(request, engine);
    const ref = parseRef(request.req.param('ref') ?? '');
    const detail = ref && (await engine.messages.inspect(ref));
    if (detail === undefined || detail.queue !== queue)
      throw new Problem(404, 'not-found', 'there is no such message in this queue, or it is gone');
    return detail;
  }
}

const LIST = createRoute({
  method: 'get',
  path: '/queues/{q}/messages',
  summary: 'Messages of a queue in one state, a page at a time',
  description:
    'Ready ones in the order in which they are handed out, delayed ones by when they are due, reserved ones by when they began, failed and ended ones from the newest on.',
  request: {
    params: QueueParam,
    query: z.object({
      state: ListedState.default('ready'),
      q: z.string().min(1).max(200).optional().describe('Part of its id, its error or its body'),
      group: z.string().min(1).optional().describe('Of this group only'),
      error: z.string().min(1).optional().describe('Of this error group only'),
      limit: Limit,
      cursor: Cursor,
    }),
  },
  responses: { 200: answers(MessageList, 'A page of messages'), default: PROBLEM },
});

const MessageParams = QueueParam.extend({ ref: z.string().describe('The handle of the message') });

const ONE = createRoute({
  method: 'get',
  path: '/queues/{q}/messages/{ref}',
  summary: 'A message, with all that is known of it',
  request: { params: MessageParams },
  responses: { 200: answers(MessageDetail, 'The message'), default: PROBLEM },
});

const BODY = createRoute({
  method: 'get',
  path: '/queues/{q}/messages/{ref}/body',
  summary: 'The body of a message, as it was stored',
  request: { params: MessageParams },
  responses: {
    200: {
      content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
      description: 'Its bytes',
    },
    default: PROBLEM,
  },
});
