import { createRoute, z } from '@hono/zod-openapi';
import { readableName } from '../../../shared/latin1.ts';
import type { ErrorGroup } from '../../engine/api.ts';
import type { HttpContext } from '../context.ts';
import { errorGroupAnswer } from '../error-group-answer.ts';
import { messagePage } from '../message-page.ts';
import { byKey, linkNext, pageOf, type SortKey } from '../page.ts';
import { NOT_MODIFIED } from '../polling.ts';
import { Problem } from '../problem.ts';
import { checkedName } from '../queue-path.ts';
import { answers, PROBLEM } from '../responses.ts';
import type { App } from '../router.ts';
import { ErrorGroupList } from '../schemas/actions.ts';
import { Cursor, Limit } from '../schemas/common.ts';
import { MessageList } from '../schemas/messages.ts';

const GROUP_SORTS = ['count', 'last'] as const;

/** Failed messages, of one queue or of all, and what they failed with. */
export function failedRoutes(app: App, { engine }: HttpContext): void {
  const { messages, failures } = engine;
  const named = (text: string | undefined) =>
    text === undefined ? undefined : checkedName(text, '/queue', engine);

  app.openapi(GROUPS, (request) => {
    const { queue, error, q, sort, ...wanted } = request.req.valid('query');
    const order = sort === 'last' ? newestFirst : biggestFirst;
    const found = failures
      .groups(named(queue))
      .filter(
        (group) => (error === undefined || group.key === error) && (q === undefined || hasText(group, q)),
      );
    const { items, next } = pageOf(byKey(found, order), order, wanted);
    linkNext(request, next);
    return request.json({ items: items.map(errorGroupAnswer), next }, 200);
  });

  app.openapi(MESSAGES, async (request) => {
    const { queue: given, q: text, error: errorGroup, cursor, limit } = request.req.valid('query');
    const queue = named(given);
    if (queue === undefined && errorGroup !== undefined) {
      const detail = 'an error group is one of a queue';
      throw new Problem(422, 'no-queue', detail, { errors: [{ pointer: '/queue', detail }] });
    }
    const page =
      queue === undefined
        ? await messages.search({ text: text ?? '', state: 'failed', cursor, limit })
        : await messages.list({
            queue,
            state: 'failed',
            ...(text === undefined ? {} : { text }),
            ...(errorGroup === undefined ? {} : { errorGroup }),
            cursor,
            limit,
          });
    const answer = await messagePage(messages, page);
    linkNext(request, answer.next);
    return request.json(answer, 200);
  });
}

function biggestFirst({ count, lastAt, queue, key }: ErrorGroup): SortKey {
  return [-count, -lastAt, queue, key];
}

function newestFirst({ count, lastAt, queue, key }: ErrorGroup): SortKey {
  return [-lastAt, -count, queue, key];
}

/** Whether a text is part of its sample or of its queue's name, in capitals or not. */
function hasText({ queue, sample }: ErrorGroup, text: string): boolean {
  return `${readableName(queue)}\n${sample}`.toLowerCase().includes(text.toLowerCase());
}

const GROUPS = createRoute({
  method: 'get',
  path: '/failed/groups',
  summary: 'What messages failed with, the biggest group first; of all queues together the 1,000 biggest',
  request: {
    query: z.object({
      queue: z.string().optional().describe('Name or key: only of this one'),
      error: z.string().optional().describe('Only this one'),
      q: z.string().max(200).optional().describe('Part of the sample, or of the name of the queue'),
      sort: z.enum(GROUP_SORTS).default('count').describe('last: by their last failure, the newest first'),
      limit: Limit,
      cursor: Cursor,
    }),
  },
  responses: { 200: answers(ErrorGroupList, 'A page of groups'), 304: NOT_MODIFIED, default: PROBLEM },
});

const MESSAGES = createRoute({
  method: 'get',
  path: '/failed',
  summary: 'Failed messages: of one queue the newest first, of all queues in no particular order',
  request: {
    query: z.object({
      queue: z.string().optional().describe('Name or key: only of this one'),
      error: z.string().optional().describe('Only those of this error group of the queue'),
      q: z.string().optional().describe('Part of the id, the error or the body'),
      limit: Limit,
      cursor: Cursor,
    }),
  },
  responses: { 200: answers(MessageList, 'A page of messages'), default: PROBLEM },
});
