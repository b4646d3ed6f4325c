import { SECTOR, type Survival } from './inode.ts';
import type { Random } from './random.ts';

/** What a power cut leaves of what was not synced. */
export interface PowerCut {
  readonly survival: Survival;
  /** The size of a file, between what it was when it was synced and what it is for the system. */
  size(durable: number, written: number): number;
  /** Which of the changes of a directory are there: of as many as there are since it was synced. */
  names(count: number): readonly boolean[];
}

/** `firstWrite` and up to `nextWrite`: the numbers of those writes that are not all synced. */
export function randomPowerCut(random: Random, firstWrite: number, nextWrite: number): PowerCut {
  return {
    survival: randomSurvival(random, random.between(firstWrite, nextWrite)),
    size: (durable, written) => {
      const sectors = Math.floor((written - durable) / SECTOR);
      return random.weighted([
        [2, durable],
        [2, written],
        [1, Math.min(written, durable + SECTOR * random.below(sectors + 1))],
      ]);
    },
    names: (count) => {
      // Journals of file systems keep the order; nobody promises it.
      if (random.chance(0.3)) return Array.from({ length: count }, () => random.chance(0.5));
      const kept = random.below(count + 1);
      return Array.from({ length: count }, (_, index) => index < kept);
    },
  };
}

/** `end`: the number of a write. */
function randomSurvival(random: Random, end: number): Survival {
  const last: Survival = (versions) => versions.length - 1;
  const none: Survival = () => -1;
  const any: Survival = (versions) => random.between(-1, versions.length - 1);
  const share = random.fraction();
  return random.weighted<Survival>([
    [2, none],
    [1, last],
    [3, any],
    // All but a few: holes.
    [2, (versions) => (random.chance(0.1) ? any(versions) : last(versions))],
    [1, (versions) => (random.chance(share) ? last(versions) : -1)],
    // As it was at a moment.
    [3, (versions) => versions.findLastIndex(({ write }) => write < end)],
    // Only what was written last: as if the disk had begun at the end.
    [1, (versions) => ((versions.at(-1)?.write ?? 0) >= end ? last(versions) : -1)],
  ]);
}
