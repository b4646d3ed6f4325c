import type { Completion, Delivery, ReserveRequest } from '../../server/engine/engine.ts';
import { LocalEngine, type LocalEngineOptions } from '../../server/engine/local/local-engine.ts';
import { turn } from '../../server/engine/local/turn.ts';
import { DEFAULT_POLICY } from '../../server/engine/policy.ts';
import type { MemoryDisk } from './memory-disk.ts';

/** Engine time; a test sets it forward. */
export class ManualClock {
  now = 1_700_000_000_000;
}

/** The engine with promises, and with the smallest segments. */
export class TestEngine {
  readonly engine: LocalEngine;

  static async open(disk: MemoryDisk, options: Partial<LocalEngineOptions> = {}): Promise<TestEngine> {
    const engine = await LocalEngine.open({
      fileSystem: disk,
      directory: '/data',
      sync: 'always',
      syncIntervalMs: 1000,
      segmentSize: 64 * 1024,
      cacheSize: 64 * 1024 * 1024,
      clock: Date.now,
      policy: () => DEFAULT_POLICY,
      maxQueues: 1000,
      ...options,
    });
    return new TestEngine(engine);
  }

  private constructor(engine: LocalEngine) {
    this.engine = engine;
  }

  enqueue(
    queue: string,
    body: string | Buffer,
    { flags = 0, exptime = 0, ahead = false }: { flags?: number; exptime?: number; ahead?: boolean } = {},
  ): Promise<number> {
    const bytes = Buffer.from(body);
    return completed((done) =>
      this.engine.enqueue({ queue, flags, exptime, ahead, body: bytes, start: 0, end: bytes.length }, done),
    );
  }

  reserve(queue: string, options: Partial<ReserveRequest> = {}): Promise<Delivery | undefined> {
    const request = {
      queue,
      mode: 'open',
      leaseMs: 0,
      failed: false,
      waitMs: 0,
      watchList: undefined,
      ...options,
    } as const;
    return completed((done) => this.engine.reserve(request, done));
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

  peek(queue: string, failed = false): Promise<Delivery | undefined> {
    return completed((done) => this.engine.peek(queue, failed, done));
  }

  complete(token: number): Promise<boolean> {
    return completed((done) => this.engine.complete(token, done));
  }

  release(token: number, counted: boolean): Promise<boolean> {
    return completed((done) => this.engine.release(token, counted, done));
  }

  extend(token: number, leaseMs: number): Promise<boolean> {
    return completed((done) => this.engine.extend(token, leaseMs, done));
  }

  fail(token: number, error: string, final = false): Promise<boolean> {
    return completed((done) => this.engine.fail({ token, error: Buffer.from(error), final }, done));
  }

  retryFailed(queue: string, delaySeconds = 0): Promise<number> {
    return completed((done) => this.engine.retryFailed(queue, delaySeconds, done));
  }

  purge(queue?: string): Promise<void> {
    return completed((done) => this.engine.purge(queue, done));
  }

  drop(queue: string): Promise<boolean> {
    return completed((done) => this.engine.drop(queue, done));
  }

  /** A number of `stats`. */
  detail(name: string): number {
    return Number(this.engine.stats().details.get(name));
  }

  close(): Promise<void> {
    return this.engine.close();
  }
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

/** Lets the event loop turn until `isDone`, or for so long that it never will be. */
export async function turns(isDone: () => boolean): Promise<void> {
  for (let count = 0; count < 10_000 && !isDone(); count++) await turn();
}
