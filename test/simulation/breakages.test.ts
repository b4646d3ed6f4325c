import { describe, expect, it } from 'vitest';
import { withReplacement } from '../helpers/program.ts';
import { BREAKAGES as STATE_BREAKAGES } from '../model/breakages.ts';
import { BREAKAGES as CLUSTER_BREAKAGES } from '../server/engine/log/simulated/breakages.ts';
import { BREAKAGES as CRASH_BREAKAGES } from './breakages.ts';

// `npm run test:teeth` has them found; that each of them still has its place in the source is seen at once.
describe('a fault that is put into the engine', () => {
  const breakages = [...CRASH_BREAKAGES, ...STATE_BREAKAGES, ...CLUSTER_BREAKAGES];

  it.each(breakages.map((breakage) => [breakage.what, breakage] as const))('%s', (_, breakage) => {
    expect(withReplacement(breakage)).toContain(breakage.replacement);
  });
});
