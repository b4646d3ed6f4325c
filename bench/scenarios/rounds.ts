import { isSteady, spread } from '../statistics.ts';
import type { Settings } from './scenario.ts';

/** After the rounds that were asked for, others are begun for so long, milliseconds. */
const MOST_REPEATING_MS = 300_000;

/**
 * Measures round by round until all figures are steady: at least `rounds` of them, at most `mostRounds`. `measure` is
 * told which round it is, for people, and answers with its figures, always the same ones in the same order.
 */
export async function inRounds(
  settings: Pick<Settings, 'rounds' | 'mostRounds'>,
  measure: (round: string) => Promise<readonly number[]>,
): Promise<void> {
  const { rounds, mostRounds } = settings;
  const all: (readonly number[])[] = [];
  while (all.length < rounds) all.push(await measure(`${all.length + 1}/${rounds}`));
  const deadline = performance.now() + MOST_REPEATING_MS;
  while (all.length < mostRounds && performance.now() < deadline) {
    const series = all[0].map((_, i) => all.map((figures) => figures[i]));
    if (series.every(isSteady)) return;
    const differ = Math.round(Math.max(...series.map(spread)) * 100);
    all.push(await measure(`${all.length + 1} (they differ by ${differ} %)`));
  }
}
