import { createRoute, z } from '@hono/zod-openapi';
import type { HttpContext } from '../context.ts';
import { messagePage } from '../message-page.ts';
import { linkNext } from '../page.ts';
import { checkedName } from '../queue-path.ts';
import { answers, PROBLEM } from '../responses.ts';
import type { App } from '../router.ts';
import { Cursor, Limit, ListedState } from '../schemas/common.ts';
import { MessageList } from '../schemas/messages.ts';

/** Messages anywhere, by a text. */
export function searchRoutes(app: App, { engine }: HttpContext): void {
  app.openapi(SEARCH, async (request) => {
    const { q: text, queue, state, cursor, limit } = request.req.valid('query');
    const page = await engine.messages.search({
      text,
      ...(queue === undefined ? {} : { queue: checkedName(queue, '/queue', engine) }),
      ...(state === undefined ? {} : { state }),
      cursor,
      limit,
    });
    const answer = await messagePage(engine.messages, page);
    linkNext(request, answer.next);
    return request.json(answer, 200);
  });
}

const SEARCH = createRoute({
  method: 'get',
  path: '/search',
  summary: 'Messages by handle or id, and then those with the text in their id, error or body',
  description:
    'One list, each message in it once. Those with the text as their handle or id make its first page, where there are any, without a wait for the others. A request looks at a part of the messages only, as `scanned` tells: where `next` is not null there may be more, though there are no items.',
  request: {
    query: z.object({
      q: z.string().min(1).max(1000),
      queue: z.string().optional().describe('Name or key: only in this one'),
      state: ListedState.optional(),
      limit: Limit,
      cursor: Cursor,
    }),
  },
  responses: { 200: answers(MessageList, 'A page of messages'), default: PROBLEM },
});
