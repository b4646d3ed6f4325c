import { vi } from 'vitest';
import type { Delivery, HeldBy, MessageRef, QueueStats } from '../../server/engine/api.ts';
import { LiveBytes } from '../../server/engine/log/live-bytes.ts';
import { LocalLog } from '../../server/engine/log/local/local-log.ts';
import { type Log, TrimmedError } from '../../server/engine/log/log.ts';
import { MessageState } from '../../server/engine/state/message-table.ts';
import type { Queue } from '../../server/engine/state/queue.ts';
import { State } from '../../server/engine/state/state-machine.ts';
import { turn } from '../../server/engine/turn.ts';
import { TestEngine, turns } from '../helpers/local-engine.ts';
import { expectDelivery, expectStatus } from './descriptions.ts';
import { awaitEnd } from './end-waits.ts';
import { compareFailures } from './failures.ts';
import type { Expected, Item, Reservation } from './item.ts';
import { compareLists } from './lists.ts';
import type { Crash, Logs } from './logs.ts';
import { Numbers } from './numbers.ts';
import { QUEUES } from './policies.ts';
import * as readers from './readers.ts';
import { same } from './same.ts';
import { describeView, type Line, resumeSchedule, scheduledViews, setSchedule } from './schedule.ts';
import { Shadow } from './shadow.ts';
import { compareState } from './state.ts';
import { type Known, status } from './status.ts';
import { JOB_IDS } from './steps.ts';
import type { Tally } from './tally.ts';
import { dropIdle, end, IDLE_MS, nextChange, noteUse, tick } from './time.ts';
import type { World } from './world.ts';

/** More turns of the event loop than it takes to read a message from the disk of the test. */
const TURNS_FOR_DISK = 10;
/** Reservations that can still be asked for: the last ones. */
const MOST_HELD = 8;
/** From this number on `held` may tell one that has ended. */
const RARELY = 12;

/** Of a queue in which there is nothing. */
const NOTHING = { ready: 0, delayed: 0, reserved: 0, failed: 0, gone: 0 };

/** Reads what there is, at once. */
export const TAKE = { mode: 'take', leaseMs: 0, holder: 'reader' } as const;

/** The engine and the model, side by side: what both are asked has the same answer, and both have the same in them. */
export class Pair {
  readonly world: World;
  engine!: TestEngine;
  readonly #numbers: Numbers;
  readonly #logs: Logs;
  readonly #tally: Tally;
  /** Follows the engine, and takes over when that ends. */
  #shadow: Shadow | undefined;
  /** Where the shadow reads. */
  #followed!: Log;
  /** The queues that the engine had when nothing was under way. */
  #noted = new Map<string, Queue>();
  #held: Reservation[] = [];
  /** Answers that are still to come, or to be compared. */
  #open: Promise<void>[] = [];
  /** Waits for ends that the engine has not answered. */
  readonly #endWaits = new Set<Promise<unknown>>();
  #pending = 0;

  constructor(world: World, logs: Logs, tally: Tally, numbers = new Numbers()) {
    this.world = world;
    this.#logs = logs;
    this.#tally = tally;
    this.#numbers = numbers;
  }

  /** Whether a server that has ended leaves anything. */
  get lasts(): boolean {
    return this.#logs.last;
  }

