import { createRoute, z } from '@hono/zod-openapi';
import type { HttpContext } from '../context.ts';
import { LiveHub } from '../live/live-hub.ts';
import { type TopicName, topicOf } from '../live/topics.ts';
import { Problem } from '../problem.ts';
import { PROBLEM } from '../responses.ts';
import type { App } from '../router.ts';

/** Streams at a time, and topics of each. */
const MOST_STREAMS = 64;
const MOST_TOPICS = 16;

/** How everything is, told whenever it changes, at most once a second: server-sent events. */
export function liveRoutes(app: App, _context: HttpContext): void {
  const hub = new LiveHub((path) => app.request(path));

  app.openapi(LIVE, (request) => {
    const topics = topicsIn(request.req.valid('query').topics);
    if (hub.size >= MOST_STREAMS)
      throw new Problem(503, 'busy', `there are ${MOST_STREAMS} streams already`, { retryAfterSeconds: 5 });
    // Nobody takes the body of an answer to HEAD: a stream for it would never end.
    return request.body(request.req.method === 'HEAD' ? '' : hub.open(topics), 200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // Some proxies keep what they pass on until there is more of it.
      'x-accel-buffering': 'no',
    });
  });
}

/** Throws a Problem for what is no topic. */
function topicsIn(text: string): TopicName[] {
  const topics = new Map<string, TopicName>();
  for (const word of text.split(',')) {
    const topic = topicOf(word);
    if (topic === undefined) throw wrong(`there is no topic ${JSON.stringify(word)}`);
    topics.set(topic.name, topic);
  }
  if (topics.size > MOST_TOPICS) throw wrong(`a stream has at most ${MOST_TOPICS} topics`);
  return [...topics.values()];
}

function wrong(detail: string): Problem {
  return new Problem(422, 'topics', detail, { errors: [{ pointer: '/topics', detail }] });
}

const LIVE = createRoute({
  method: 'get',
  path: '/live',
  summary: 'How everything is, as server-sent events: each when it changes, at most once a second',
  description:
    'An event is named like its topic, and has what GET answers: overview, queues, running, workers, schedule, actions, failed (of /failed/groups), queue:KEY (null where there is no such queue). Lists are their first page. Without streams, poll these with If-None-Match.',
  request: {
    query: z.object({ topics: z.string().min(1).max(4000).describe('Topics, with commas between them') }),
  },
  responses: {
    200: { content: { 'text/event-stream': { schema: z.string() } }, description: 'Events, without an end' },
    default: PROBLEM,
  },
});
