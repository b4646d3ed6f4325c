import { expect } from 'vitest';
import type { Load } from './load.ts';
import type { Row } from './rounds.ts';

/** What holds whatever went wrong. */
export function expectNothingLost({ account }: Load, rows: readonly Row[]): void {
  expect(account.told).toEqual([]);
  for (const { kind, lost, doubled, shared, stale, errors, acknowledged, rounds } of rows) {
    expect({ kind, lost, doubled, shared, stale }).toEqual({
      kind,
      lost: 0,
      doubled: 0,
      shared: 0,
      stale: 0,
    });
    expect([...errors.keys()], kind).toEqual([]);
    // A round in which nobody was served proves nothing.
    expect(acknowledged, kind).toBeGreaterThan(rounds * 100);
  }
}
