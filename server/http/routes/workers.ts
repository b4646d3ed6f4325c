import { createRoute, z } from '@hono/zod-openapi';
import type { ConnectionView, HttpContext, WorkerView } from '../context.ts';
import { messagePage } from '../message-page.ts';
import { wellFormed } from '../names.ts';
import { byKey, linkNext, pageOf, type SortKey } from '../page.ts';
import { NOT_MODIFIED } from '../polling.ts';
import { Problem } from '../problem.ts';
import { checkedName, pathText } from '../queue-path.ts';
import { answers, PROBLEM } from '../responses.ts';
import type { App, RequestContext } from '../router.ts';
import { Cursor, Limit } from '../schemas/common.ts';
import { MessageList } from '../schemas/messages.ts';
import { type Connection, ConnectionList, type Worker, WorkerList } from '../schemas/server.ts';
import { isoTime } from '../times.ts';

/** What runs, and who runs it: workers, and all who are connected. */
export function workerRoutes(app: App, { engine, workers, connections }: HttpContext): void {
  app.openapi(RUNNING, async (request) => {
    const { queue, cursor, limit } = request.req.valid('query');
    const name = queue === undefined ? undefined : checkedName(queue, '/queue', engine);
    const page = await engine.messages.running(cursor, limit, name);
    const answer = await messagePage(engine.messages, page);
    linkNext(request, answer.next);
    return request.json(answer, 200);
  });

  app.openapi(WORKERS, (request) => {
    const { items, next } = pageOf(byKey(workers.all(), keyOf), keyOf, request.req.valid('query'));
    linkNext(request, next);
    return request.json({ items: items.map(workerAnswer), next }, 200);
  });

  app.openapi(QUIET, (request) => {
    found(workers.quiet(pathText(request, 'id')), request);
    return request.body(null, 204);
  });

  app.openapi(STOP, (request) => {
    found(workers.stop(pathText(request, 'id')), request);
    return request.body(null, 204);
  });

  app.openapi(CONNECTIONS, (request) => {
    // In the order in which they came, which is that of their numbers.
    const { items, next } = pageOf(connections, ({ id }) => [id], request.req.valid('query'));
    linkNext(request, next);
    return request.json({ items: items.map(connectionAnswer), next }, 200);
  });
}

function found(isThere: boolean, request: RequestContext): void {
  if (isThere) return;
  const id = JSON.stringify(pathText(request, 'id'));
  throw new Problem(404, 'not-found', `there is no worker ${id}`);
}

function keyOf({ host, pid, id }: WorkerView): SortKey {
  return [host, pid, id];
}

function workerAnswer(worker: WorkerView): Worker {
  return {
    id: wellFormed(worker.id),
    host: textOrNull(worker.host),
    pid: numberOrNull(worker.pid),
    program: textOrNull(worker.program),
    version: textOrNull(worker.version),
    role: textOrNull(worker.role),
    queues: worker.queues.map(wellFormed),
    concurrency: numberOrNull(worker.concurrency),
    // One that says how many it may run says that it runs none, too.
    busy: worker.concurrency > 0 ? Math.round(worker.busy) : null,
    rss_bytes: numberOrNull(worker.rss),
    cpu: worker.rss > 0 ? worker.cpu : null,
    state: worker.state ?? 'unknown',
    ordered: worker.lastOrder ?? null,
    connections: worker.connections,
    seen_at: timeOf(worker.seenAt),
    started_at: timeOf(worker.startedAt),
  };
}

function connectionAnswer(connection: ConnectionView): Connection {
  const { id, client, activity, secondsIdle, bytesRead, bytesWritten } = connection;
  return {
    id,
    address: client.address,
    worker: textOrNull(client.worker),
    activity,
    seconds_idle: secondsIdle,
    bytes_read: bytesRead,
    bytes_written: bytesWritten,
  };
}

function textOrNull(text: string): string | null {
  return text === '' ? null : wellFormed(text);
}

function numberOrNull(number: number): number | null {
  return number === 0 ? null : Math.round(number);
}

/** A worker may say anything of itself: no year has more than four digits. */
function timeOf(ms: number): string | null {
  return ms < LAST_TIME ? isoTime(ms) : null;
}

const LAST_TIME = Date.UTC(9999, 11, 31);
const Id = z.object({ id: z.string().describe('What the worker calls itself') });
const Page = z.object({ limit: Limit, cursor: Cursor });

const RUNNING = createRoute({
  method: 'get',
  path: '/running',
  summary: 'What is held by a reader, the first that began at first',
  request: { query: Page.extend({ queue: z.string().optional().describe('Name or key: only of this one') }) },
  responses: { 200: answers(MessageList, 'A page of messages'), 304: NOT_MODIFIED, default: PROBLEM },
});

const WORKERS = createRoute({
  method: 'get',
  path: '/workers',
  summary: 'The workers, by host and process',
  request: { query: Page },
  responses: { 200: answers(WorkerList, 'A page of workers'), 304: NOT_MODIFIED, default: PROBLEM },
});

const QUIET = createRoute({
  method: 'post',
  path: '/workers/{id}/quiet',
  summary: 'The worker takes no more jobs; those that run go on',
  request: { params: Id },
  responses: { 204: { description: 'It will be told' }, default: PROBLEM },
});

const STOP = createRoute({
  method: 'post',
  path: '/workers/{id}/stop',
  summary: 'The worker ends when the jobs that it runs have ended',
  request: { params: Id },
  responses: { 204: { description: 'It will be told' }, default: PROBLEM },
});

const CONNECTIONS = createRoute({
  method: 'get',
  path: '/connections',
  summary: 'Who is connected by a memcache protocol, the first that came at first',
  request: { query: Page },
  responses: { 200: answers(ConnectionList, 'A page of connections'), default: PROBLEM },
});
