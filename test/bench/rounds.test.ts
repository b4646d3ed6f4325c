import { expect, it } from 'vitest';
import { inRounds } from '../../bench/scenarios/rounds.ts';

/** What is measured in one round after the other; the names of the rounds. */
async function rounds(
  settings: { rounds: number; mostRounds: number },
  figures: number[][],
): Promise<string[]> {
  const names: string[] = [];
  await inRounds(settings, async (name) => {
    names.push(name);
    return figures[names.length - 1] ?? figures.at(-1) ?? [];
  });
  return names;
}

it('rounds that are alike are not repeated', async () => {
  const steady = [
    [100, 7],
    [101, 7],
    [99, 7],
  ];
  expect(await rounds({ rounds: 3, mostRounds: 9 }, steady)).toEqual(['1/3', '2/3', '3/3']);
});

it('rounds are repeated until all figures are steady', async () => {
  const figures = [
    [100, 7],
    [100, 7],
    [100, 14],
    [100, 7],
    [100, 7],
  ];
  const names = await rounds({ rounds: 3, mostRounds: 9 }, figures);
  expect(names.slice(3)).toEqual(['4 (they differ by 50 %)', '5 (they differ by 25 %)']);
});

it('so many rounds are made at most', async () => {
  const wild = Array.from({ length: 20 }, (_, i) => [2 ** i]);
  expect(await rounds({ rounds: 3, mostRounds: 5 }, wild)).toHaveLength(5);
  expect(await rounds({ rounds: 3, mostRounds: 3 }, wild)).toHaveLength(3);
});
