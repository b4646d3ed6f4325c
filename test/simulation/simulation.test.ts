import { expect, it } from 'vitest';
import { Coverage } from './coverage.ts';
import { runSeed } from './seeds.ts';

const FIRST = Number(process.env.SEED ?? 1);
const COUNT = Number(process.env.SEEDS ?? (process.env.SEED === undefined ? 300 : 1));

it(`keeps what it has promised, wherever it crashes and whatever the disk does (${COUNT} runs)`, async () => {
  const coverage = new Coverage();
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) await runSeed(seed, coverage);
  console.log(coverage.report());
  if (COUNT >= 300) expect(coverage.missing).toEqual([]);
}, 3600_000);
