import type { Latency } from './load/spec.ts';
import { isSteady, median } from './statistics.ts';

/** From here on the load generator, not the server, may be what limits a rate. */
const GENERATOR_LIMIT = 0.9;

/** What one scenario found: a row for everything that was measured, and how that compares with the bars. */
export interface ScenarioResult {
  name: string;
  /** The load, in words. */
  load: string;
  rows: Row[];
  bars: Bar[];
  /** Peers that are not installed here. */
  absent: string[];
  /** What a reader has to know of a figure to compare it. */
  notes?: string[];
}

/** Medians over the rounds. */
export interface Row {
  subject: string;
  unit: string;
  /** Of each round, in order. */
  figures: number[];
  figure: number;
  /** It is the worst of all rounds, which are not expected to be alike. */
  isWorst?: true;
  /** memq's figure divided by this one's. */
  ratio?: number;
  latency?: Latency;
  /** Microseconds of a processor that the server took for an operation. */
  serverMicros?: number;
  /** Share of a processor that the load generator took. */
  busy?: number;
  /** Milliseconds, of all rounds at most, that whoever measured was late itself. */
  lag?: number;
  /** Answers, of all rounds, that said "empty" where there was an item, and that were wrong otherwise. */
  misses: number;
  wrong: number;
}

/** A promise about a figure, and what became of it. */
export type Bar = {
  /** What the factor multiplies; without it, the bar is a figure of its own, in `unit`. */
  against?: string;
  unit?: string;
  /** Whose figure, where the unit does not tell. */
  of?: string;
  reached: number;
} & (
  | {
      least: number;
      /** What we would like to reach beyond that. */
      aim?: number;
    }
  | { most: number }
);

/** The median of the rounds. */
export function medianRow(subject: string, unit: string, figures: number[]): Row {
  return { subject, unit, figures, figure: median(figures), misses: 0, wrong: 0 };
}

/** The greatest figure of the rounds. */
export function worstRow(subject: string, unit: string, figures: number[]): Row {
  return { ...medianRow(subject, unit, figures), figure: Math.max(...figures), isWorst: true };
}

export function isReached(bar: Bar): boolean {
  return 'least' in bar ? bar.reached >= bar.least : bar.reached <= bar.most;
}

/** Whether all answers were right. Bars have no say in this: machines are too different. */
export function isSound(result: ScenarioResult): boolean {
  return result.rows.every((row) => row.misses === 0 && row.wrong === 0);
}

/** Whether the server could perhaps do more than was measured, because the generator could not. */
export function isHeldBack(row: Row): boolean {
  return row.busy !== undefined && row.busy >= GENERATOR_LIMIT;
}

/** Whether the server may have been faster than it seemed, because whoever measured was late itself. */
export function isBlurred(row: Row): boolean {
  return row.lag !== undefined && row.lag >= row.figure / 2;
}

/** Whether something besides the load, as a busy machine, decided what was measured. */
export function isUnsteady(row: Row): boolean {
  return row.isWorst === undefined && !isSteady(row.figures);
}
