import { isReached, isSound, type Row, type ScenarioResult } from '../result.ts';
import { median } from '../statistics.ts';

/** Tries whose median counts, at most. */
const MOST_TRIES = 5;

/** What is measured, and what its figures must not fall behind. */
export interface Check {
  readonly name: string;
  readonly figures: readonly GuardedFigure[];
  measure(): Promise<ScenarioResult>;
}

/** A figure that means the same on every machine: a ratio within one run, or a count. */
export type GuardedFigure = {
  /** In words, with what it is beside. */
  readonly what: string;
  find(rows: readonly Row[]): number;
} & ({ readonly least: number } | { readonly most: number });

/**
 * Whether the median of the tries keeps within the bound, of each figure. One try is enough where it does; where it
 * does not, up to five are made, since a busy machine spoils some. `tell` gets a line for each figure.
 */
export async function isKept(check: Check, tell: (line: string) => void): Promise<boolean> {
  const all = check.figures.map((figure) => ({ figure, tries: [] as number[] }));
  const areKept = () => all.every(({ figure, tries }) => isWithin(figure, tries));
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const result = await check.measure();
    if (!isSound(result)) throw new Error(`${check.name}: some answers were wrong`);
    for (const { figure, tries } of all) tries.push(figure.find(result.rows));
    // Of an even number the median lies between two tries.
    if (tries % 2 === 1 && areKept()) break;
  }
  for (const { figure, tries } of all) tell(describe(check, figure, tries));
  return areKept();
}

function isWithin(figure: GuardedFigure, tries: readonly number[]): boolean {
  return isReached({ ...figure, reached: median(tries) });
}

function describe({ name }: Check, figure: GuardedFigure, tries: readonly number[]): string {
  const number = (value: number) => String(Number(value.toPrecision(3)));
  const bound = 'least' in figure ? `at least ${number(figure.least)}` : `at most ${number(figure.most)}`;
  const verdict = isWithin(figure, tries) ? 'ok  ' : 'FAIL';
  const others = tries.length > 1 ? `; tries: ${tries.map(number).join(', ')}` : '';
  return `${verdict} ${name}: ${figure.what} ${number(median(tries))} (${bound}${others})`;
}
