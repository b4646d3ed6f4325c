import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NONE } from '../../../../server/engine/state/message-table.ts';
import { SortedList } from '../../../../server/engine/state/sorted-list.ts';

/** Numbers by their tens, the highest first, and then by their ones. */
class Tens extends SortedList {
  protected override rankOf(item: number): number {
    return -Math.floor(item / 10);
  }

  protected override orderOf(item: number): number {
    return item % 10;
  }
}

const keyOf = (item: number) => ({ rank: -Math.floor(item / 10), order: item % 10 });
const sorted = (items: Iterable<number>) =>
  [...items].sort((a, b) => keyOf(a).rank - keyOf(b).rank || keyOf(a).order - keyOf(b).order);

/** So many that there are several pieces. */
const COUNT = 6000;

describe('a sorted list', () => {
  it('has what was added in order, whatever comes and goes, and tells it from any key on', () => {
    const changes = fc.array(
      fc.record({ from: fc.nat(COUNT), count: fc.nat(2000), step: fc.integer({ min: -7, max: 7 }) }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(changes, fc.nat(COUNT), (all, after) => {
        const list = new Tens();
        const expected = new Set<number>();
        // Each number comes, or goes if it is there.
        for (const { from, count, step } of all) {
          for (let i = 0; i < count; i++) {
            const item = (((from + i * step) % COUNT) + COUNT) % COUNT;
            if (expected.delete(item)) list.remove(item);
            else {
              expected.add(item);
              list.add(item);
            }
          }
        }
        const items = sorted(expected);
        expect([...list]).toEqual(items);
        expect(list.size).toBe(items.length);
        expect(list.last).toBe(items.at(-1) ?? NONE);
        const behind = items.filter((item) => {
          const { rank, order } = keyOf(item);
          const key = keyOf(after);
          return rank > key.rank || (rank === key.rank && order > key.order);
        });
        expect([...list.behind(keyOf(after))]).toEqual(behind);
      }),
      { numRuns: 50 },
    );
  });

  it('takes what comes at one end, and lets it go at the other', () => {
    const list = new Tens();
    for (let item = 0; item < 300_000; item += 10) list.add(item);
    for (let item = 0; item < 300_000; item += 10) {
      expect(list.last).toBe(item);
      list.remove(item);
    }
    expect(list.size).toBe(0);
    expect(list.last).toBe(NONE);
  });
});
