import { ServerError } from '../../shared/errors.ts';

/** A job as it comes from the server. */
export interface Job {
  readonly queue: string;
  /** The message that carries it. */
  readonly id: string;
  /** The id that its client gave it. */
  readonly job?: string;
  /** 1 the first time that it is taken. */
  readonly attempt: number;
  /** When it was put on the queue, in milliseconds since 1970. */
  readonly enqueued: number;
  readonly payload: Buffer;
  /** The client flags that it was stored with. */
  readonly flags: number;
}

const NEWLINE = 0x0a;

/** `/info` puts one line of JSON before the payload. */
export function readJob(body: Buffer, flags: number): Job {
  const end = body.indexOf(NEWLINE);
  try {
    const about: Job = JSON.parse(body.toString('utf8', 0, end));
    const { queue, id, job, attempt, enqueued } = about;
    return {
      queue,
      id,
      ...(job !== undefined && { job }),
      attempt,
      enqueued,
      payload: body.subarray(end + 1),
      flags,
    };
  } catch {
    throw new ServerError('the answer does not begin with a line about the job: is this a memq-server?', 0);
  }
}
