export type Pace = 'now' | 'lately' | 'quiet';

const NOW_MS = 60_000;
const LATELY_MS = 3_600_000;

/** Whether an error goes on happening, by when it happened last. */
export function paceOf(lastAt: string | null, now: number): Pace {
  if (lastAt === null) return 'quiet';
  const age = now - Date.parse(lastAt);
  if (age <= NOW_MS) return 'now';
  return age <= LATELY_MS ? 'lately' : 'quiet';
}
