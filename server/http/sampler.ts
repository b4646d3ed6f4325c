import { setImmediate as turn } from 'node:timers/promises';
import type { Counts, QueueEngine, QueueName } from '../engine/api.ts';
import { type History, QueueHistory, type Recent, type Window } from './queue-history.ts';
import type { Flows } from './series.ts';

export type { History, Window } from './queue-history.ts';

const PERIOD_MS = 1000;
/** A timer may come so much before its time. */
const EARLY_MS = 100;
/** Most queues of which the history is kept. */
const MOST_QUEUES = 1000;
/** Queues that are looked at in each period, whether something has happened in them or not. */
const WALKED_PER_PERIOD = 500;
/** Queues that are looked at in one turn of the event loop. */
const QUEUES_PER_TURN = 100;
/** Histories that are begun in one turn. */
const NEW_PER_TURN = 20;
/** Rates are those of so many seconds. */
const RATE_SECONDS = 10;

/** Messages a second, in the last seconds. */
export interface Rates {
  readonly in: number;
  /** Completed, or taken for good. */
  readonly out: number;
  /** Attempts that failed, the last ones too. */
  readonly failed: number;
}

/**
 * Looks at the engine's figures once a second, and keeps their history: of all queues together, and of the thousand in which
 * something was counted last. The least recently active gives its place to another one, unless something has happened in it
 * in this very second.
 *
 * What was counted between two looks is told of the second before the second one. A second in which the process was busy, or
 * the machine asleep, is a gap, and what was counted meanwhile is told of the second behind it. How much waits in all queues
 * together, and how old the oldest is, comes from a walk through them, which takes 2 seconds for a thousand queues.
 */
export class Sampler {
  readonly #engine: Pick<QueueEngine, 'figures' | 'page'>;
  readonly #clock: () => number;
  /** By name, the least recently active first. */
  readonly #queues = new Map<QueueName, QueueHistory>();
  #whole = new QueueHistory();
  /** When the last second that was looked at began. */
  #time = 0;
  /** Whether there is a queue that has counted something and has no history. */
  #lacksSome = false;
  /** Where the walk goes on, what it has found so far, and what the last one found. */
  #cursor = 0;
  #found = { depth: 0, oldestAge: 0 };
  #backlog = { depth: 0, oldestAge: 0 };
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;

  /** `clock`: milliseconds since the epoch. */
  constructor(engine: Pick<QueueEngine, 'figures' | 'page'>, clock: () => number = Date.now) {
    this.#engine = engine;
    this.#clock = clock;
  }

  start(): void {
    const { figures } = this.#engine;
    this.#whole = new QueueHistory(flowsOf(figures.totals));
    this.#queues.clear();
    // What was counted before is not told.
    this.#lacksSome = figures.takeChanged().length > 0;
    this.#isRunning = true;
    this.#plan();
  }

  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
  }

  /** Of a queue, or with `undefined` of all together. */
  history(queue: QueueName | undefined, window: Window): History {
    return this.#of(queue).history(window, this.#time, this.#whole);
  }

  rates(queue: QueueName | undefined): Rates {
    const { flows, seconds } = this.#of(queue).lately(RATE_SECONDS, this.#time, this.#whole);
    const [enqueued, , done, failed] = flows.map((count) => count / Math.max(seconds, 1));
    return { in: enqueued, out: done, failed };
  }

  /** Of a queue in the last minutes; undefined where nothing has happened in it. */
  recent(queue: QueueName): Recent | undefined {
    return this.#queues.get(queue)?.recent(this.#time, this.#whole);
  }

  #of(queue: QueueName | undefined): QueueHistory {
    if (queue === undefined) return this.#whole;
    return this.#queues.get(queue) ?? NO_HISTORY;
  }

  #plan(): void {
    if (!this.#isRunning) return;
    clearTimeout(this.#timer);
    const wait = PERIOD_MS - (this.#clock() % PERIOD_MS);
    this.#timer = setTimeout(() => this.#look(), Math.ceil(wait)).unref();
  }

  async #look(): Promise<void> {
    const second = Math.floor((this.#clock() + EARLY_MS) / PERIOD_MS);
    const time = (second - 1) * PERIOD_MS;
    const changed = this.#engine.figures.takeChanged();
    await this.#lookAtKnown(time);
    await this.#addNew(time, changed);
    this.#walk(time);
    const { totals, latencies } = this.#engine.figures;
    this.#whole.add(flowsOf(totals), { time, ...this.#backlog }, latencies);
    this.#time = time;
    this.#plan();
  }

  /** At those that have a history, where something has happened. */
  async #lookAtKnown(time: number): Promise<void> {
    const { figures } = this.#engine;
    let count = 0;
    for (const [name, history] of [...this.#queues]) {
      if (++count % QUEUES_PER_TURN === 0) await turn();
      const counts = figures.counts(name);
      if (counts === undefined) this.#queues.delete(name);
      else if (history.isBehind(flowsOf(counts))) this.#lookAt(time, name, history, flowsOf(counts));
    }
  }

  /** Those that have none get one, as far as there are places. */
  async #addNew(time: number, changed: readonly QueueName[]): Promise<void> {
    const { figures } = this.#engine;
    let count = 0;
    for (const name of changed) {
      if (++count % NEW_PER_TURN === 0) await turn();
      const counts = this.#queues.has(name) ? undefined : figures.counts(name);
      if (counts === undefined) continue;
      if (!this.#makePlace(time)) return;
      const flows = flowsOf(counts);
      // How much of it is new is not known where it may have counted before.
      this.#lookAt(time, name, new QueueHistory(this.#lacksSome ? flows : undefined), flows);
    }
  }

  /** False where all were active in this second. */
  #makePlace(time: number): boolean {
    if (this.#queues.size < MOST_QUEUES) return true;
    this.#lacksSome = true;
    for (const [name, { activeAt }] of this.#queues) {
      if (activeAt === time) return false;
      this.#queues.delete(name);
      break;
    }
    return true;
  }

  /** At a queue in which something has happened. */
  #lookAt(time: number, name: QueueName, history: QueueHistory, flows: Flows): void {
    const { figures } = this.#engine;
    const stats = figures.queue(name);
    if (stats === undefined) return;
    history.activeAt = time;
    // Behind all others.
    this.#queues.delete(name);
    this.#queues.set(name, history);
    const backlog = { time, depth: stats.ready, oldestAge: stats.oldestAge };
    history.add(flows, backlog, figures.latency(name));
  }

  /** At some queues in turn: what waits may have become more, or older, though nothing was counted. */
  #walk(time: number): void {
    const { queues, next } = this.#engine.page(this.#cursor, WALKED_PER_PERIOD);
    for (const { name, ready, oldestAge } of queues) {
      this.#found.depth += ready;
      this.#found.oldestAge = Math.max(this.#found.oldestAge, oldestAge);
      const history = this.#queues.get(name);
      if (history !== undefined && history.activeAt !== time)
        history.addBacklog({ time, depth: ready, oldestAge });
    }
    this.#cursor = next ?? 0;
    if (next !== undefined) return;
    this.#backlog = this.#found;
    this.#found = { depth: 0, oldestAge: 0 };
  }
}

/** Of a queue in which nothing has happened. */
const NO_HISTORY = new QueueHistory();

/** In the order of `FLOWS`. */
function flowsOf({ enqueued, delivered, completed, removed, retried, failed }: Counts): Flows {
  return [enqueued, delivered, completed + removed, retried + failed];
}
