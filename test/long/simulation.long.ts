import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compileInto } from '../helpers/program.ts';
import { Coverage } from '../simulation/coverage.ts';
import { runShare } from '../simulation/processes.ts';

const FIRST = Number(process.env.SEED ?? 1);
const COUNT = Number(process.env.SEEDS ?? 100_000);
const PROCESSES = Number(process.env.PROCESSES ?? availableParallelism());

it(`keeps what it has promised, wherever it crashes and whatever the disk does (${COUNT} runs)`, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'memq-simulation-'));
  try {
    compileInto(directory);
    const shares = Array.from({ length: PROCESSES }, (_, index) => {
      return { first: FIRST + index, count: COUNT - index, step: PROCESSES };
    });
    const coverage = new Coverage();
    let runs = 0;
    for (const report of await Promise.all(shares.map((share) => runShare(directory, share)))) {
      if (report?.failure !== undefined) throw new Error(report.failure.text);
      if (report === undefined) throw new Error('a process died');
      coverage.add(report);
      runs += report.runs;
    }
    console.log(coverage.report());
    expect(runs).toBe(COUNT);
    if (COUNT >= 300) expect(coverage.missing(COUNT)).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
