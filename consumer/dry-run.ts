import { MemqError } from '../shared/errors.ts';
import { Connection } from '../shared/memcache.ts';
import type { ConsumerConfig } from './config.ts';
import { parseCall } from './payload/call.ts';
import { textReader } from './payload/text.ts';
import { Queue } from './queue.ts';
import { findAllowed } from './registry.ts';
import { loadWorker } from './run.ts';

/** Says what would happen to the job that a run would take first; undefined when none waits. Changes nothing. */
export async function dryRun(config: ConsumerConfig): Promise<string | undefined> {
  const definition = await loadWorker(config);
  const connection = new Connection(config.server);
  try {
    const job = await new Queue(connection, config.queueName).peek();
    if (job === undefined) return undefined;
    const about = `job ${job.id} of ${config.queueName}, attempt ${job.attempt}`;
    try {
      const text = textReader(config.charset)(job.payload);
      findAllowed(definition, parseCall(text).method);
      return `${about}: would call ${config.className}.${printable(text)}`;
    } catch (error) {
      if (error instanceof MemqError) return `${about}: would be refused: ${error.message}`;
      throw error;
    }
  } finally {
    connection.close();
  }
}

/** On one line, and without what a terminal would obey. */
function printable(text: string): string {
  return text.trim().replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}
