import { MemqError } from '../shared/errors.ts';
import { Connection } from '../shared/memcache.ts';
import { shownText } from '../shared/payload/text.ts';
import { printable } from '../shared/printable.ts';
import { checkCall } from './allowed-call.ts';
import { loadWorkerInTime } from './class/class-file.ts';
import type { Binding } from './config/binding.ts';
import { type Call, payloadReader } from './payload/payload.ts';
import { type Job, readJob } from './queue/job.ts';
import { aboutPaused } from './queue/paused.ts';
import { countWaiting } from './queue/waiting-jobs.ts';
import { watch } from './queue/watch.ts';

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
    await watch(connection, binding.queues);
    const item = await connection.get('$watch/peek/info');
    return item === undefined ? lines : [...lines, describe(readJob(item.value, item.flags), binding, check)];
  } finally {
    connection.close();
  }
}

function describe(job: Job, { payload, worker }: Binding, check: (call: Call) => void): string {
  const about = `job ${job.id} of ${job.queue}, attempt ${job.attempt}`;
  try {
    check(payloadReader(payload)(job.payload, job.flags));
    const target = worker.className === undefined ? '' : `${worker.className}.`;
    return `${about}: would call ${target}${printable(shownText(job.payload, payload.charset).trim())}`;
  } catch (error) {
    if (error instanceof MemqError) return `${about}: would be refused: ${error.message}`;
    throw error;
  }
}

/** Throws NotAllowedError for a call that jobs may not make. */
async function createCheck({ worker, startTimeoutMs }: Binding): Promise<(call: Call) => void> {
  if (worker.kind === 'class') {
    const { name, methods } = await loadWorkerInTime(worker, startTimeoutMs);
    return (call) => checkCall(call, name, methods);
  }
  const methods = new Set(worker.methods);
  return (call) => checkCall(call, worker.className, methods);
}
