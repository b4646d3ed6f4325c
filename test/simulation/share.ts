import { expect, it } from 'vitest';
import { amount } from '../helpers/amount.ts';
import { Coverage } from './coverage.ts';
import { runSeed } from './seeds.ts';

const FIRST = Number(process.env.SEED ?? 1);
/** Fewer may miss what is usual. */
const ENOUGH = 120;
const COUNT = Number(process.env.SEEDS ?? (process.env.SEED === undefined ? amount(ENOUGH, 300) : 1));
/** Test files that share the seeds, for workers that run side by side. */
const FILES = 3;

/** A test of one file's share of the seeds. */
export function keepsPromises(file: number): void {
  const seeds = Array.from({ length: COUNT }, (_, i) => FIRST + i).filter((seed) => seed % FILES === file);

  it(`keeps what it has promised, wherever it crashes and whatever the disk does (${seeds.length} runs)`, async () => {
    const coverage = new Coverage();
    for (const seed of seeds) await runSeed(seed, coverage);
    console.log(coverage.report());
    if (COUNT >= ENOUGH) expect(coverage.missing(seeds.length)).toEqual([]);
  }, 3600_000);
}
