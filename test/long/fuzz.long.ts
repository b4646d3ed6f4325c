import { expect, it } from 'vitest';
import { fuzz } from '../fuzz/fuzzer.ts';

const INPUTS = Number(process.env.FUZZ_INPUTS ?? 1_000_000);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 30));

it(`a server withstands ${INPUTS} hostile inputs, and serves an honest client all the time`, async () => {
  const { served, memory } = await fuzz(INPUTS, SEED);
  console.log(
    `${served} jobs served; memory in MiB: at first ${memory[0]}, at most ${Math.max(...memory)}, at last ${memory.at(-1)}`,
  );
  expect(served).toBeGreaterThan(INPUTS / 100);
});
