import { setImmediate } from 'node:timers';
import {
  type Completion,
  DEFAULT_PRIORITY,
  type Delivery,
  type EnqueueRequest,
  type JobStatus,
  type QueueStats,
  type ReleaseReason,
  type ReserveRequest,
  type ScheduledJob,
} from '../../server/engine/api.ts';
import { Engine, type EngineOptions } from '../../server/engine/engine.ts';
import { LocalLog, type LocalLogOptions } from '../../server/engine/log/local/local-log.ts';
import type { Log } from '../../server/engine/log/log.ts';
import { MemoryLog } from '../../server/engine/log/memory/memory-log.ts';
import { DEFAULT_POLICY } from '../../server/engine/policy.ts';
import { State } from '../../server/engine/state/state-machine.ts';
import type { MemoryDisk } from './memory-disk.ts';

/** Engine time; a test sets it forward. */
export class ManualClock {
  now = 1_700_000_000_000;
}

export type Options = Partial<LocalLogOptions & EngineOptions>;

/** A line of the configuration, whose options may be left out. */
export type Scheduled = Omit<ScheduledJob, ScheduleOption> & Partial<Pick<ScheduledJob, ScheduleOption>>;
type ScheduleOption = 'priority' | 'maxAttempts' | 'backoff' | 'group';

/** A log on a disk, with the smallest segments. */
export function openLog(disk: MemoryDisk, options: Options = {}): LocalLog {
  return LocalLog.open({
    fileSystem: disk,
    directory: '/data',
    sync: 'always',
    syncIntervalMs: 1000,
    segmentSize: 64 * 1024,
    cacheSize: 64 * 1024 * 1024,
    openFiles: 2,
    clock: () => Date.now(),
    ...options,
  });
}

/** An engine with promises. */
export class TestEngine {
  readonly engine: Engine;
  readonly log: Log;
  readonly state: State;

  static open(disk: MemoryDisk, options: Options = {}): Promise<TestEngine> {
    return TestEngine.openOn(openLog(disk, options), options);
  }

  static openInMemory(options: Options = {}): Promise<TestEngine> {
    return TestEngine.openOn(MemoryLog.open({ segmentSize: 64 * 1024, ...options }), options);
  }

