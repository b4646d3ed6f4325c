/**
 * What takes a server's time, or its disk's: garbage collection of young objects and of all, calls on the event loop that
 * are about files and not their content, writes to the log and syncs of it; and beside the event loop, making the next segment's
 * file, and noting on the disk which segments there are.
 */
export const causes = ['minor', 'major', 'files', 'write', 'sync', 'spare', 'bounds'] as const;
export type Cause = (typeof causes)[number];

/** From when until when, in milliseconds of the machine's clock. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type Spans = Readonly<Record<Cause, readonly Span[]>>;

/** What `watch.ts` writes, one number after the other. */
export interface Notes {
  /** A cause by its place in `causes`, when it began and when it ended. */
  spans: number[];
  /** When it was looked at, and for how long the event loop had waited for a processor until then. */
  delays: number[];
}

export function readSpans({ spans: noted }: Notes): Spans {
  const spans = Object.fromEntries(causes.map((cause) => [cause, [] as Span[]])) as Record<Cause, Span[]>;
  for (let i = 0; i < noted.length; i += 3)
    spans[causes[noted[i]]].push({ start: noted[i + 1], end: noted[i + 2] });
  return spans;
}

/** For how long of `within` there was one of the spans, which do not overlap each other. */
export function overlap(spans: readonly Span[], within: Span): number {
  let sum = 0;
  for (const { start, end } of spans)
    sum += Math.max(0, Math.min(end, within.end) - Math.max(start, within.start));
  return sum;
}

/** For how long the event loop waited for a processor between the looks around `within`. */
export function delayAround({ delays }: Notes, { start, end }: Span): number {
  let [before, after] = [0, 0];
  for (let i = 0; i < delays.length; i += 2) {
    after = delays[i + 1];
    if (delays[i] <= start) before = after;
    if (delays[i] >= end) break;
  }
  return after - before;
}
