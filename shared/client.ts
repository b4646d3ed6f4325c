import { formatCall, type Literal } from './call.ts';
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
  /** The job's own id: while a job with this id waits, it is replaced. */
  readonly id?: string;
}

/** memcached reads an exptime beyond this as a Unix time. In seconds. */
const MAX_RELATIVE_EXPTIME = 30 * 24 * 60 * 60;
const MAX_KEY_BYTES = 250;

/** Puts jobs on the queues of one server. Made by `connect`. */
export class Producer {
  readonly #address: ServerAddress;
  #connection: Connection | undefined;

  constructor(address: ServerAddress) {
    this.#address = address;
  }

  /**
   * Puts the call of `method` with `args` on `queue`; resolves when the server has stored it. Calls need not wait
   * for one another, and keep their order. Nothing is sent twice: after an UnreachableError the job may
   * or may not be stored, and the next call connects anew. With an `id` it is safe to enqueue again.
   *
   * @throws TypeError or RangeError for arguments and options that cannot be sent, UnreachableError,
   *   ServerError (such as a full queue), NotAllowedError (the login)
   */
  async enqueue(
    queue: string,
    method: string,
    args: readonly Literal[] = [],
    options: EnqueueOptions = {},
  ): Promise<void> {
    const key = formatKey(queue, options);
    const exptime = formatTtl(options.ttl);
    const call = formatCall(method, args);
    if (this.#connection === undefined || this.#connection.lost)
      this.#connection = new Connection(this.#address);
    await this.#connection.set(key, call, exptime);
  }

  /** Closes the connection. What has not been answered by now fails. */
  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}

/** A client that puts jobs on queues. It connects with the first job, and keeps the process running until `close`. */
export function connect(options: ConnectOptions = {}): Producer {
  const { host = '127.0.0.1', port = 22201, username, password, timeout = 5 } = options;
  if (!(timeout > 0)) throw new RangeError('timeout must be more than 0 seconds');
  return new Producer({ host, port, username, password, timeoutMs: timeout * 1000 });
}

function formatKey(queue: string, { delay, priority, id }: EnqueueOptions): string {
  const problem = queueNameProblem(queue);
  if (problem !== undefined) throw new RangeError(`queue name ${JSON.stringify(queue)} ${problem}`);
  let key = queue;
  if (delay !== undefined) {
    if (!(delay >= 0 && delay < 2 ** 32))
      throw new RangeError(`delay must be 0 or more seconds, not ${delay}`);
    key += `/delay=${Number(delay.toFixed(3))}`;
  }
  if (priority !== undefined) {
    if (!Number.isInteger(priority) || priority < 0 || priority > 0xffffffff) {
      throw new RangeError(`priority must be an integer from 0 to 4294967295, not ${priority}`);
    }
    key += `/pri=${priority}`;
  }
  if (id !== undefined) {
    if (id === '' || /[\0 \r\n/]/.test(id))
      throw new RangeError(`id ${JSON.stringify(id)} has blanks or "/"`);
    key += `/id=${id}`;
  }
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new RangeError(`queue name, options and id are longer than ${MAX_KEY_BYTES} bytes: ${key}`);
  }
  return key;
}

function formatTtl(ttl: number | undefined): number {
  if (ttl === undefined) return 0;
  if (!(ttl > 0 && ttl < 2 ** 31)) throw new RangeError(`ttl must be more than 0 seconds, not ${ttl}`);
  const seconds = Math.ceil(ttl);
  return seconds <= MAX_RELATIVE_EXPTIME ? seconds : Math.ceil(Date.now() / 1000) + seconds;
}
