import { median } from '../statistics.ts';
import type { TimedSet } from './setter.ts';
import { delayAround, type Notes, overlap, readSpans, type Span } from './spans.ts';

/** Of all sets, the share that is slow. */
const SLOW_SHARE = 0.001;
/** So many sets tell what syncing takes of a usual one. */
const SAMPLE = 200;

/** What the slowest sets waited for, in words. */
export const reasons = {
  minor: 'garbage collection of young objects',
  major: 'garbage collection of all',
  files: 'opening, renaming, removing files and syncing their directory',
  delay: 'waiting for a processor, here or in who sets',
  beside: "syncs beside the making of the next segment's file",
  disk: 'syncs with nothing beside them',
  unknown: 'nothing known',
} as const;
export type Reason = keyof typeof reasons;

/** Milliseconds that the slowest sets took longer than the middle one, by what they waited for. */
export type Attribution = Readonly<Record<Reason, number>>;

/** Finds what the slowest 0.1 % of sets waited for beyond what the middle one did. */
export function attribute(sets: readonly TimedSet[], notes: Notes): Attribution {
  const spans = readSpans(notes);
  const duration = ({ start, end }: Span) => end - start;
  const usual = median(sets.map(duration));
  const every = Math.max(1, Math.floor(sets.length / SAMPLE));
  const usualSync = median(sets.filter((_, i) => i % every === 0).map((set) => overlap(spans.sync, set)));
  const count = Math.max(1, Math.floor(sets.length * SLOW_SHARE));
  const slow = sets.toSorted((a, b) => duration(b) - duration(a)).slice(0, count);
  const sums: Record<Reason, number> = {
    minor: 0,
    major: 0,
    files: 0,
    delay: 0,
    beside: 0,
    disk: 0,
    unknown: 0,
  };
  for (const set of slow) {
    let rest = duration(set) - usual;
    const take = (reason: Reason, time: number) => {
      const taken = Math.min(rest, Math.max(0, time));
      sums[reason] += taken;
      rest -= taken;
    };
    // What stops the event loop first: a sync that another thread waits for seems to take until that is over.
    for (const reason of ['minor', 'major', 'files'] as const) take(reason, overlap(spans[reason], set));
    take('delay', set.delay + delayAround(notes, set));
    const isBeside = overlap(spans.spare, set) + overlap(spans.bounds, set) > 0;
    take(isBeside ? 'beside' : 'disk', overlap(spans.sync, set) - usualSync);
    take('unknown', rest);
  }
  return sums;
}