  async start(): Promise<void> {
    const { log, replayed } = await this.#openLog();
    if (!this.#logs.isSame) this.#shadow = undefined;
    const state = (await this.#shadow?.takeOver(log, replayed, this.world.now())) ?? replayed;
    state.rebuild(log.live);
    const policy = (queue: string) => this.world.policyOf(queue);
    this.engine = await TestEngine.serve(log, state, { policy, idleQueueMs: IDLE_MS });
    this.#noted.clear();
    this.#shadow = new Shadow(this.#tally);
    this.#followed = await this.#logs.follow(log);
    this.world.sweptAt = this.world.second;
    this.world.servesSince = this.world.now();
    this.world.forgetPaces();
    resumeSchedule(this.world);
    await this.#schedule();
    // What a crash makes fail for good is read first.
    await this.#rest(
      () => this.#reserved() === this.world.items.filter((item) => item.state === 'reserved').length,
    );
    // What became due while nobody looked.
    await this.advance(2);
    await this.settle();
    for (const queue of this.engine.state.queues.all()) this.world.turns.learn(queue);
    this.world.turns.settle();
  }

  /** The log of a server that is about to serve, and what it tells. */
  async #openLog(): Promise<{ readonly log: Log; readonly replayed: State }> {
    const log = await this.#logs.open();
    const replayed = new State(new LiveBytes());
    try {
      await log.replay(replayed);
      return { log, replayed };
    } catch (error) {
      if (!(error instanceof TrimmedError)) throw error;
      // Its connection was lost before it had read all: it begins anew, as a server does.
      this.#logs.crash({ hasPower: true, seed: 0 });
      return this.#openLog();
    }
  }

  async setSchedule(lines: readonly Line[]): Promise<void> {
    setSchedule(this.world, lines);
    await this.#schedule();
  }

