import { splitInfo } from '../../shared/info-line.ts';

/** A job as it comes from the server. */
export interface Job {
  readonly queue: string;
  /** The message that carries it. */
  readonly id: string;
  /** The id that its client gave it. */
  readonly job?: string;
  /** 1 the first time that it is taken. */
  readonly attempt: number;
  /** Whether the server keeps it as failed, should it fail now. */
  readonly isLast?: boolean;
  /** When it was put on the queue, in milliseconds since 1970. */
  readonly enqueued: number;
  readonly payload: Buffer;
  /** The client flags that it was stored with. */
  readonly flags: number;
}

/** Reads the answer to a read with `/info`. */
export function readJob(answer: Buffer, flags: number): Job {
  const { about, payload } = splitInfo<Omit<Job, 'isLast' | 'payload' | 'flags'> & { last?: true }>(answer);
  const { queue, id, job, attempt, last = false, enqueued } = about;
  return { queue, id, ...(job !== undefined && { job }), attempt, isLast: last, enqueued, payload, flags };
}
