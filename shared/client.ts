import { formatCall, type Literal } from './call.ts';
import { type ConnectOptions, readConnectOptions } from './connect-options.ts';
import { ClosedError, ServerError } from './errors.ts';
import { type FailedJob, readFailedJob } from './failed-job.ts';
import {
  checkEnqueueOptions,
  type EnqueueOptions,
  formatDelay,
  formatFailedJobKey,
  formatFailedKey,
  formatJobKey,
  formatKey,
  formatTtl,
  type RetryOptions,
} from './job-key.ts';
import { Connection } from './memcache.ts';
import type { ServerAddress } from './server-address.ts';

/** What is known of a job. Times are milliseconds since 1970. */
export interface JobStatus {
  readonly id: string;
  readonly queue: string;
  readonly state: 'waiting' | 'running' | 'failed' | 'complete';
  /** How often it was begun. */
  readonly attempts: number;
  readonly priority: number;
  readonly enqueued: number;
  /** When it may start, while that is to come. */
  readonly due?: number;
  /** When the last attempt began. */
  readonly started?: number;
  /** When it was complete, or failed. */
  readonly ended?: number;
  /** Why the last attempt failed; not there once one has succeeded. */
  readonly error?: string;
  /** Of a job that is complete: why an attempt before the last one failed. */
  readonly earlier_error?: string;
  /** Who runs it, or ran it when it failed: what that client says of itself, else its address. */
  readonly by?: unknown;
  /** What the worker last said of how far it is: `{ percent, text }` from `context.progress`. */
  readonly progress?: unknown;
  /** What the worker said when it completed; a Buffer where that is not UTF-8. */
  readonly result?: string | Buffer;
  /** Seconds from one run to the next. */
  readonly every?: number;
  /** The cron line by which it runs. */
  readonly cron?: string;
  /** How the last run of a job that repeats ended. */
  readonly last?: { readonly state: 'complete' | 'failed'; readonly ended: number; readonly error?: string };
  /** The message that carries it. */
  readonly message: string;
}

/** Puts jobs on the queues of one server. Made by `connect`. */
export class Producer {
  readonly #address: ServerAddress;
  #connection: Connection | undefined;
  #isClosed = false;

  constructor(address: ServerAddress) {
    this.#address = address;
  }

  /**
   * Puts the call of `method` with `args` on `queue`; resolves when the server has stored it: true, or false when
   * a `unique` one was there already. Calls need not wait for one another, and keep their order. Nothing is sent
   * twice: after an UnreachableError the job may or may not be stored, and the next call connects anew. With an `id`
   * it is safe to enqueue again.
   *
   * @throws TypeError or RangeError for arguments and options that cannot be sent, UnreachableError,
   *   ServerError (such as a full queue), NotAllowedError (the login), ClosedError (after `close`)
   */
  async enqueue(
    queue: string,
    method: string,
    args: readonly Literal[] = [],
    options: EnqueueOptions = {},
  ): Promise<boolean> {
    checkEnqueueOptions(options);
    const key = formatKey(queue, options);
    const exptime = formatTtl(options);
    const call = formatCall(method, args);
    if (options.unique) return this.#connected().add(key, call, exptime);
    await this.#connected().set(key, call, exptime);
    return true;
  }

  /**
   * What is known of the job with this id; undefined when nothing is: it never was, was cancelled, or ended longer
   * ago than the server remembers.
   *
   * @throws TypeError or RangeError for names that cannot be sent, UnreachableError, ServerError, NotAllowedError (the
   *   login), ClosedError (after `close`)
   */
  async status(queue: string, id: string): Promise<JobStatus | undefined> {
    const key = formatJobKey(queue, id);
    const item = await this.#connected().get(key);
    return item === undefined ? undefined : readStatus(item.value);
  }

  /**
   * Takes a job that waits off its queue; one that runs goes on, but is not run again. False when there was none.
   *
   * @throws as `status`
   */
  async cancel(queue: string, id: string): Promise<boolean> {
    return this.#connected().delete(formatJobKey(queue, id));
  }

  /**
   * A look at the failed job with this id, without one at the next of the queue; undefined when there is none.
   *
   * @throws as `status`
   */
  async failed(queue: string, id?: string): Promise<FailedJob | undefined> {
    const look = '/peek/info';
    const key = id === undefined ? formatFailedKey(queue, look) : formatFailedJobKey(queue, id, look);
    const item = await this.#connected().get(key);
    return item === undefined ? undefined : readFailedJob(item.value, item.flags);
  }

  /**
   * Has a failed job run again, as if it were new. False when none has failed with this id.
   *
   * @throws as `status`
   */
  async retryFailed(queue: string, id: string, options: RetryOptions = {}): Promise<boolean> {
    return this.#connected().touch(formatFailedJobKey(queue, id), formatDelay(options));
  }

  /**
   * The same with all failed jobs of a queue. False when there was none.
   *
   * @throws as `status`
   */
  async retryAllFailed(queue: string, options: RetryOptions = {}): Promise<boolean> {
    return this.#connected().touch(formatFailedKey(queue), formatDelay(options));
  }

  /**
   * Forgets a failed job. False when none has failed with this id.
   *
   * @throws as `status`
   */
  async discardFailed(queue: string, id: string): Promise<boolean> {
    return this.#connected().delete(formatFailedJobKey(queue, id));
  }

  /** Closes the connection, for good. What has not been answered by now fails. */
  close(): void {
    this.#isClosed = true;
    this.#connection?.close();
    this.#connection = undefined;
  }

  #connected(): Connection {
    if (this.#isClosed) throw new ClosedError('the producer is closed: connect again for another one');
    if (this.#connection?.lost !== undefined || this.#connection === undefined)
      this.#connection = new Connection(this.#address);
    return this.#connection;
  }
}

/**
 * A client that puts jobs on queues. It connects with the first job, and keeps the process running until `close`.
 *
 * @throws TypeError or RangeError for options that it cannot use
 */
export function connect(options: ConnectOptions = {}): Producer {
  return new Producer(readConnectOptions(options));
}

function readStatus(json: Buffer): JobStatus {
  try {
    const answer: JobStatus & { readonly result_base64?: string } = JSON.parse(json.toString());
    const { result_base64, ...status } = answer;
    return result_base64 === undefined ? status : { ...status, result: Buffer.from(result_base64, 'base64') };
  } catch {
    throw new ServerError('the answer is not the status of a job: is this a memq-server?', 0);
  }
}
