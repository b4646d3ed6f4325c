import { MemqError } from '../shared/errors.ts';
import { Connection } from '../shared/memcache.ts';
import { loadWorker } from './class-executor.ts';
import type { Binding } from './config/configuration.ts';
import { type Job, readJob } from './job-source.ts';
import { payloadReader } from './payload/payload.ts';
import { findAllowed } from './registry.ts';
import { queueNames } from './waiting.ts';

/** Says what would happen to the job that a run would take first; undefined when none waits. Changes nothing. */
export async function dryRun(binding: Binding): Promise<string | undefined> {
  const check = await createCheck(binding);
  const connection = new Connection(binding.server);
  try {
    for (const queue of await queueNames(connection, binding.queues)) {
      const item = await connection.get(`${queue}/peek/info`);
      if (item !== undefined) return describe(readJob(item.value, item.flags), binding, check);
    }
    return undefined;
  } finally {
    connection.close();
  }
}

function describe(job: Job, { payload, className }: Binding, check: (method: string) => void): string {
  const about = `job ${job.id} of ${job.queue}, attempt ${job.attempt}`;
  try {
    const { method } = payloadReader(payload)(job.payload, job.flags);
    check(method);
    return `${about}: would call ${className === undefined ? '' : `${className}.`}${printable(job.payload.toString())}`;
  } catch (error) {
    if (error instanceof MemqError) return `${about}: would be refused: ${error.message}`;
    throw error;
  }
}

/** Throws for a method that may not be called. */
async function createCheck({ worker, className, methods }: Binding): Promise<(method: string) => void> {
  if (worker.kind === 'command') return () => {};
  const definition = await loadWorker({ file: worker.file, className: className!, methods });
  return (method) => findAllowed(definition, method);
}

/** On one line, and without what a terminal would obey. */
function printable(text: string): string {
  return text.trim().replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}
