import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Delivery } from '../server/engine/engine.ts';
import { turn } from '../server/engine/local/turn.ts';
import { DEFAULT_POLICY } from '../server/engine/policy.ts';
import { TestEngine, turns } from './helpers/local-engine.ts';
import { MemoryDisk } from './helpers/memory-disk.ts';
import {
  BACKOFF,
  describeDelivery,
  type Expected,
  expectDelivery,
  MAX_ATTEMPTS,
  type Mode,
  QueueModel,
  type Reservation,
} from './helpers/queue-model.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 200);
/** More turns of the event loop than it takes to read a message from the disk of the test. */
const TURNS_FOR_DISK = 10;
const SEGMENT = 64 * 1024;
const QUEUES = ['a', 'b', 'n'.repeat(200)] as const;

const queue = fc.constantFrom(...QUEUES);
const mode = fc.constantFrom<Mode>('take', 'open', 'lease');
const leaseMs = fc.integer({ min: 1, max: 30_000 });
/** Mostly small; some that a segment holds a few of; rarely one that is larger than a segment. */
const size = fc.oneof(
  { weight: 20, arbitrary: fc.nat({ max: 300 }) },
  { weight: 10, arbitrary: fc.nat({ max: SEGMENT >> 2 }) },
  { weight: 1, arbitrary: fc.integer({ min: SEGMENT - 700, max: SEGMENT + 5000 }) },
);
const enqueue = fc.record({
  type: fc.constant('enqueue' as const),
  queue,
  size,
  flags: fc.integer({ min: 0, max: 0xffff_ffff }),
  exptime: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.constantFrom(-1, 3, 20)),
  ahead: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
});
const reserve = fc.record({ type: fc.constant('reserve' as const), queue, mode, leaseMs });
const peek = fc.record({ type: fc.constant('peek' as const), queue, failed: fc.boolean() });
const purge = fc.record({ type: fc.constant('purge' as const), queue: fc.option(queue, { nil: undefined }) });
/** What is done at once, before anything of it is answered. */
const atOnce = fc.oneof({ weight: 4, arbitrary: enqueue }, { weight: 3, arbitrary: reserve }, peek);
const which = fc.nat();

const step = fc.oneof(
  { weight: 12, arbitrary: enqueue },
  { weight: 8, arbitrary: reserve },
  {
    weight: 3,
    arbitrary: fc
      .array(atOnce, { minLength: 2, maxLength: 12 })
      .map((steps) => ({ type: 'burst' as const, steps })),
  },
  { weight: 2, arbitrary: peek },
  { weight: 1, arbitrary: purge },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('drop' as const), queue }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('wait' as const), queue, mode, leaseMs, waitMs: leaseMs }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('complete' as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('release' as const), which, counted: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('fail' as const),
      which,
      error: fc.string({ maxLength: 40, unit: 'grapheme-ascii' }),
      final: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('extend' as const), which, leaseMs }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('takeFailed' as const), queue }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('retryFailed' as const), queue, delay: fc.constantFrom(0, 2) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 8000 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'reopen' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'kill' as const }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('powerCut' as const), seed: fc.integer() }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Over all runs: segments freed, and bytes moved for that. */
let freed = 0;
let moved = 0;

/** The engine and the model side by side. */
class Comparison {
  readonly model = new QueueModel(Date.now);
  readonly #held: Reservation[] = [];
  /** Answers that are still to come, or to be compared. */
  #open: Promise<void>[] = [];
  #disk = new MemoryDisk();
  #engine!: TestEngine;
  #bodies = 0;

  async start(disk = this.#disk): Promise<void> {
    disk.readsEarly = this.#bodies % 2 === 0;
    this.#disk = disk;
    this.#engine = await this.#openEngine(disk);
    await this.#settle();
  }

  async run(step: Step): Promise<void> {
    // No two things are due at the same moment.
    await this.#advance(1);
    await this.#settle();
    await this.#do(step);
    await this.#settle();
  }

