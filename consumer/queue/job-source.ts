import { MemqError, ServerError } from '../../shared/errors.ts';
import { formatJobKey } from '../../shared/job-key.ts';
import type { Connection, LeasedItem } from '../../shared/memcache.ts';
import type { ServerAddress } from '../../shared/server-address.ts';
import { Status } from '../../shared/status.ts';
import { clipBytes } from '../error-text/clip-bytes.ts';
import { introduce } from './introduction.ts';
import { type Job, readJob } from './job.ts';
import { type Introduced, isPassing, ServerLink, type ServerLinkListener } from './server-link.ts';
import { watch } from './watch.ts';

/** How long one read waits for a job, milliseconds. */
const READ_MS = 30_000;

/** What is kept of an error that is larger than the server takes, bytes. */
const SHORT_REASON = 128;

/** A job that is ours until its lease is over. */
export interface LeasedJob extends Job {
  /** These two change where the server has handed it out again. */
  token: number;
  error?: string | undefined;
  /** What tells it from all others; a server without its data begins anew with its ids. */
  readonly key: string;
  /** How the server gave it to us: for the process that runs it. */
  readonly answer: Buffer;
  /** It was cancelled while it was ours: whatever becomes of it, it is over. */
  isCancelled?: boolean;
}

/** What the server is told of a job. */
export type Settlement =
  | { readonly kind: 'done'; readonly result: string | undefined }
  /** `hasDied`: its process died of it. `isFinal`: it is not to be tried again. */
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly hasDied: boolean;
      readonly isFinal: boolean;
    }
  /** Back as if it had never been taken. */
  | { readonly kind: 'returned' }
  /** It runs no more, of which the server knows that it was cancelled. */
  | { readonly kind: 'cancelled' };

export interface JobSourceOptions {
  readonly server: ServerAddress;
  /** What `set $watch` takes. */
  readonly queues: string;
  readonly leaseMs: number;
  readonly listener: ServerLinkListener;
}

/**
 * Jobs of a list of queues, each taken by a lease whose token settles it, over whichever connection: a job outlives the
 * connection by which it came. What is asked in one turn of the event loop leaves in one packet.
 */
export class JobSource {
  readonly #link: ServerLink;
  /** Whole seconds, as the protocol has it. */
  readonly #leaseS: number;
  /** The connection whose read waits: what is asked behind it would wait as well. */
  #waiting: Introduced | undefined;

  constructor({ server, queues, leaseMs, listener }: JobSourceOptions) {
    this.#leaseS = Math.ceil(leaseMs / 1000);
    const begin = async (connection: Connection) => {
      await Promise.all([introduce(connection), watch(connection, queues)]);
    };
    this.#link = new ServerLink(server, begin, listener);
  }

  /** Sees whether the server is there. @throws what `take` does */
  async connect(): Promise<void> {
    await this.#link.ask(async () => {});
  }

  /**
   * Takes as many jobs as there are now, up to `most`.
   *
   * @throws UnreachableError, NotAllowedError, ServerError
   */
  async take(most: number): Promise<LeasedJob[]> {
    const items = await this.#link.ask((connection) => connection.leases('$watch/info', this.#leaseS, most));
    return items.map(readLeased);
  }

