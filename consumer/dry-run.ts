import { MemqError } from '../shared/errors.ts';
import { Connection } from '../shared/memcache.ts';
import { printable } from '../shared/printable.ts';
import { loadWorker } from './class/class-file.ts';
import { findAllowed } from './class/worker-definition.ts';
import type { Binding } from './config/binding.ts';
import type { WorkerSource } from './config/worker-source.ts';
import { payloadReader } from './payload/payload.ts';
import { type Job, readJob } from './queue/job.ts';
import { countWaiting, queueNames } from './queue/waiting-jobs.ts';

/**
 * Says what would happen to the job that a run would take first, and which queues are paused, of which it would take
 * none; undefined when nothing is to be said. Changes nothing.
 */
export async function dryRun(binding: Binding): Promise<string | undefined> {
  const check = await createCheck(binding.worker);
  const connection = new Connection(binding.server);
  try {
    const { paused } = await countWaiting(connection, binding.queues);
    const said: string[] = [];
    for (const queue of await queueNames(connection, binding.queues)) {
      const item = await connection.get(`${queue}/peek/info`);
      if (item === undefined) continue;
      if (!paused.has(queue)) {
        said.push(describe(readJob(item.value, item.flags), binding, check));
        break;
      }
      said.push(`queue ${printable(queue)} is paused: no job is taken from it`);
    }
    return said.length === 0 ? undefined : said.join('\n');
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
async function createCheck(worker: WorkerSource): Promise<(method: string) => void> {
  if (worker.kind === 'command') return () => {};
  const definition = await loadWorker(worker);
  return (method) => findAllowed(definition, method);
}
