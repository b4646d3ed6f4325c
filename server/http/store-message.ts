import { readableName } from '../../shared/latin1.ts';
import { type JobStatus, type MessageRef, NOT_STORED, type QueueEngine, refText } from '../engine/api.ts';
import type { NewMessage } from './enqueue-request.ts';
import { queueNames } from './names.ts';
import { Problem } from './problem.ts';
import { promised } from './promised.ts';
import type { Enqueued } from './schemas/messages.ts';

/** Stores a message; resolves when it is durable. Rejects with a Problem (409) where a job with its id is in its way. */
export async function storeMessage(
  engine: QueueEngine,
  { request, isUniqueKept }: NewMessage,
): Promise<Enqueued> {
  const { queue, jobId } = request;
  if (isUniqueKept && engine.messages.refOf(queue, jobId) !== undefined) {
    // The refusal waits until what it has seen is durable, as others do.
    await promised<JobStatus | undefined>((done) => engine.status(queue, jobId, done));
    throw exists(jobId, 'is there, or its end is remembered');
  }
  let ref: MessageRef | undefined;
  const onStored = (stored: MessageRef) => {
    ref = stored;
  };
  const id = await promised<number>((done) => engine.enqueue({ ...request, onStored }, done));
  if (id === NOT_STORED) throw exists(jobId, 'waits or runs');
  return {
    queue: queueNames(queue),
    ref: ref === undefined ? null : refText(ref),
    message_id: String(id),
    id: jobId === '' ? null : readableName(jobId),
  };
}

function exists(jobId: string, why: string): Problem {
  return new Problem(409, 'exists', `a job ${JSON.stringify(readableName(jobId))} ${why}`);
}
