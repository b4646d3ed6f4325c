import { formatCall, type Literal } from './call.ts';
import { ServerError } from './errors.ts';
import { type FailedJob, readFailedJob } from './failed-job.ts';
import { DEFAULT_HOST, DEFAULT_PORT, MAX_KEY_BYTES } from './limits.ts';
import { Connection, type ServerAddress } from './memcache.ts';
import { queueNameProblem } from './queue-name.ts';

export interface ConnectOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 22201. */
  readonly port?: number;
  readonly username?: string;
  readonly password?: string;
  /** How long an answer may take, in seconds; default 5. */
  readonly timeout?: number;
}

export interface EnqueueOptions {
  /** The job is discarded when it has not started after this many seconds. */
  readonly ttl?: number;
  /** The job does not start before this many seconds have passed; fractions are allowed. */
  readonly delay?: number;
  /** 0 is the most urgent, 1024 the default, 4294967295 the least urgent. */
  readonly priority?: number;
  /** The job's own id, for `status` and `cancel`. A job with this id that waits is replaced. */
  readonly id?: string;
  /** Needs an `id`: a job with this id that waits or runs stays as it is, and this one is not stored. */
  readonly unique?: boolean;
  /** Needs an `id`: the job runs again every so many seconds, 0.001 or more, until it is cancelled. */
  readonly every?: number;
}

export interface RetryOptions {
  /** Not before this many seconds have passed: a whole number, at most 30 days. */
  readonly delay?: number;
}

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
  /** Why the last attempt failed. */
  readonly error?: string;
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
  /** The message that carries it. */
  readonly message: string;
}

/** memcached reads an exptime beyond this as a Unix time. In seconds. */
const MAX_RELATIVE_EXPTIME = 30 * 24 * 60 * 60;

/** Puts jobs on the queues of one server. Made by `connect`. */
export class Producer {
  readonly #address: ServerAddress;
  #connection: Connection | undefined;

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
   *   ServerError (such as a full queue), NotAllowedError (the login)
   */
  async enqueue(
    queue: string,
    method: string,
    args: readonly Literal[] = [],
    options: EnqueueOptions = {},
  ): Promise<boolean> {
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
   * @throws TypeError or RangeError for names that cannot be sent, UnreachableError, ServerError, NotAllowedError (the login)
   */
  async status(queue: string, id: string): Promise<JobStatus | undefined> {
    const item = await this.#connected().get(formatJobKey(queue, id));
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
    const item = await this.#connected().get(formatFailedKey(queue, id, '/peek/info'));
    return item === undefined ? undefined : readFailedJob(item.value, item.flags);
  }

  /**
   * Has a failed job run again, as if it were new. False when none has failed with this id.
   *
   * @throws as `status`
   */
  async retryFailed(queue: string, id: string, options: RetryOptions = {}): Promise<boolean> {
    return this.#connected().touch(formatFailedKey(queue, jobId(id)), formatDelay(options));
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
    return this.#connected().delete(formatFailedKey(queue, jobId(id)));
  }

  /** Closes the connection. What has not been answered by now fails. */
  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  #connected(): Connection {
    if (this.#connection?.lost !== undefined || this.#connection === undefined)
      this.#connection = new Connection(this.#address);
    return this.#connection;
  }
}

/** A client that puts jobs on queues. It connects with the first job, and keeps the process running until `close`. */
export function connect(options: ConnectOptions = {}): Producer {
  const { host = DEFAULT_HOST, port = DEFAULT_PORT, username, password, timeout = 5 } = options;
  if (!(timeout > 0)) throw new RangeError('timeout must be more than 0 seconds');
  return new Producer({ host, port, username, password, timeoutMs: timeout * 1000 });
}

function formatKey(queue: string, { delay, priority, id, every, unique }: EnqueueOptions): string {
  const problem = queueNameProblem(queue);
  if (problem !== undefined) throw new RangeError(`queue name ${JSON.stringify(queue)} ${problem}`);
  let key = queue;
  if (delay !== undefined) key += `/delay=${formatSeconds('delay', delay, 0)}`;
  if (priority !== undefined) {
    if (!Number.isInteger(priority) || priority < 0 || priority > 0xffffffff) {
      throw new RangeError(`priority must be an integer from 0 to 4294967295, not ${priority}`);
    }
    key += `/pri=${priority}`;
  }
  if (id !== undefined) {
    if (id === '' || /[\0 \r\n/]/.test(id))
      throw new RangeError(`id ${JSON.stringify(id)} is empty or has blanks or "/"`);
    key += `/id=${id}`;
  } else if (unique || every !== undefined) {
    throw new TypeError(`${unique ? 'unique' : 'every'} needs an id`);
  }
  if (every !== undefined) key += `/every=${formatSeconds('every', every, 0.001)}`;
  return checkedKey(key);
}

function checkedKey(key: string): string {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new RangeError(`queue name, options and id are longer than ${MAX_KEY_BYTES} bytes: ${key}`);
  }
  return key;
}

/** Of a job that is there. */
function formatJobKey(queue: string, id: string): string {
  return formatKey(queue, { id: jobId(id) });
}

/** Of all failed jobs, or of the one with that id. */
function formatFailedKey(queue: string, id?: string, more = ''): string {
  const key = id === undefined ? formatKey(queue, {}) : formatJobKey(queue, id);
  return checkedKey(`${key}/failed${more}`);
}

/** Without its id a job's key would name the whole queue. */
function jobId(id: string): string {
  if (typeof id !== 'string') throw new TypeError(`id must be a string, not ${id}`);
  return id;
}

function formatDelay({ delay = 0 }: RetryOptions): number {
  if (!Number.isInteger(delay) || delay < 0 || delay > MAX_RELATIVE_EXPTIME) {
    throw new RangeError(`delay must be a whole number of seconds, at most 30 days, not ${delay}`);
  }
  return delay;
}

/** To the millisecond. */
function formatSeconds(option: string, seconds: number, least: number): number {
  if (!(seconds >= least && seconds < 2 ** 32))
    throw new RangeError(`${option} must be ${least} or more seconds, not ${seconds}`);
  return Number(seconds.toFixed(3));
}

function formatTtl({ ttl, every }: EnqueueOptions): number {
  if (ttl === undefined) return 0;
  if (every !== undefined) throw new TypeError('a job that repeats takes no ttl');
  if (!(ttl > 0 && ttl < 2 ** 31)) throw new RangeError(`ttl must be more than 0 seconds, not ${ttl}`);
  const seconds = Math.ceil(ttl);
  return seconds <= MAX_RELATIVE_EXPTIME ? seconds : Math.ceil(Date.now() / 1000) + seconds;
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
