import type { Figures } from './data.ts';
import type { Generators } from './generators.ts';

/** Something that grows, and how it is measured with so much of it. */
export interface GrowthSeries {
  readonly name: string;
  /** The load, in words. */
  readonly load: string;
  /** How much there is, ascending. */
  readonly amounts: readonly number[];
  /** From here on a server is filled once, and what can be measured several times is measured on it. */
  readonly dear?: number;
  /** Measures once, or the same server `times` times. Rejects where an answer was wrong. */
  measure(amount: number, times: number, stage: Stage): Promise<Figures>;
}

/** Where a series is measured. */
export interface Stage {
  /** Where servers keep their data. */
  readonly directory: string;
  readonly generators: Generators;
}
