import { expect, it } from 'vitest';
import { allocatedBy } from '../../bench/guard/allocations.ts';
import { type GuardedFigure, isKept } from '../../bench/guard/judge.ts';
import { medianRow } from '../../bench/result.ts';

const MEGABYTE = 1 << 20;
const RATE: GuardedFigure = { what: 'rate', find: ([row]) => row.figure, least: 0.5 };
const PROCESSOR: GuardedFigure = { what: 'processor', find: ([row]) => row.figure, most: 3 };

/** How it ends where the tries find these, one after the other. */
async function guard(found: number[], figures = [RATE], wrong = 0) {
  let tries = 0;
  const lines: string[] = [];
  const measure = async () => ({
    ...{ name: 'set', load: '', bars: [], absent: [] },
    rows: [{ ...medianRow('memq', 'x', [found[tries++] ?? Number.NaN]), wrong }],
  });
  const kept = await isKept({ name: 'set', figures, measure }, (line) => lines.push(line));
  return { kept, tries, lines };
}

it('a figure within its bound passes by one try', async () => {
  expect(await guard([0.9])).toEqual({ kept: true, tries: 1, lines: ['ok   set: rate 0.9 (at least 0.5)'] });
});

it('a ratio under its floor fails, and is told with the floor and all tries', async () => {
  const { kept, tries, lines } = await guard([0.4, 0.2, 0.3, 0.31, 0.45]);
  expect({ kept, tries }).toEqual({ kept: false, tries: 5 });
  expect(lines).toEqual(['FAIL set: rate 0.31 (at least 0.5; tries: 0.4, 0.2, 0.3, 0.31, 0.45)']);
});

it('what is over its ceiling fails', async () => {
  const { kept, lines } = await guard([4, 4, 4, 4, 4], [PROCESSOR]);
  expect(kept).toBe(false);
  expect(lines[0]).toContain('FAIL set: processor 4 (at most 3;');
});

it('a bad moment is forgiven, the median of the tries counts', async () => {
  expect(await guard([0.1, 0.9, 0.8])).toMatchObject({ kept: true, tries: 3 });
  expect(await guard([0.1, 0.2, 0.9, 0.8, 0.7])).toMatchObject({ kept: true, tries: 5 });
  expect(await guard([0.1, 0.9, 0.2, 0.3, 0.9])).toMatchObject({ kept: false });
});

it('each figure has to keep to its bound', async () => {
  const { kept, lines } = await guard([4, 4, 4, 4, 4], [RATE, PROCESSOR]);
  expect(kept).toBe(false);
  expect(lines.map((line) => line.slice(0, 4))).toEqual(['ok  ', 'FAIL']);
});

it('what was not measured fails', async () => {
  expect(await guard([])).toMatchObject({ kept: false });
});

it('figures of wrong answers are none', async () => {
  await expect(guard([0.9], [RATE], 1)).rejects.toThrow('set: some answers were wrong');
});

it('allocations are what came between collections', () => {
  const trace = `{"level":30,"msg":"listening"}
[12:0x55]       30 ms: Scavenge 10.5 (12.0) -> 4.0 (13.0) MB, 0.5 / 0.0 ms  (average mu = 1.000) allocation failure;
[12:0x55]       60 ms: Mark-Compact (reduce) 9.0 (13.0) -> 3.0 (12.0) MB, 3.6 / 0.0 ms (average mu = 0.9) task;
[12:0x55]       90 ms: Scavenge (interleaved) 5.0 (12.0) -> 3.5 (12.0) MB, pooled: 0 MB, 1 / 0.0 ms  (average mu = 1)
`;
  expect(allocatedBy(trace)).toBe((10.5 + 5 + 2) * MEGABYTE);
});
