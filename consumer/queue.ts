import { hostname } from 'node:os';
import { ServerError } from '../shared/errors.ts';
import type { Connection } from '../shared/memcache.ts';
import { VERSION } from '../shared/version.ts';

/** A job as it comes from the server. */
export interface Job {
  readonly id: string;
  /** 1 the first time that it is taken. */
  readonly attempt: number;
  /** When it was put on the queue, in milliseconds since 1970. */
  readonly enqueued: number;
  readonly payload: Buffer;
  /** The client flags that it was stored with. */
  readonly flags: number;
}

const NEWLINE = 0x0a;

/** Who we are, for the server to tell who holds a job, and with whom one failed. */
const CLIENT = JSON.stringify({
  host: hostname(),
  pid: process.pid,
  program: 'memq-consume',
  version: VERSION,
});

/** Status of the binary protocol: nothing is open. */
const NOT_STORED = 0x05;

/**
 * One queue, read reliably: a job that was taken is open on this connection until it is finished, failed or
 * rejected, and goes back to its place when the connection ends before that. One job is open at a time.
 */
export class Queue {
  readonly #connection: Connection;
  readonly #name: string;
  #isIntroduced = false;

  constructor(connection: Connection, name: string) {
    this.#connection = connection;
    this.#name = name;
  }

  /** Takes the next job; undefined when none waits. */
  take(): Promise<Job | undefined> {
    return this.#get('open/info');
  }

  /** Finishes the open job and takes the next one, in one request. */
  finishAndTake(): Promise<Job | undefined> {
    return this.#get('close/open/info');
  }

  /** Finishes the open job. */
  async finish(): Promise<void> {
    await this.#connection.get(`${this.#name}/close`);
  }

  /** Fails the open job: the server tries it again later, and in the end keeps it as failed. */
  fail(reason: string): Promise<void> {
    return this.#fail('fail', reason);
  }

  /** Fails the open job for good: the server keeps it as failed. */
  reject(reason: string): Promise<void> {
    return this.#fail('fail/final', reason);
  }

  /** The job that `take` would give, left where it is. */
  peek(): Promise<Job | undefined> {
    return this.#get('peek/info');
  }

  /** About how many jobs wait: the server's counters begin with its start, and count each attempt. */
  async waiting(): Promise<number> {
    const counters = (await this.#connection.stats('queue')).get(this.#name) ?? '0/0';
    const [sets, gets] = counters.split('/').map(Number) as [number, number];
    return Math.max(0, sets - gets);
  }

  /** A job that was cancelled while it ran is not open any more, which is no error. */
  async #fail(options: string, reason: string): Promise<void> {
    try {
      await this.#connection.set(`${this.#name}/${options}`, reason);
    } catch (error) {
      if (!(error instanceof ServerError && error.status === NOT_STORED)) throw error;
    }
  }

  /** Together with the first read, which fails as well where this does. */
  #introduce(): void {
    if (this.#isIntroduced) return;
    this.#isIntroduced = true;
    this.#connection.set('$client', CLIENT).catch(() => {});
  }

  async #get(options: string): Promise<Job | undefined> {
    this.#introduce();
    const item = await this.#connection.get(`${this.#name}/${options}`);
    return item === undefined ? undefined : readJob(item.value, item.flags);
  }
}

/** `/info` puts one line of JSON before the payload. */
function readJob(body: Buffer, flags: number): Job {
  const end = body.indexOf(NEWLINE);
  try {
    const { id, attempt, enqueued } = JSON.parse(body.toString('utf8', 0, end)) as Job;
    return { id, attempt, enqueued, payload: body.subarray(end + 1), flags };
  } catch {
    throw new ServerError('the answer does not begin with a line about the job: is this a memq-server?', 0);
  }
}
