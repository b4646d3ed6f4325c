import type { ScenarioResult } from '../result.ts';

/** What the command line says about a run. */
export interface Settings {
  /** Measurements of everything, and how many at most where they differ. */
  rounds: number;
  mostRounds: number;
  /** Operations of one measurement, in place of the scenario's own number. */
  ops: number | undefined;
  /** Where servers keep their data. */
  directory: string;
  /** Called with one line about every measurement. */
  onProgress(line: string): void;
}

/** A question about speed that the benchmark answers. */
export interface Scenario {
  readonly name: string;
  /** Rejects if something could not be measured; wrong answers are part of the result. */
  run(settings: Settings): Promise<ScenarioResult>;
}
