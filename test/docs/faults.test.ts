import { expect, it } from 'vitest';
import { readPage } from '../helpers/pages.ts';
import { BREAKAGES as STATE_BREAKAGES } from '../model/breakages.ts';
import { BREAKAGES as CRASH_BREAKAGES } from '../simulation/breakages.ts';

it('docs/testing.md has a row for each fault that is put into the engine, in the tables of those who find it', () => {
  const [, bySimulation, byModel] = readPage('docs/testing.md').split(/^\| fault \|.*$/m);
  for (const [text, breakages] of [
    [bySimulation, CRASH_BREAKAGES],
    [byModel, STATE_BREAKAGES],
  ] as const) {
    const rows = [...(text ?? '').matchAll(/^\| ([^|]+) \| \d+ \|$/gm)].map((match) => match[1]);
    expect(rows.toSorted()).toEqual(breakages.map(({ what }) => what).toSorted());
  }
});
