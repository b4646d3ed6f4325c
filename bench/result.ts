import type { Latency } from './load/spec.ts';

/** Rounds that differ by more tell about the machine, not about the server. */
const SPREAD_LIMIT = 0.3;
/** From here on the load generator, not the server, may be what limits a rate. */
const GENERATOR_LIMIT = 0.9;

/** What one scenario found: a row for everything that was measured, and how that compares with the bars. */
export interface ScenarioResult {
  name: string;
  /** The load, in words. */
  load: string;
  /** What is counted per second. */
  unit: string;
  rows: Row[];
  bars: Bar[];
  /** Peers that are not installed here. */
  absent: string[];
}

/** Medians over the rounds. */
export interface Row {
  subject: string;
  /** Of each round, in order. */
  rates: number[];
  rate: number;
  /** memq's rate divided by this one's. */
  ratio?: number;
  latency?: Latency;
  /** Share of a processor that the load generator took. */
  busy?: number;
  /** Answers, of all rounds, that said "empty" where there was an item, and that were wrong otherwise. */
  misses: number;
  wrong: number;
}

/** A promise about a rate, and what became of it. */
export interface Bar {
  /** What the factor multiplies; without it, the bar is a rate of its own. */
  against?: string;
  least: number;
  /** What we would like to reach beyond that. */
  aim?: number;
  reached: number;
}

/** Whether all answers were right. Bars have no say in this: machines are too different. */
export function isSound(result: ScenarioResult): boolean {
  return result.rows.every((row) => row.misses === 0 && row.wrong === 0);
}

/** Whether the server could perhaps do more than was measured, because the generator could not. */
export function isHeldBack(row: Row): boolean {
  return row.busy !== undefined && row.busy >= GENERATOR_LIMIT;
}

/** How far the best round is from the worst, as a share of the median. */
export function spread({ rates, rate }: Row): number {
  return (Math.max(...rates) - Math.min(...rates)) / rate;
}

/** Whether something besides the load, as a busy machine, decided what was measured. */
export function isUnsteady(row: Row): boolean {
  return spread(row) > SPREAD_LIMIT;
}
