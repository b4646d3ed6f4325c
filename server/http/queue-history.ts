import { Histogram, type QueueLatency } from '../engine/api.ts';
import {
  type Backlog,
  COLUMNS,
  type Column,
  DEPTH,
  FLOWS,
  type Flows,
  type Latest,
  OLDEST,
  Series,
} from './series.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** The lengths of steps, and how many of each are kept. */
const KEPT = [
  [SECOND_MS, 120],
  [MINUTE_MS, 180],
  [HOUR_MS, 168],
] as const;

/** What there is to look at: a part of the steps of one length. */
const WINDOWS = {
  '2m': { series: 0, steps: 120 },
  '1h': { series: 1, steps: 60 },
  '24h': { series: 2, steps: 24 },
  '7d': { series: 2, steps: 168 },
} as const;
export type Window = keyof typeof WINDOWS;

/** Steps, the oldest first. The last one is the one that is filled. Null: nobody looked, or there is no such figure. */
export interface History {
  readonly step_ms: number;
  /** When the first one began, milliseconds since the epoch. */
  readonly from: number;
  readonly columns: Columns;
}

/** Few steps, that tell at a glance how it has been; with the one that is not over they fit into what is kept of seconds. */
const RECENT_STEP_MS = 5 * SECOND_MS;
const RECENT_STEPS = 23;
const ENQUEUED = FLOWS.indexOf('enqueued');
const DONE = FLOWS.indexOf('done');

/** How many came and went a second. Null: nobody looked. */
export interface Recent {
  readonly step_ms: number;
  readonly in: (number | null)[];
  readonly out: (number | null)[];
}

/** `times`: when each step began. Flows are what was counted in it, ages are seconds, latencies milliseconds. */
type Columns = { readonly times: number[] } & { readonly [column in Column]: (number | null)[] };

const NOTHING: Flows = FLOWS.map(() => 0);

/** How a queue was in the last 2 minutes by seconds, the last 3 hours by minutes, the last week by hours: 20 kB. */
export class QueueHistory {
  readonly #series: readonly Series[];
  #flows: Flows;
  /** What its histograms were with the last sample. */
  readonly #wait = new Histogram();
  readonly #run = new Histogram();
  #backlog: Backlog | undefined;
  /** When something was last counted, in whatever the caller counts that. */
  activeAt = 0;

  /** `before`: what had been counted before, which is not told. */
  constructor(before: Flows = NOTHING) {
    this.#flows = before;
    const first = (): Latest => ({ flows: before, wait: new Histogram(), run: new Histogram() });
    this.#series = KEPT.map(([stepMs, length]) => new Series(stepMs, length, first()));
  }

  /** Whether something was counted since the last sample. */
  isBehind(flows: Flows): boolean {
    for (let i = 0; i < flows.length; i++) if (flows[i] !== this.#flows[i]) return true;
    return false;
  }

  /** A sample. */
  add(flows: Flows, backlog: Backlog, latency: QueueLatency | undefined): void {
    // Another queue has its name by now, or another latency its place.
    if (flows.some((count, i) => count < this.#flows[i])) this.#beginFlows();
    const { wait, run } = latency ?? this.#latest;
    if (wait.count < this.#wait.count || run.count < this.#run.count) this.#beginLatency();
    for (const series of this.#series) series.add(backlog, this.#latest, { flows, wait, run });
    this.#flows = flows;
    this.#backlog = backlog;
    if (wait.count !== this.#wait.count) this.#wait.copy(wait);
    if (run.count !== this.#run.count) this.#run.copy(run);
  }

  /** The same, of a queue that has counted nothing since the last one. */
  addBacklog(backlog: Backlog): void {
    this.add(this.#flows, backlog, undefined);
  }

  /**
   * The steps of a window, up to that of a time. `whole` has each step in which anybody looked: where that has one and this
   * has not, nothing was counted, and the backlog was what it had been.
   */
  history(window: Window, time: number, whole: QueueHistory): History {
    const { series: place, steps } = WINDOWS[window];
    const series = this.#series[place];
    const last = series.stepOf(time);
    const from = last - steps + 1;
    const step_ms = series.stepMs;
    const columns = emptyColumns();
    let known =
      this.#backlog !== undefined && series.stepOf(this.#backlog.time) < from ? this.#backlog : undefined;
    for (let step = from; step <= last; step++) {
      const time = step * step_ms;
      const row = series.read(step, this.#latest);
      if (row !== undefined) known = { time, depth: row[DEPTH], oldestAge: row[OLDEST] };
      const isKnown = row !== undefined || whole.#series[place].has(step);
      const figures = row ?? (isKnown ? quietRow(time, known) : NO_ROW);
      columns.times.push(time);
      for (const [i, column] of COLUMNS.entries()) columns[column].push(orNull(figures[i]));
    }
    return { step_ms, from: from * step_ms, columns };
  }

  /** What was counted in the last so many seconds before a time, and in how many of these anybody looked. */
  lately(seconds: number, time: number, whole: QueueHistory): { flows: number[]; seconds: number } {
    const [series] = this.#series;
    const last = series.stepOf(time);
    const from = last - seconds + 1;
    let looks = 0;
    for (let step = from; step <= last; step++) if (whole.#series[0].has(step)) looks++;
    return { flows: FLOWS.map((_, flow) => series.sum(flow, from, seconds)), seconds: looks };
  }

  /** What came and went in the last minutes, in few steps that are over; undefined where nothing did. */
  recent(time: number, whole: QueueHistory): Recent | undefined {
    if (time - this.activeAt > RECENT_STEPS * RECENT_STEP_MS) return undefined;
    const [series] = this.#series;
    const [seconds] = whole.#series;
    const length = RECENT_STEP_MS / series.stepMs;
    const last = Math.floor((time + series.stepMs) / RECENT_STEP_MS) * length;
    const recent = { step_ms: RECENT_STEP_MS, in: [] as (number | null)[], out: [] as (number | null)[] };
    for (let from = last - RECENT_STEPS * length; from < last; from += length) {
      let looks = 0;
      for (let step = from; step < from + length; step++) if (seconds.has(step)) looks++;
      const perSecond = (flow: number) => (looks === 0 ? null : series.sum(flow, from, length) / looks);
      recent.in.push(perSecond(ENQUEUED));
      recent.out.push(perSecond(DONE));
    }
    return recent;
  }

  get #latest(): Latest {
    return { flows: this.#flows, wait: this.#wait, run: this.#run };
  }

  #beginFlows(): void {
    for (const series of this.#series) series.beginFlows(this.#flows);
    this.#flows = NOTHING;
  }

  #beginLatency(): void {
    for (const series of this.#series) series.beginLatency();
    this.#wait.clear();
    this.#run.clear();
  }
}

const NO_ROW: Flows = COLUMNS.map(() => Number.NaN);

/** Of a step in which nothing happened to a queue: what waits only becomes older. */
function quietRow(time: number, backlog: Backlog | undefined): readonly number[] {
  if (backlog === undefined) return [...NOTHING, Number.NaN, Number.NaN, Number.NaN, Number.NaN];
  const { depth, oldestAge } = backlog;
  const age = depth === 0 ? 0 : oldestAge + (time - backlog.time) / SECOND_MS;
  return [...NOTHING, depth, age, Number.NaN, Number.NaN];
}

function orNull(figure: number): number | null {
  return Number.isNaN(figure) ? null : figure;
}

function emptyColumns(): Columns {
  return {
    times: [],
    enqueued: [],
    delivered: [],
    done: [],
    failed: [],
    depth: [],
    oldest_age: [],
    wait_p95: [],
    run_p95: [],
  };
}
