import { createRoute, z } from '@hono/zod-openapi';
import { readableName } from '../../../shared/latin1.ts';
import { type LastRun, refText, type ScheduledView } from '../../engine/api.ts';
import type { HttpContext } from '../context.ts';
import { nameOfKey, queueKey, queueNames, wellFormed } from '../names.ts';
import { byKey, linkNext, pageOf, type SortKey } from '../page.ts';
import { NOT_MODIFIED } from '../polling.ts';
import { Problem } from '../problem.ts';
import { pathText } from '../queue-path.ts';
import { answers, PROBLEM } from '../responses.ts';
import type { App, RequestContext } from '../router.ts';
import { Cursor, Limit } from '../schemas/common.ts';
import { type ScheduledJob, ScheduleList } from '../schemas/server.ts';
import { isoTime } from '../times.ts';

/** The jobs of the configuration's schedule: when they run, how they ran; one now; none until further notice. */
export function scheduleRoutes(app: App, { engine }: HttpContext): void {
  const { schedules } = engine;

  app.openapi(LIST, (request) => {
    const jobs = byKey(schedules.all(), keyOf);
    const { items, next } = pageOf(jobs, keyOf, request.req.valid('query'));
    linkNext(request, next);
    return request.json({ items: items.map(jobAnswer), next }, 200);
  });

  app.openapi(RUN, async (request) => {
    const isBegun = present(await schedules.runNow(nameOf(request)), request);
    if (!isBegun) throw new Problem(409, 'live', 'its last run is not over yet');
    return request.body(null, 204);
  });

  app.openapi(DISABLE, async (request) => {
    present(await schedules.setDisabled(nameOf(request), true), request);
    return request.body(null, 204);
  });

  app.openapi(ENABLE, async (request) => {
    present(await schedules.setDisabled(nameOf(request), false), request);
    return request.body(null, 204);
  });
}

function nameOf(request: RequestContext): string {
  return nameOfKey(pathText(request, 'name'));
}

function present<T>(found: T | undefined, request: RequestContext): T {
  if (found !== undefined) return found;
  const name = JSON.stringify(pathText(request, 'name'));
  throw new Problem(404, 'not-found', `the schedule has no job ${name}`);
}

function keyOf({ name }: ScheduledView): SortKey {
  return [name];
}

function jobAnswer(job: ScheduledView): ScheduledJob {
  const { name, queue, cron, ref, state, isDisabled, dueAt, nextAt, lastRun, runs } = job;
  // Those before the start are forgotten, but for the last one.
  const known = runs.length === 0 && lastRun !== undefined ? [lastRun] : runs;
  return {
    name: readableName(name),
    key: queueKey(name),
    queue: queueNames(queue),
    cron: cron.pattern,
    timezone: cron.timezone ?? null,
    ref: ref === undefined ? null : refText(ref),
    state,
    disabled: isDisabled,
    due_at: isoTime(dueAt),
    next_at: isoTime(nextAt),
    runs: known.map(runAnswer),
  };
}

function runAnswer({ state, endedAt, error }: LastRun): ScheduledJob['runs'][number] {
  return {
    outcome: state,
    at: new Date(endedAt).toISOString(),
    error: error === '' ? null : wellFormed(error),
  };
}

const Name = z.object({ name: z.string().describe('Name or key of the scheduled job') });

const LIST = createRoute({
  method: 'get',
  path: '/schedule',
  summary: 'The jobs of the schedule, by name',
  request: { query: z.object({ limit: Limit, cursor: Cursor }) },
  responses: { 200: answers(ScheduleList, 'A page of jobs'), 304: NOT_MODIFIED, default: PROBLEM },
});

const RUN = createRoute({
  method: 'post',
  path: '/schedule/{name}/run',
  summary: 'A run comes now, beside those at its times; 409 while one is live',
  request: { params: Name },
  responses: { 204: { description: 'It waits for a worker' }, default: PROBLEM },
});

const DISABLE = createRoute({
  method: 'put',
  path: '/schedule/{name}/disabled',
  summary: 'Its times pass without a run, over restarts as well',
  request: { params: Name },
  responses: { 204: { description: 'It is disabled' }, default: PROBLEM },
});

const ENABLE = createRoute({
  method: 'delete',
  path: '/schedule/{name}/disabled',
  summary: 'It runs at its times again',
  request: { params: Name },
  responses: { 204: { description: 'It is not disabled' }, default: PROBLEM },
});