  /** Takes one job, as soon as there is one; undefined when none has come for long, or the wait was ended. */
  async wait(): Promise<LeasedJob | undefined> {
    let waiting = this.#waiting;
    if (waiting === undefined || waiting.connection.lost !== undefined) {
      waiting = this.#link.open();
      this.#waiting = waiting;
    }
    const { connection, introduction } = waiting;
    const wasEnded = () => waiting !== this.#waiting;
    try {
      await introduction;
      if (wasEnded()) return undefined;
      const item = await connection.lease(`$watch/info/t=${READ_MS}`, this.#leaseS, READ_MS);
      return item && readLeased(item);
    } catch (error) {
      if (wasEnded()) return undefined;
      throw error;
    }
  }

  /** Ends a wait. A job may come all the same. */
  endWait(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    // An introduction that was cut short would look as if the server were gone.
    waiting?.introduction.then(
      () => waiting.connection.end(),
      () => {},
    );
  }

  /**
   * Tells the server, in one packet, that jobs are done and have no result. Gives those of which it took no note, or may not
   * have: they are to be settled one by one.
   */
  async finish(jobs: readonly LeasedJob[]): Promise<readonly LeasedJob[]> {
    const tokens = jobs.map(({ token }) => token);
    try {
      const refused = await this.#link.ask((connection) => connection.endLeases('$watch', tokens));
      return refused.map((index) => jobs[index] as LeasedJob);
    } catch (error) {
      if (error instanceof MemqError) return jobs;
      throw error;
    }
  }

  /**
   * Tells the server how it stands with a job: the token by which it took note, undefined when the lease was over. Where
   * the server is gone it is told as soon as it is back, until `signal` aborts.
   *
   * @throws UnreachableError, NotAllowedError, ServerError
   */
  async settle(job: LeasedJob, settlement: Settlement, signal: AbortSignal): Promise<number | undefined> {
    for (let asked = job.token; ; ) {
      const { token } = job;
      if (token !== asked && hasNoted(job, settlement)) return asked;
      asked = token;
      try {
        const isOurs = await this.#link.ask((connection) => tell(connection, token, settlement));
        if (isOurs) return token;
        if (token === job.token) return undefined;
      } catch (error) {
        if (!isPassing(error) || signal.aborted) throw error;
        await Promise.race([this.#link.recover(), aborted(signal)]);
        if (signal.aborted || this.#link.isClosed) throw error;
      }
    }
  }

  /** How far a job is, for its status. What does not get there is not said again. */
  progress({ token }: LeasedJob, text: string): void {
    this.#link.ask((connection) => connection.set(`$watch/progress/lease=${token}`, text)).catch(() => {});
  }

  /** Makes the leases of jobs last as long from now on as they did from the start. `cancelled` is told which cannot. */
  renew(jobs: Iterable<LeasedJob>, cancelled: (job: LeasedJob) => void): void {
    for (const job of jobs) {
      const renewed = this.#link.ask(async (connection) => {
        const isOurs = await connection.touch(`$watch/lease=${job.token}`, this.#leaseS);
        // One whose lease ran out goes on, and so does one of which this cannot be known.
        if (!isOurs && (await wasCancelled(connection, job))) cancelled(job);
      });
      renewed.catch(() => {});
    }
  }

  /** Resolves when the server has answered again. @throws what cannot pass */
  recover(): Promise<void> {
    return this.#link.recover();
  }

  close(): void {
    this.endWait();
    this.#link.close();
  }
}

/**
 * Whether the server has taken note of a failure, though its answer was lost: it says so when it hands the job out again.
 * Where an earlier attempt has failed in the same way nobody knows; to run it again is right in any case.
 */
export function hasNoted({ error }: LeasedJob, settlement: Settlement): boolean {
  return settlement.kind === 'failed' && error === settlement.reason;
}

/** Whether the status of a job, which only one with an id has, says so. */
async function wasCancelled(connection: Connection, { queue, job, id }: LeasedJob): Promise<boolean> {
  if (job === undefined) return false;
  const status = await connection.get(formatJobKey(queue, job));
  if (status === undefined) return false;
  const { state, message } = JSON.parse(status.value.toString());
  return state === 'cancelled' && message === id;
}

function readLeased({ value, flags, token }: LeasedItem): LeasedJob {
  const job = readJob(value, flags);
  const key = `${job.id}@${job.enqueued} ${job.queue}`;
  return Object.assign(job, { token, key, answer: value });
}

async function tell(connection: Connection, token: number, settlement: Settlement): Promise<boolean> {
  const { kind } = settlement;
  if (kind === 'done') {
    const { result } = settlement;
    const close = () => connection.delete(`$watch/lease=${token}`);
    if (result === undefined) return close();
    return unlessTooLarge(() => isStored(connection.set(`$watch/close/lease=${token}`, result)), close);
  }
  // What is cancelled does not come back by that; its lease is over then.
  if (kind === 'returned' || kind === 'cancelled')
    return isStored(connection.set(`$watch/return/lease=${token}`, ''));
  const { reason, isFinal, hasDied } = settlement;
  const options = `fail${isFinal ? '/final' : ''}${hasDied ? '/died' : ''}`;
  const fail = (text: string) => isStored(connection.set(`$watch/${options}/lease=${token}`, text));
  return unlessTooLarge(
    () => fail(reason),
    () => fail(clipBytes(reason, SHORT_REASON)),
  );
}

/** What a server with a small limit (`-I`) does not take is left out: the job is not run again for that. */
async function unlessTooLarge(
  whole: () => Promise<boolean>,
  shorter: () => Promise<boolean>,
): Promise<boolean> {
  try {
    return await whole();
  } catch (error) {
    if (error instanceof ServerError && error.status === Status.tooLarge) return shorter();
    throw error;
  }
}

/** Whether a store by a lease found it. */
async function isStored(request: Promise<void>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (error instanceof ServerError && error.status === Status.notStored) return false;
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