  static async openOn(log: Log, options: Partial<EngineOptions> = {}): Promise<TestEngine> {
    const state = new State(log.live);
    try {
      await log.replay(state);
      state.rebuild();
      return await TestEngine.serve(log, state, options);
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** Serves on from a state that has all of the log. */
  static async serve(log: Log, state: State, options: Partial<EngineOptions> = {}): Promise<TestEngine> {
    return new TestEngine(await Engine.serve(log, state, { ...DEFAULTS, ...options }), log, state);
  }

  /** Of an engine that somebody else has made. */
  static around(
    engine: Engine,
  ): Pick<TestEngine, 'enqueue' | 'reserve' | 'take' | 'takeText' | 'drain' | 'peek' | 'complete'> {
    return new TestEngine(engine, undefined as never, undefined as never);
  }

  private constructor(engine: Engine, log: Log, state: State) {
    this.engine = engine;
    this.log = log;
    this.state = state;
  }

  enqueue(
    queue: string,
    body: string | Buffer,
    options: Partial<Omit<EnqueueRequest, 'queue' | 'body' | 'start' | 'end'>> = {},
  ): Promise<number> {
    const bytes = Buffer.from(body);
    const request = {
      queue,
      flags: 0,
      exptime: 0,
      ahead: false,
      priority: DEFAULT_PRIORITY,
      delayMs: 0,
      jobId: '',
      mode: 'set',
      everyMs: 0,
      maxAttempts: 0,
      backoff: undefined,
      group: '',
      ...options,
      body: bytes,
      start: 0,
      end: bytes.length,
    } as const;
    return completed((done) => this.engine.enqueue(request, done));
  }

  reserve(queue: string, options: Partial<ReserveRequest> = {}): Promise<Delivery | undefined> {
    return completed((done) => this.engine.reserve(reserveRequest(queue, options), done));
  }

  take(queue: string, options: Partial<ReserveRequest> = {}): Promise<Delivery | undefined> {
    return this.reserve(queue, { mode: 'take', ...options });
  }

  /** Takes one and returns its body as text. */
  async takeText(queue: string, options: Partial<ReserveRequest> = {}): Promise<string | undefined> {
    const delivery = await this.take(queue, options);
    return delivery && textOf(delivery);
  }

  /** Takes all that wait. */
  async drain(queue: string): Promise<string[]> {
    const texts: string[] = [];
    for (let text = await this.takeText(queue); text !== undefined; text = await this.takeText(queue))
      texts.push(text);
    return texts;
  }

  peek(queue: string, failed = false, jobId = ''): Promise<Delivery | undefined> {
    return completed((done) => this.engine.peek({ queue, failed, jobId, watchList: undefined }, done));
  }

  complete(token: number, result?: string | Buffer): Promise<boolean> {
    const bytes = result === undefined ? undefined : Buffer.from(result);
    return completed((done) => this.engine.complete(token, bytes, done));
  }

  release(token: number, reason: ReleaseReason): Promise<boolean> {
    return completed((done) => this.engine.release(token, reason, done));
  }

  extend(token: number, leaseMs: number, holder = ''): Promise<boolean> {
    return completed((done) => this.engine.extend(token, leaseMs, holder, done));
  }

  progress(token: number, text: string): Promise<boolean> {
    return completed((done) => this.engine.progress(token, text, done));
  }

  fail(token: number, error: string, final = false, died = false): Promise<boolean> {
    return completed((done) => this.engine.fail({ token, error: Buffer.from(error), final, died }, done));
  }

  status(queue: string, jobId: string): Promise<JobStatus | undefined> {
    return completed((done) => this.engine.status(queue, jobId, done));
  }

  awaitEnd(queue: string, jobId: string, waitMs: number): Promise<JobStatus | undefined> {
    return completed((done) => this.engine.awaitEnd({ queue, jobId, waitMs }, done));
  }

  cancel(queue: string, jobId: string): Promise<boolean> {
    return completed((done) => this.engine.cancel(queue, jobId, done));
  }

  retryFailed(queue: string, delaySeconds = 0, jobId = ''): Promise<number> {
    return completed((done) => this.engine.retryFailed(queue, jobId, delaySeconds, done));
  }

  discardFailed(queue: string, jobId: string): Promise<boolean> {
    return completed((done) => this.engine.discardFailed(queue, jobId, done));
  }

  purge(queue?: string): Promise<void> {
    return completed((done) => this.engine.purge(queue, done));
  }

  drop(queue: string): Promise<boolean> {
    return completed((done) => this.engine.drop(queue, done));
  }

  pause(queue: string): Promise<void> {
    return completed((done) => this.engine.pause(queue, done));
  }

  resume(queue: string): Promise<boolean> {
    return completed((done) => this.engine.resume(queue, done));
  }

  move(from: string, to: string): Promise<number> {
    return completed((done) => this.engine.move(from, to, done));
  }

  schedule(jobs: readonly Scheduled[]): Promise<void> {
    const rules = { priority: undefined, maxAttempts: 0, backoff: undefined, group: '' };
    return this.engine.schedule(jobs.map((job) => ({ ...rules, ...job })));
  }

  policiesChanged(): void {
    this.engine.policiesChanged();
  }

  /** All queues, read page by page. */
  pages(limit: number): QueueStats[] {
    const all: QueueStats[] = [];
    for (let cursor: number | undefined = 0; cursor !== undefined; ) {
      const page: ReturnType<Engine['page']> = this.engine.page(cursor, limit);
      all.push(...page.queues);
      cursor = page.next;
    }
    return all;
  }

  /** The figures of one queue; undefined when there is none of that name. */
  statsOf(queue: string): QueueStats | undefined {
    const number = this.state.queues.get(queue)?.number;
    return number === undefined ? undefined : this.engine.page(number, 1).queues[0];
  }

  /** A number of `stats`. */
  detail(name: string): number {
    return Number(this.engine.stats().details.get(name));
  }

  close(): Promise<void> {
    return this.engine.close();
  }
}

const DEFAULTS: EngineOptions = { clock: () => Date.now(), policy: () => DEFAULT_POLICY, maxQueues: 1000 };

/** An open read that does not wait, but for what `options` say. */
export function reserveRequest(queue: string, options: Partial<ReserveRequest> = {}): ReserveRequest {
  return {
    queue,
    mode: 'open',
    leaseMs: 0,
    failed: false,
    jobId: '',
    waitMs: 0,
    watchList: undefined,
    holder: '',
    ...options,
  };
}

/** A body of its own for every number. */
export function body(number: number, length = 1000): string {
  return `${number}:`.padEnd(length, String.fromCharCode(97 + (number % 26)));
}

export function textOf({ body, start, end }: Delivery): string {
  return body.toString('latin1', start, end);
}

function completed<T>(operation: (done: Completion<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => operation({ resolve, reject }));
}

/**
 * Lets the event loop turn until `isDone`, or for so long that it never will be: so many turns, and so many milliseconds. It is
 * the machine's own, which a simulation puts another one in the place of.
 */
export async function turns(isDone: () => boolean, leastMs = 0): Promise<void> {
  const end = performance.now() + leastMs;
  for (let count = 0; !isDone() && (count < 10_000 || performance.now() < end); count++)
    await new Promise((resolve) => setImmediate(resolve));
}
