import type { Job } from '../server/http/schemas/messages.ts';
import { UsageError } from '../shared/errors.ts';
import type { Client } from './client.ts';
import { NothingError } from './errors.ts';
import { queuePath } from './queue-path.ts';

/** The handle of the message that is meant. Throws a UsageError where it is not clear, or a NothingError. */
export async function refOf(
  client: Client,
  queue: string,
  { ref, id }: { ref?: string | undefined; id?: string | undefined },
): Promise<string> {
  if (ref !== undefined && id !== undefined)
    throw new UsageError('name the message by its ref or by --id, not by both');
  if (ref !== undefined) return ref;
  if (id === undefined) throw new UsageError('name the message: its ref, as list shows it, or --id');
  const job = await client.get<Job>(`${queuePath(queue)}/jobs/${encodeURIComponent(id)}`);
  if (job.ref === null) throw new NothingError(`nothing is left of job ${id} but its status`);
  return job.ref;
}
