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
  formatTimeout,
  formatTtl,
  formatWaitKey,
  type RetryOptions,
  type WaitOptions,
} from './job-key.ts';
import { JobWait, LONGEST_ASK_MS } from './job-wait.ts';
import { Connection } from './memcache.ts';
import { addressText, type ServerAddress } from './server-address.ts';
import { Status } from './status.ts';

/** What is known of a job. Times are milliseconds since 1970. */
export interface JobStatus {
  readonly id: string;
  readonly queue: string;
  readonly state: 'waiting' | 'running' | 'failed' | 'complete' | 'cancelled';
  /** How often it was begun. */
  readonly attempts: number;
  /** How often it is tried, where it says that itself. */
  readonly max_attempts?: number;
  /** How long it waits before another attempt, where it says that itself: `exponential`, `none` or `fixed:<seconds>`. */
  readonly backoff?: string;
  readonly priority: number;
  readonly enqueued: number;
  /** When it may start, while that is to come. */
  readonly due?: number;
  /** Why it is not started now, though it is ready: its queue is paused, or a limit of its queue. */
  readonly held?: 'paused' | 'rate' | 'max_running' | 'group';
  /** When the last attempt began. */
  readonly started?: number;
  /** When it was complete, failed or was cancelled. */
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
  readonly last?: {
    readonly state: 'complete' | 'failed' | 'cancelled';
    readonly ended: number;
    readonly error?: string;
  };
  /** The message that carries it. */
  readonly message: string;
}

/** Puts jobs on the queues of one server. Made by `connect`. */
export class Producer {
  readonly #address: ServerAddress;
  #connection: Connection | undefined;
  /** Whether the server takes options, once a key with some has been asked for. */
  #takesOptions: Promise<boolean> | undefined;
  readonly #waits = new Set<JobWait<JobStatus>>();
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
    return this.#ask(key, async (connection) => {
      if (options.unique) return connection.add(key, call, exptime);
      await connection.set(key, call, exptime);
      return true;
    });
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
    const item = await this.#ask(key, (connection) => connection.get(key));
    return item === undefined ? undefined : readStatus(item.value);
  }

  /**
   * How a job ends, with its result: resolves once it is complete or has failed for good, or after `timeout` seconds with
   * what it is by then; undefined when nothing is known of it. It is about the job that has the id now: another one that
   * is enqueued with it does not count, and one that moves to another queue is not waited for any more. Of a job that
   * repeats it is the end of the run under way, else of the next. A connection that is lost meanwhile is made anew, until
   * the time is over.
   *
   * @throws as `status`; UnreachableError only where the server cannot be reached at first or at the end
   */
  async wait(queue: string, id: string, options: WaitOptions = {}): Promise<JobStatus | undefined> {
    const timeoutMs = formatTimeout(options);
    formatWaitKey(queue, id, LONGEST_ASK_MS);
    const key = (waitMs: number) => formatWaitKey(queue, id, waitMs);
    const job = { queue, key, read: readStatus, status: () => this.status(queue, id) };
    const wait = new JobWait(this.#address, job, timeoutMs);
    this.#waits.add(wait);
    return wait.end().finally(() => this.#waits.delete(wait));
  }

  /**
   * Takes a job that waits off its queue; one that runs is told to stop, and is not run again. One that repeats does so no
   * more; of one that is scheduled only the run is over. False when there was none.
   *
   * @throws as `status`
   */
  async cancel(queue: string, id: string): Promise<boolean> {
    const key = formatJobKey(queue, id);
    return this.#ask(key, (connection) => connection.delete(key));
  }

  /**
   * A look at the failed job with this id, without one at the next of the queue; undefined when there is none.
   *
   * @throws as `status`
   */
  async failed(queue: string, id?: string): Promise<FailedJob | undefined> {
    const look = '/peek/info';
    const key = id === undefined ? formatFailedKey(queue, look) : formatFailedJobKey(queue, id, look);
    const item = await this.#ask(key, (connection) => connection.get(key));
    return item === undefined ? undefined : readFailedJob(item.value, item.flags);
  }

  /**
   * Has a failed job run again, as if it were new. False when none has failed with this id.
   *
   * @throws as `status`
   */
  async retryFailed(queue: string, id: string, options: RetryOptions = {}): Promise<boolean> {
    const key = formatFailedJobKey(queue, id);
    const delay = formatDelay(options);
    return this.#ask(key, (connection) => connection.touch(key, delay));
  }

  /**
   * The same with all failed jobs of a queue. False when there was none.
   *
   * @throws as `status`
   */
  async retryAllFailed(queue: string, options: RetryOptions = {}): Promise<boolean> {
    const key = formatFailedKey(queue);
    const delay = formatDelay(options);
    return this.#ask(key, (connection) => connection.touch(key, delay));
  }

  /**
   * Forgets a failed job. False when none has failed with this id.
   *
   * @throws as `status`
   */
  async discardFailed(queue: string, id: string): Promise<boolean> {
    const key = formatFailedJobKey(queue, id);
    return this.#ask(key, (connection) => connection.delete(key));
  }

  /** Closes all connections, for good. What has not been answered by now fails. */
  close(): void {
    this.#isClosed = true;
    for (const wait of this.#waits) wait.close();
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** Where `/` begins no option the key would name another queue. Requests keep their order while that is asked. */
  async #ask<T>(key: string, request: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = this.#connected();
    const hasOptions = key.includes('/');
    if (hasOptions) this.#takesOptions ??= takesOptions(connection);
    const mayAsk = this.#takesOptions === undefined || (await this.#takesOptions) || !hasOptions;
    if (mayAsk) return request(connection);
    const where = addressText(this.#address);
    throw new ServerError(
      `the server at ${where} runs with --compat memcacheq, so it takes no options and knows no ids: ${key}`,
      Status.clientError,
    );
  }

  #connected(): Connection {
    if (this.#isClosed) throw new ClosedError('the producer is closed: connect again for another one');
    if (this.#connection?.lost !== undefined || this.#connection === undefined) {
      this.#connection = new Connection(this.#address);
      this.#takesOptions = undefined;
    }
    return this.#connection;
  }
}

/** Not where `/` is a character of a name as any other: `--compat memcacheq`. */
async function takesOptions(connection: Connection): Promise<boolean> {
  return (await connection.stats('settings')).get('compat') !== 'memcacheq';
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