  /** Everything that is left, read in order from a copy. */
  async compareContents(): Promise<void> {
    await this.#makeDurable();
    const copy = await this.#openEngine(this.#disk.kill());
    const afterCrash = new QueueModel(Date.now);
    for (const [name, items] of this.model.queues) {
      const twins = items.map((item) => ({ ...item }));
      for (const twin of twins)
        if (twin.reservation !== undefined) twin.reservation = { ...twin.reservation };
      afterCrash.queues.set(name, twins);
    }
    afterCrash.end(true);
    for (const name of this.model.queues.keys()) {
      // What had its last attempt goes to the failed set, its body read first.
      await turns(() => copy.engine.queueStats(name)!.reserved === afterCrash.count(name, 'reserved'));
      expect(await drain(copy, name, false)).toEqual(afterCrash.contents(name, 'ready'));
      expect(await drain(copy, name, true)).toEqual(afterCrash.contents(name, 'failed'));
    }
    await copy.close();
  }

  async close(): Promise<void> {
    freed += this.#engine.detail('journal_freed_segments');
    moved += this.#engine.detail('journal_moved_bytes');
    this.model.end(false);
    await this.#engine.close();
    await Promise.all(this.#open);
  }

  async #do(step: Step): Promise<void> {
    const { model } = this;
    const engine = this.#engine;
    switch (step.type) {
      case 'enqueue': {
        const number = ++this.#bodies;
        const body = `${number}:${String.fromCharCode(97 + (number % 26)).repeat(step.size)}`;
        model.enqueue(step.queue, body, step.flags, step.exptime, step.ahead);
        this.#expect(engine.enqueue(step.queue, body, step), () => {});
        return;
      }
      case 'reserve':
        this.#expectDelivery(
          engine.reserve(step.queue, step),
          model.reserve(step.queue, step.mode, step.leaseMs),
        );
        return;
      case 'burst':
        for (const each of step.steps) await this.#do(each);
        return;
      case 'peek':
        this.#expectDelivery(engine.peek(step.queue, step.failed), model.peek(step.queue, step.failed));
        return;
      case 'purge':
        model.purge(step.queue);
        return this.#expect(engine.purge(step.queue), () => {});
      case 'drop':
        return this.#expectValue(engine.drop(step.queue), model.drop(step.queue));
      case 'wait': {
        const read = engine.reserve(step.queue, step);
        model.wait(step.queue, step.mode, step.leaseMs, step.waitMs, (expected) =>
          this.#expectDelivery(read, expected),
        );
        return;
      }
      case 'complete':
        return this.#withReservation(step.which, (held) => [
          engine.complete(held.token),
          model.complete(held),
        ]);
      case 'release':
        return this.#withReservation(step.which, (held) => [
          engine.release(held.token, step.counted),
          model.release(held, step.counted),
        ]);
      case 'fail':
        return this.#withReservation(step.which, (held) => [
          engine.fail(held.token, step.error, step.final),
          model.fail(held, step.error, step.final),
        ]);
      case 'extend':
        return this.#withReservation(step.which, (held) => [
          engine.extend(held.token, step.leaseMs),
          model.extend(held, step.leaseMs),
        ]);
      case 'takeFailed':
        return this.#expectDelivery(engine.take(step.queue, { failed: true }), model.takeFailed(step.queue));
      case 'retryFailed':
        return this.#expectValue(
          engine.retryFailed(step.queue, step.delay),
          model.retryFailed(step.queue, step.delay),
        );
      case 'advance':
        return this.#advance(step.ms);
      case 'reopen':
        model.end(false);
        await engine.close();
        return this.start();
      case 'kill':
        return this.#crash((disk) => disk.kill());
      case 'powerCut':
        return this.#crash((disk) => disk.powerCut(randomFrom(step.seed)));
    }
  }

  async #crash(leave: (disk: MemoryDisk) => MemoryDisk): Promise<void> {
    await this.#makeDurable();
    this.model.end(true);
    await this.start(leave(this.#disk));
    await this.compareContents();
  }

  /** Stores a message: with its answer everything before it is on the disk, too. */
  async #makeDurable(): Promise<void> {
    await this.#do({ type: 'enqueue', queue: 'a', size: 10, flags: 0, exptime: 0, ahead: false });
    await this.#settle();
  }

  async #openEngine(disk: MemoryDisk): Promise<TestEngine> {
    const engine = await TestEngine.open(disk, {
      segmentSize: SEGMENT,
      cacheSize: SEGMENT,
      policy: (name) => ({
        ...DEFAULT_POLICY,
        maxAttempts: MAX_ATTEMPTS,
        backoff: { kind: 'fixed', seconds: BACKOFF[name] ?? 0 },
      }),
    });
    // What became due while nobody looked.
    await this.#advance(1);
    return engine;
  }

  /**
   * Sets the clock forward, from one event to the next. Between two of them there is time for the disk: the model's
   * answers come at once, and a lease of a millisecond must not be over before its message has been read.
   */
  async #advance(ms: number): Promise<void> {
    const end = Date.now() + ms;
    while (Date.now() < end) {
      vi.advanceTimersByTime(Math.min(this.model.nextDue, end) - Date.now());
      this.model.tick();
      for (let i = 0; i < TURNS_FOR_DISK; i++) await turn();
    }
  }

  #withReservation(which: number, act: (held: Reservation) => [Promise<boolean>, boolean]): void {
    if (this.#held.length === 0) return;
    this.#expectValue(...act(this.#held[which % this.#held.length] as Reservation));
  }

  #expectDelivery(read: Promise<Delivery | undefined>, expected: Expected | undefined): void {
    if (expected?.reservation !== undefined) this.#held.push(expected.reservation);
    this.#expect(read, (delivery) => expectDelivery(delivery, expected));
  }

  #expectValue<T>(answer: Promise<T>, expected: T): void {
    this.#expect(answer, (value) => expect(value).toBe(expected));
  }

  #expect<T>(answer: Promise<T>, check: (value: T) => void): void {
    const checked = answer.then(check);
    // Awaited in `#settle`; until then it may have failed already.
    checked.catch(() => {});
    this.#open.push(checked);
  }

  async #settle(): Promise<void> {
    const open = Promise.all(this.#open);
    this.#open = [];
    let isAnswered = false;
    open.then(
      () => (isAnswered = true),
      () => (isAnswered = true),
    );
    await turns(() => isAnswered);
    expect(isAnswered).toBe(true);
    await open;
    expect([...this.#engine.engine.list()].sort()).toEqual([...this.model.queues.keys()].sort());
    await turns(() => this.#counts() === this.#expectedCounts());
    expect(this.#counts()).toEqual(this.#expectedCounts());
  }

  #counts(): string {
    const lines = [...this.model.queues.keys()].map((name) => {
      const { waiting, delayed, reserved, failed, waiters } = this.#engine.engine.queueStats(name)!;
      return `${name[0]}: ${waiting} ${delayed} ${reserved} ${failed} ${waiters}`;
    });
    return lines.join('\n');
  }

  #expectedCounts(): string {
    const lines = [...this.model.queues.keys()].map((name) => {
      const counts = (['ready', 'delayed', 'reserved', 'failed'] as const).map((state) =>
        this.model.count(name, state),
      );
      return `${name[0]}: ${counts.join(' ')} ${this.model.waiters.filter((each) => each.queue === name).length}`;
    });
    return lines.join('\n');
  }
}

async function drain(engine: TestEngine, name: string, failed: boolean): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    const delivery = await engine.take(name, { failed });
    if (delivery === undefined) return all;
    all.push(describeDelivery(delivery));
  }
}

/** mulberry32 */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

it('does what the model does, over any sequence of operations, restarts, crashes and power cuts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 150, size: 'max' }), async (steps) => {
      vi.clearAllTimers();
      const comparison = new Comparison();
      await comparison.start();
      for (const each of steps) await comparison.run(each);
      await comparison.compareContents();
      await comparison.close();
    }),
    // The time is for who looks for the shortest sequence that fails.
    { numRuns: RUNS, interruptAfterTimeLimit: 100_000 },
  );
  // Else there was little to see.
  expect(freed).toBeGreaterThan(RUNS / 2);
  expect(moved).toBeGreaterThan(RUNS * 1000);
}, 120_000);
