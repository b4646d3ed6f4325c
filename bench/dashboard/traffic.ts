import { setTimeout as delay } from 'node:timers/promises';
import type { RunningServer } from '../peers/running-server.ts';
import { TextConnection } from '../text-connection.ts';

const PERIOD_MS = 50;
/** Each is stored, taken and done: 200 a second. */
const JOBS_PER_PERIOD = 10;
/** Of so many jobs one fails. */
const FAILS_ONE_OF = 50;
const DONE = 'STORED\r\n';

/** Jobs at an even, modest rate, over all queues in turn, until it is stopped. */
export class Traffic {
  readonly #connection: TextConnection;
  readonly #queues: number;
  readonly #stopped = new AbortController();
  readonly #work: Promise<void>;
  #number = 0;
  wrong = 0;

  private constructor(connection: TextConnection, queues: number) {
    this.#connection = connection;
    this.#queues = queues;
    this.#work = this.#run();
  }

  /** `queues`: how many there are, q0, q1 and so on. */
  static async start(server: RunningServer, queues: number): Promise<Traffic> {
    return new Traffic(await TextConnection.open(server.port), queues);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#work;
    this.#connection.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    for (let due = performance.now(); !signal.aborted; due += PERIOD_MS) {
      const jobs = Array.from({ length: JOBS_PER_PERIOD }, () => this.#job()).join('');
      const answer = await this.#connection.exchange(jobs);
      if (answer.split(DONE).length - 1 !== 2 * JOBS_PER_PERIOD) this.wrong++;
      const wait = Math.max(0, due + PERIOD_MS - performance.now());
      await delay(wait, undefined, { signal }).catch(() => {});
    }
  }

  #job(): string {
    const number = this.#number++;
    const queue = `q${number % this.#queues}`;
    const end =
      number % FAILS_ONE_OF === 0 ? `set ${queue}/fail/final 0 0 3\r\nbad` : `set ${queue}/close 0 0 0\r\n`;
    return `set ${queue} 0 0 4\r\nx(1)\r\nget ${queue}/open\r\n${end}\r\n`;
  }
}
