import { TextClient } from '../text-client.ts';

const LEASE_S = 60;
/** How often it tells of itself, and renews its leases. */
const BEAT_MS = 10_000;
/** How long one read waits. */
const READ_MS = 30_000;

/** A job that it has taken. */
export interface TakenJob {
  readonly queue: string;
  readonly job?: string;
  readonly attempt: number;
  readonly body: string;
}

/** How a job goes. `ms`: for so long; one that takes Infinity is held until the worker stops. */
export interface Course {
  readonly ms: number;
  readonly progress?: string;
  readonly result?: string;
  readonly error?: string;
  readonly isFinal?: boolean;
}

export interface FakeWorkerOptions {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly role: 'daemon' | 'cron';
  readonly queues: readonly string[];
  readonly concurrency: number;
  /** Bytes. */
  readonly rss: number;
  readonly perform: (job: TakenJob) => Course;
}

/**
 * Takes jobs, tells of itself and obeys as memq-consume does, with three connections; the jobs only take their time, and
 * end as somebody says.
 */
export class FakeWorker {
  readonly #options: FakeWorkerOptions;
  readonly #taker: TextClient;
  readonly #teller: TextClient;
  readonly #listener: TextClient;
  readonly #started = Date.now();
  /** What it holds: tokens, and the timers of those that end. */
  readonly #held = new Map<string, NodeJS.Timeout | undefined>();
  readonly #beat: NodeJS.Timeout;
  #state: 'running' | 'quiet' | 'stopping' = 'running';
  /** The end of what was told last: one answer after the other. */
  #told: Promise<unknown> = Promise.resolve();
  #freed: (() => void) | undefined;

  static async start(port: number, options: FakeWorkerOptions): Promise<FakeWorker> {
    const connect = () => TextClient.connect(port);
    const worker = new FakeWorker(options, await connect(), await connect(), await connect());
    const introduction = JSON.stringify(worker.#introduction);
    for (const client of [worker.#taker, worker.#listener]) await client.set('$client', introduction);
    await worker.#report();
    await worker.#taker.set('$watch', options.queues.join());
    void worker.#takeJobs();
    void worker.#listen();
    return worker;
  }

  private constructor(
    options: FakeWorkerOptions,
    taker: TextClient,
    teller: TextClient,
    listener: TextClient,
  ) {
    this.#options = options;
    this.#taker = taker;
    this.#teller = teller;
    this.#listener = listener;
    this.#beat = setInterval(() => this.#renew(), BEAT_MS);
  }

  /** How many jobs it has in hand. */
  get busy(): number {
    return this.#held.size;
  }

  /** Ends at once; what it holds comes back when its lease is over. */
  stop(): void {
    clearInterval(this.#beat);
    for (const timer of this.#held.values()) clearTimeout(timer);
    for (const client of [this.#taker, this.#teller, this.#listener]) client.close();
    this.#freed?.();
  }

  get #introduction() {
    const { id, host, pid } = this.#options;
    return { host, pid, program: 'memq-consume', version: '1.0.0', worker: id };
  }

  #report(): Promise<unknown> {
    const { role, queues, concurrency, rss } = this.#options;
    const busy = this.#held.size;
    const condition = {
      started: this.#started,
      role,
      queues,
      concurrency,
      busy,
      rss,
      cpu: busy / concurrency / 2,
      state: this.#state,
    };
    return this.#tell('set $client', JSON.stringify({ ...this.#introduction, ...condition }));
  }

  #renew(): void {
    for (const token of this.#held.keys()) void this.#tell(`touch $watch/lease=${token} ${LEASE_S}`);
    void this.#report();
  }

  /** Says something when all that it has said before is answered. */
  #tell(command: string, body?: string): Promise<unknown> {
    const ask = () =>
      this.#teller.ask(body === undefined ? command : `${command} 0 0 ${Buffer.byteLength(body)}\r\n${body}`);
    this.#told = this.#told.then(ask);
    return this.#told;
  }

  async #takeJobs(): Promise<void> {
    const taker = this.#taker;
    while (this.#state === 'running' && !taker.socket.destroyed) {
      if (this.#held.size >= this.#options.concurrency) {
        await new Promise<void>((resolve) => {
          this.#freed = resolve;
        });
        continue;
      }
      taker.send(`gats ${LEASE_S} $watch/info/t=${READ_MS}\r\n`);
      const [word, , , bytes, token] = ((await taker.line()) ?? 'closed').split(' ');
      if (word === 'closed') return;
      if (word !== 'VALUE') continue;
      const text = (await taker.bytes(Number(bytes) + 2)).subarray(0, -2).toString();
      await taker.line();
      const end = text.indexOf('\n');
      void this.#perform({ ...JSON.parse(text.slice(0, end)), body: text.slice(end + 1) }, token);
    }
  }

  async #perform(job: TakenJob, token: string): Promise<void> {
    const course = this.#options.perform(job);
    this.#held.set(token, undefined);
    if (course.progress !== undefined)
      await this.#tell(`set $watch/progress/lease=${token}`, course.progress);
    if (course.ms === Infinity) return;
    this.#held.set(
      token,
      setTimeout(() => this.#settle(token, course), course.ms),
    );
  }

  async #settle(token: string, { result, error, isFinal }: Course): Promise<void> {
    if (error !== undefined)
      await this.#tell(`set $watch/fail${isFinal ? '/final' : ''}/lease=${token}`, error);
    else if (result !== undefined) await this.#tell(`set $watch/close/lease=${token}`, result);
    else await this.#tell(`delete $watch/lease=${token}`);
    this.#free(token);
  }

  #free(token: string): void {
    this.#held.delete(token);
    this.#freed?.();
    if (this.#state === 'stopping' && this.#held.size === 0) this.stop();
  }

  async #listen(): Promise<void> {
    for (;;) {
      const orders = await this.#listener.get(`$control/t=${READ_MS}`);
      // The connection has ended.
      if (typeof orders === 'string') return;
      for (const line of orders.join('').split('\n').filter(Boolean)) await this.#obey(JSON.parse(line));
    }
  }

  async #obey({ order, lease }: { order: string; lease?: number | string }): Promise<void> {
    if (order === 'cancel') {
      const token = String(lease);
      clearTimeout(this.#held.get(token));
      await this.#tell(`delete $watch/lease=${token}`);
      this.#free(token);
      return;
    }
    // A read that waits would take one more.
    this.#taker.close();
    this.#state = order === 'stop' ? 'stopping' : 'quiet';
    await this.#report();
    if (order === 'stop' && this.#held.size === 0) this.stop();
  }
}