  /** The server ends by itself. */
  async stop(): Promise<void> {
    this.#tally.freed += this.engine.detail('journal_freed_segments');
    this.#tally.moved += this.engine.detail('journal_moved_bytes');
    end(this.world, false);
    await this.engine.close();
    await Promise.all(this.#open);
  }

  /** It ends by force. */
  async crash(crash: Crash, downMs: number): Promise<void> {
    this.#logs.crash(crash);
    // It may take back what the shadow has seen.
    if (!crash.hasPower) this.#shadow = undefined;
    // On a log that nobody will look at. Of one that is gone nothing more is heard.
    this.#endWaits.clear();
    const closed = this.engine.close();
    if (this.engine.log instanceof LocalLog) await closed;
    vi.advanceTimersByTime(downMs);
    end(this.world, true);
    await this.start();
  }

  /** It ends by itself, and begins again. */
  async reopen(downMs: number): Promise<void> {
    await this.stop();
    vi.advanceTimersByTime(downMs);
    await this.start();
  }

  /** A pair of their own, as they would be if the server were killed now; undefined where that cannot be tried. */
  async fork(): Promise<Pair | undefined> {
    const logs = this.#logs.fork();
    if (logs === undefined) return undefined;
    const fork = new Pair(this.world.copy(), logs, this.#tally, new Numbers(this.#numbers));
    end(fork.world, true);
    await fork.start();
    // The clock is the same.
    tick(this.world, this.#queues());
    return fork;
  }

  /** Nothing comes after it. */
  async finish(): Promise<void> {
    await this.stop();
    this.#logs.end();
  }

  /**
   * Sets the clock forward, from one event to the next. Between two of them there is time for the disk: the model's
   * answers come at once, and a lease of a millisecond must not be over before its message has been read. Whether a queue
   * has gone meanwhile, of which nobody is told.
   */
  async advance(ms: number): Promise<boolean> {
    const end = Date.now() + ms;
    const { idle } = this.#tally;
    while (Date.now() < end) {
      // What became due while the server was down is overdue.
      vi.advanceTimersByTime(Math.max(0, Math.min(nextChange(this.world), end) - Date.now()));
      this.#dropIdle();
      tick(this.world, this.#queues());
      await this.#rest(this.#isAtRest());
      this.#note();
    }
    return this.#tally.idle > idle;
  }

  /** Lets the queues go that the engine has dropped by itself. */
  #dropIdle(): void {
    for (const [name, queue] of this.#noted) {
      // It may have come again.
      if (this.engine.state.queues.get(name) === queue) continue;
      same(dropIdle(this.world, name), true, `${name} was idle`);
      this.#noted.delete(name);
      this.#tally.idle++;
    }
  }

  /** Notes, at a moment at which nothing is under way, which queues there are, and which of them are used. */
  #note(): void {
    noteUse(this.world);
    this.#noted = new Map([...this.engine.state.queues.all()].map((queue) => [queue.name, queue]));
  }

  /** Waits for all answers, and for the engine to come to rest. */
  async settle(): Promise<void> {
    await turns(this.#isAtRest(), this.#logs.patienceMs);
    same(this.#pending, 0, 'operations without an answer');
    same(this.#endWaits.size, this.world.endWaits.length, 'waits for an end');
    const open = this.#open;
    this.#open = [];
    await Promise.all(open);
    same(this.#stats(), this.#expectedStats());
    this.#compareCounts();
    this.#note();
  }

  /** What has happened to each queue, and in all. */
  #compareCounts(): void {
    const { figures } = this.engine.engine;
    for (const [name, { counts }] of this.world.queues)
      same(JSON.stringify(figures.counts(name)), JSON.stringify(counts), `counts of ${name}`);
    same(JSON.stringify(figures.totals), JSON.stringify(this.world.totals), 'counts of all queues');
  }

  /** All that is known of jobs. */
  async compareJobs(): Promise<void> {
    for (const queue of QUEUES) {
      for (const jobId of JOB_IDS) {
        const expected = status(this.world, queue, jobId);
        this.expect(this.engine.status(queue, jobId), (actual) =>
          expectStatus(actual, expected, this.#numbers),
        );
      }
    }
    await this.settle();
  }

  /** Whoever follows has what there is. */
  async compareShadow(): Promise<void> {
    await this.#shadow?.compare(this.#followed, this.engine, this.world.now());
  }

  /** The engine's state is that of the model. */
  compareState(): void {
    compareState(this.world, this.engine, this.#numbers);
    compareFailures(this.world, this.engine);
    const views = this.engine.engine.schedules.all();
    const seen = views.map(({ queue, name, state, isDisabled, nextAt, lastRun, runs }) =>
      describeView(`${queue}/${name}`, state, isDisabled, nextAt, lastRun, runs),
    );
    same(seen.join('\n'), scheduledViews(this.world).join('\n'));
    for (const queue of this.engine.state.queues.all()) this.world.turns.compare(queue);
    this.world.turns.settle();
  }

  /** So are its lists. */
  compareLists(): Promise<void> {
    return compareLists(this.world, this.engine, this.#numbers);
  }

  /** Takes out everything that is ready, or has failed. */
  async takeAll(): Promise<void> {
    for (const queue of this.world.queues.keys()) {
      if (this.world.isPaused(queue)) continue;
      while (this.world.mayRun(queue, 'take') && this.world.first(queue, 'free') !== undefined) {
        this.expectDelivery(this.engine.take(queue, TAKE), readers.reserve(this.world, [queue], TAKE));
        await this.settle();
      }
      while (this.world.counts(queue).failed > 0) {
        this.expectDelivery(
          this.engine.take(queue, { ...TAKE, failed: true }),
          readers.takeFailed(this.world, queue),
        );
        await this.settle();
      }
    }
  }

  /** One of the last reservations, if there are any, the latest first: of those that last, rarely one that has ended. */
  held(which: number): Reservation | undefined {
    const lasting = this.#held.filter(({ item, ...held }) => item.reservation?.token === held.token);
    const some = which < RARELY && lasting.length > 0 ? lasting : this.#held;
    return some[some.length - 1 - (which % some.length)];
  }

  /** The engine's handle of a message, or of the status of its job; undefined where the engine's id is not known yet. */
  refOf({ number, queue, state: now }: Item): MessageRef | undefined {
    const id = this.#numbers.idOf(number);
    const { state } = this.engine;
    for (const slot of state.table.slots()) {
      const isSame = Math.abs(state.orderOf(slot)) === id && state.queueOf(slot).name === queue;
      // A dead letter may be back where its status is.
      if ((state.stateOf(slot) === MessageState.ended) !== (now === 'gone')) continue;
      if (isSame && !state.isDiscarded(slot)) return { slot, id };
    }
    return undefined;
  }

  expectStored(id: Promise<number>, number: number): void {
    this.expect(id, (value) => {
      if (number <= 0) same(value, number);
      else this.#numbers.check(number, value);
    });
  }

  expectDelivery(read: Promise<Delivery | undefined>, expected: Expected | undefined): void {
    if (expected?.reservation !== undefined) {
      this.#held = [...this.#held, expected.reservation].slice(-MOST_HELD);
    }
    this.expect(read, (delivery) => expectDelivery(delivery, expected, this.#numbers));
  }

  expectEnd(queue: string, jobId: string, waitMs: number): void {
    const ended = this.engine.awaitEnd(queue, jobId, waitMs);
    this.#endWaits.add(ended);
    // It may be refused by a server that is killed.
    ended.catch(() => {}).finally(() => this.#endWaits.delete(ended));
    const until = this.world.now() + waitMs;
    const answer = (expected: Known | undefined, where: string) =>
      this.expect(ended, (actual) => {
        expectStatus(actual, expected, this.#numbers);
        same(actual?.queue, expected && where);
      });
    awaitEnd(this.world, { queue, jobId, until, answer });
  }

  expectValue<T>(answer: Promise<T>, expected: T): void {
    this.expect(answer, (value) => same(value, expected));
  }

  expect<T>(answer: Promise<T>, check: (value: T) => void): void {
    this.#pending++;
    const checked = answer.then(check).finally(() => this.#pending--);
    // Awaited in `settle`; until then it may have failed already.
    checked.catch(() => {});
    this.#open.push(checked);
  }

  /** Time for the disk, and until what has begun is through. */
  async #rest(isThrough: () => boolean): Promise<void> {
    for (let i = 0; i < TURNS_FOR_DISK; i++) await turn();
    await turns(isThrough, this.#logs.patienceMs);
  }

  #schedule(): Promise<void> {
    return this.engine.schedule(
      this.world.schedule.map(({ rhythm, body, ...line }) => {
        const cron = { pattern: rhythm.cron, timezone: undefined };
        return { ...line, cron, body: Buffer.from(body) };
      }),
    );
  }

  /** What tells whether the engine has come to where the model is by now. */
  #isAtRest(): () => boolean {
    const expected = this.#expectedStats();
    return () => this.#pending === 0 && this.#stats() === expected;
  }

  /** In the order in which what has expired goes. */
  #queues(): string[] {
    return this.engine.pages(1000).map(({ name }) => name);
  }

  #reserved(): number {
    return this.engine.pages(1000).reduce((sum, { reserved }) => sum + reserved, 0);
  }

  #stats(): string {
    const all = this.engine
      .pages(2)
      .map((stats) => describeStats(stats.name, stats, stats, stats.waiters, stats.heldBy));
    return all.sort().join('\n');
  }

  #expectedStats(): string {
    const { world } = this;
    const countsOf = world.countsOfAll();
    const all = [...world.queues].map(([name, facts]) => {
      const waiters = world.waiters.filter(({ queue }) => queue === name).length;
      const counts = countsOf.get(name) ?? NOTHING;
      const heldBy = world.whyHeld(name);
      return describeStats(name, counts, facts, waiters, heldBy);
    });
    return all.sort().join('\n');
  }
}

type Counts = Pick<QueueStats, 'ready' | 'delayed' | 'reserved' | 'failed'>;
type Counters = Pick<
  QueueStats,
  'enqueued' | 'taken' | 'acknowledged' | 'expired' | 'dropped' | 'failedDropped' | 'cancelled' | 'paused'
>;

/** It is done very often, so nothing is put together for it. */
function describeStats(
  name: string,
  counts: Counts,
  counters: Counters,
  waiters: number,
  heldBy: HeldBy | undefined,
): string {
  const { ready, delayed, reserved, failed } = counts;
  const { enqueued, taken, acknowledged, expired, dropped, failedDropped, cancelled, paused } = counters;
  const there = `${ready} ready, ${delayed} delayed, ${reserved} reserved, ${failed} failed, ${waiters} wait`;
  const lost = `${expired} expired, ${dropped} and ${failedDropped} failed dropped, ${cancelled} cancelled`;
  const gone = `${enqueued} in, ${taken} out, ${acknowledged} done, ${lost}`;
  return `${name[0]}: ${there}; ${gone}${paused ? '; paused' : ''}; held by ${heldBy}`;
}
