import { MemqError } from '../shared/errors.ts';
import { Connection } from '../shared/memcache.ts';
import { printable } from '../shared/printable.ts';
import { loadWorkerInTime } from './class/class-file.ts';
import { findAllowed } from './class/worker-definition.ts';
import type { Binding } from './config/binding.ts';
import { payloadReader } from './payload/payload.ts';
import { type Job, readJob } from './queue/job.ts';
import { aboutPaused } from './queue/paused.ts';
import { countWaiting, queueNames } from './queue/waiting-jobs.ts';

/**
 * Says which queues are paused, and what would happen to the job that a run would take first; nothing when none waits.
 * Changes nothing.
 */
export async function dryRun(binding: Binding): Promise<string[]> {
  const check = await createCheck(binding);
  const connection = new Connection(binding.server);
  try {
    const { paused } = await countWaiting(connection, binding.queues);
    const lines = aboutPaused(paused).map((text) => printable(text));
    for (const queue of await queueNames(connection, binding.queues)) {
      if (paused.includes(queue)) continue;
      const item = await connection.get(`${queue}/peek/info`);
      if (item !== undefined) return [...lines, describe(readJob(item.value, item.flags), binding, check)];
    }
    return lines;
  } finally {
    connection.close();
  }
}

function describe(job: Job, { payload, worker }: Binding, check: (method: string) => void): string {
  const about = `job ${job.id} of ${job.queue}, attempt ${job.attempt}`;
  try {
    const { method } = payloadReader(payload)(job.payload, job.flags);
    check(method);
    const target = worker.className === undefined ? '' : `${worker.className}.`;
    return `${about}: would call ${target}${printable(job.payload.toString().trim())}`;
  } catch (error) {
    if (error instanceof MemqError) return `${about}: would be refused: ${error.message}`;
    throw error;
  }
}

/** Throws for a method that may not be called. */
async function createCheck({ worker, startTimeoutMs }: Binding): Promise<(method: string) => void> {
  if (worker.kind === 'command') return () => {};
  const definition = await loadWorkerInTime(worker, startTimeoutMs);
  return (method) => findAllowed(definition, method);
}
