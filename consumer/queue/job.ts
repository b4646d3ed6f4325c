import { splitInfo } from '../../shared/info-line.ts';

/** A job as it comes from the server. */
export interface Job {
  readonly queue: string;
  /** The message that carries it. */
  readonly id: string;
  /** The id that its client gave it. */
  readonly job?: string | undefined;
  /** 1 the first time that it is taken. */
  readonly attempt: number;
  /** When it was put on the queue, in milliseconds since 1970. */
  readonly enqueued: number;
  /** How many workers have died while they ran it. */
  readonly deaths: number;
  /** Why an attempt before this one failed. */
  readonly error?: string | undefined;
  /** Whether the server keeps it as failed when this attempt fails. */
  readonly isLast: boolean;
  readonly payload: Buffer;
  /** The client flags that it was stored with. */
  readonly flags: number;
}

/** What `/info` says. */
interface Info extends Pick<Job, 'queue' | 'id' | 'job' | 'attempt' | 'enqueued' | 'error'> {
  readonly deaths?: number;
  readonly last?: boolean;
}

/** Reads the answer to a read with `/info`. */
export function readJob(answer: Buffer, flags: number): Job {
  const { about, payload } = splitInfo<Info>(answer);
  const { queue, id, job, attempt, enqueued, error, deaths = 0, last: isLast = false } = about;
  return {
    queue,
    id,
    job,
    attempt,
    enqueued,
    deaths,
    error,
    isLast,
    payload,
    flags,
  };
}
