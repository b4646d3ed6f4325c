import { isUtf8 } from 'node:buffer';
import { splitInfo } from './info-line.ts';

/** How a job ended. Times are milliseconds since 1970. */
interface End {
  /** The id that it was enqueued with. */
  readonly id?: string;
  readonly queue: string;
  /** How often it was begun. */
  readonly attempts: number;
  readonly failed: number;
  /** Who ran it last: what that client says of itself, else its address. */
  readonly by?: unknown;
}

/** A job that the server keeps as failed. */
export interface FailedJob extends End {
  readonly enqueued: number;
  /** Why its last attempt failed. */
  readonly error: string;
  /** What was put on the queue; a Buffer where that is not UTF-8. */
  readonly payload: string | Buffer;
  /** The client flags that it was stored with. */
  readonly flags: number;
  /** Of a dead letter: how it ended in the queue that it comes from. */
  readonly dead?: End;
  /** The message that carries it. */
  readonly message: string;
}

/** `/info` has the id of a job as `job`. */
type Told<T> = Omit<T, 'id'> & { readonly job?: string };

interface Info extends Told<Omit<End, 'attempts'> & Pick<FailedJob, 'enqueued' | 'error'>> {
  /** The message's. */
  readonly id: string;
  readonly attempt: number;
  readonly dead?: Told<End>;
}

/** Reads the answer to a read with `/info`. */
export function readFailedJob(answer: Buffer, flags: number): FailedJob {
  const { about: info, payload: bytes } = splitInfo<Info>(answer);
  const { id: message, attempt: attempts, dead, ...about } = info;
  const payload = isUtf8(bytes) ? bytes.toString() : bytes;
  const origin = dead === undefined ? {} : { dead: withId(dead) };
  return { ...withId(about), attempts, payload, flags, ...origin, message };
}

function withId<T extends { readonly job?: string }>({ job, ...about }: T): Omit<T, 'job'> & { id?: string } {
  return job === undefined ? about : { id: job, ...about };
}
