import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { utf8AsLatin1 } from '../../../shared/latin1.ts';
import { type JobStatus, type QueueName, refText } from '../../engine/api.ts';
import type { HttpContext } from '../context.ts';
import { DURATION_NEEDS, durationMs } from '../durations.ts';
import { jobAnswer } from '../job-answer.ts';
import { Problem } from '../problem.ts';
import { promised } from '../promised.ts';
import { pathText, queueOfPath } from '../queue-path.ts';
import { answers, PROBLEM } from '../responses.ts';
import type { App } from '../router.ts';
import { Job } from '../schemas/messages.ts';
import { QueueParam } from '../schemas/queues.ts';

/** Jobs by the ids that their clients gave them: what is known of one, its end, its cancel. */
export function jobRoutes(app: App, { engine, maxWaitMs, stopping }: HttpContext): void {
  app.openapi(STATUS, async (request) => {
    const queue = queueOfPath(request, engine);
    const jobId = utf8AsLatin1(pathText(request, 'id'));
    const { wait } = request.req.valid('query');
    const waitMs = Math.min(waitTime(wait), maxWaitMs());
    const status =
      waitMs > 0
        ? await end(queue, jobId, waitMs, request.req.raw.signal)
        : await promised<JobStatus | undefined>((done) => engine.status(queue, jobId, done));
    if (status === undefined) throw unknown(request);
    const ref = engine.messages.refOf(queue, jobId);
    return request.json(jobAnswer(status, ref === undefined ? null : refText(ref)), 200);
  });

  app.openapi(CANCEL, async (request) => {
    const queue = queueOfPath(request, engine);
    const jobId = utf8AsLatin1(pathText(request, 'id'));
    const isCancelled = await promised<boolean>((done) => engine.cancel(queue, jobId, done));
    if (isCancelled) return request.body(null, 204);
    const status = await promised<JobStatus | undefined>((done) => engine.status(queue, jobId, done));
    if (status === undefined) throw unknown(request);
    throw new Problem(409, 'ended', `the job is ${status.state}`);
  });

  /** Nobody waits any more where the client has gone, or the server stops: that tells what the job is by then. */
  async function end(queue: QueueName, jobId: string, waitMs: number, gone: AbortSignal) {
    let giveUp = () => {};
    const ended = await new Promise<JobStatus | undefined | 'given up'>((resolve, reject) => {
      const done = { resolve, reject };
      giveUp = () => {
        engine.abandon(done);
        resolve('given up');
      };
      engine.awaitEnd({ queue, jobId, waitMs }, done);
      for (const signal of [gone, stopping]) signal.addEventListener('abort', giveUp, { once: true });
      if (gone.aborted || stopping.aborted) giveUp();
    }).finally(() => stopping.removeEventListener('abort', giveUp));
    if (ended !== 'given up') return ended;
    return promised<JobStatus | undefined>((done) => engine.status(queue, jobId, done));
  }
}

function waitTime(wait: string | undefined): number {
  const ms = wait === undefined ? 0 : durationMs(wait);
  if (!Number.isNaN(ms)) return ms;
  throw new Problem(422, 'invalid', `"wait" is not ${DURATION_NEEDS}`, {
    errors: [{ pointer: '/wait', detail: `is not ${DURATION_NEEDS}` }],
  });
}

function unknown(request: Context): Problem {
  const id = JSON.stringify(pathText(request, 'id'));
  return new Problem(404, 'not-found', `nothing is known of a job ${id} in this queue`);
}

const JobParams = QueueParam.extend({ id: z.string().describe('As its client gave it') });

const STATUS = createRoute({
  method: 'get',
  path: '/queues/{q}/jobs/{id}',
  summary: 'What is known of a job; with `wait` once it has ended, or the time is over',
  request: {
    params: JobParams,
    query: z.object({ wait: z.string().optional().describe('Seconds, or with a unit: 500ms, 5s, 1m') }),
  },
  responses: { 200: answers(Job, 'Its status'), default: PROBLEM },
});

const CANCEL = createRoute({
  method: 'delete',
  path: '/queues/{q}/jobs/{id}',
  summary: 'Cancels a job: one that waits is gone, one that runs is told to stop',
  request: { params: JobParams },
  responses: { 204: { description: 'It is cancelled' }, default: PROBLEM },
});
