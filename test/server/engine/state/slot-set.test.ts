import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SlotSet } from '../../../../server/engine/state/slot-set.ts';

/** Near one another, at the ends of words and chunks, and far away. */
const slot = fc.oneof(
  fc.nat({ max: 100 }),
  fc.constantFrom(31, 32, 63, 32_767, 32_768, 65_535, 2 ** 31 - 1, 2 ** 31),
  fc.nat({ max: 10_000_000 }),
);

it('a set of slots has what was added, in order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(slot), (slots) => {
      const set = new SlotSet();
      for (const each of slots) set.add(each);
      expect(set.size).toBe(slots.length);
      expect([...set]).toEqual([...slots].sort((a, b) => a - b));
    }),
  );
});
