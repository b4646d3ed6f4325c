import { createRoute, z } from '@hono/zod-openapi';
import { VERSION } from '../../../shared/version.ts';
import { refText } from '../../engine/api.ts';
import type { AuditEntry } from '../audit.ts';
import { clusterAnswer } from '../cluster-answer.ts';
import { clusterConditions, healthConditions, scheduleConditions } from '../conditions.ts';
import type { HttpContext } from '../context.ts';
import { errorGroupAnswer } from '../error-group-answer.ts';
import { queueNames, wellFormed } from '../names.ts';
import { linkNext, pageOf } from '../page.ts';
import { NOT_MODIFIED } from '../polling.ts';
import { countsAnswer } from '../queue-answer.ts';
import { answers, PROBLEM } from '../responses.ts';
import type { App } from '../router.ts';
import { Cursor, Limit } from '../schemas/common.ts';
import { AuditList, Overview, ServerInfo, Settings } from '../schemas/server.ts';
import { Survey } from '../survey.ts';

const MOST_ERRORS = 5;
/** Scheduled jobs that are late and are told. */
const MOST_LATE = 20;

/** The server itself: what it is, how it is, how it runs, and who has done what to it. */
export function serverRoutes(app: App, context: HttpContext): void {
  const { engine, sampler, workers, audit } = context;
  const survey = new Survey(engine);

  app.openapi(SERVER, (request) =>
    request.json(
      {
        version: VERSION,
        node: process.versions.node,
        pid: process.pid,
        started_at: new Date(context.startedAt).toISOString(),
        now: new Date().toISOString(),
        health: context.health(),
        user: request.get('user') || null,
        role: request.get('role') ?? 'admin',
        readonly: context.isReadonly,
        limits: { max_item_size: context.maxItemSize(), max_wait_ms: context.maxWaitMs() },
        base_path: context.basePath,
        memcache: context.memcache ?? null,
        unix_socket: context.unixSocket ?? null,
        connections: context.connections.size,
        memory_bytes: process.memoryUsage.rss(),
        cluster: context.cluster === undefined ? null : clusterAnswer(context.cluster),
      },
      200,
    ),
  );

  app.openapi(OVERVIEW, async (request) => {
    const [totals, running] = await Promise.all([survey.totals(), engine.messages.running(undefined, 1)]);
    const { conditions, oldest, ...counts } = totals;
    const [first] = running.rows;
    const { in: enqueued, out, failed } = sampler.rates(undefined);
    const late = scheduleConditions(engine.schedules.all(), Date.now()).slice(0, MOST_LATE);
    return request.json(
      {
        ...counts,
        workers: workers.all().filter(({ connections }) => connections > 0).length,
        oldest: oldest === undefined ? null : { queue: queueNames(oldest.name), age: oldest.age },
        rates: { in: enqueued, out, failed },
        counts: countsAnswer(engine.figures.totals),
        conditions: [
          ...healthConditions(context.health()),
          ...clusterConditions(context.cluster),
          ...conditions,
          ...late,
        ],
        top_errors: engine.failures.groups().slice(0, MOST_ERRORS).map(errorGroupAnswer),
        oldest_running:
          first === undefined
            ? null
            : {
                ref: refText(first.ref),
                queue: queueNames(first.queue),
                started_at: new Date(first.startedAt).toISOString(),
              },
      },
      200,
    );
  });

  app.openapi(SETTINGS, (request) =>
    request.json(
      {
        settings: [...context.settings()].map(([name, value]) => ({ name, value })),
        outdated: [...context.outdated()],
      },
      200,
    ),
  );

  app.openapi(AUDIT, (request) => {
    const { items, next } = pageOf(audit.entries, ({ number }) => [-number], request.req.valid('query'));
    linkNext(request, next);
    return request.json({ items: items.map(auditAnswer), next }, 200);
  });
}

function auditAnswer({ at, user, address, action, target, status }: AuditEntry) {
  return {
    at: new Date(at).toISOString(),
    user: user === '' ? null : user,
    address,
    action,
    target: wellFormed(target),
    status,
  };
}

const SERVER = createRoute({
  method: 'get',
  path: '/server',
  summary: 'The server: version, health, limits',
  responses: { 200: answers(ServerInfo, 'The server'), default: PROBLEM },
});

const OVERVIEW = createRoute({
  method: 'get',
  path: '/overview',
  summary: 'All queues together, and what needs somebody',
  responses: { 200: answers(Overview, 'Totals, rates, conditions'), 304: NOT_MODIFIED, default: PROBLEM },
});

const SETTINGS = createRoute({
  method: 'get',
  path: '/settings',
  summary: 'The settings in force',
  responses: { 200: answers(Settings, 'Names and values'), default: PROBLEM },
});

const AUDIT = createRoute({
  method: 'get',
  path: '/audit',
  summary: 'Who has done what over HTTP, the newest first: the last 1,000, since the server was started',
  request: { query: z.object({ limit: Limit, cursor: Cursor }) },
  responses: { 200: answers(AuditList, 'A page of them'), default: PROBLEM },
});
