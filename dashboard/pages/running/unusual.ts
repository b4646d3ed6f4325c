import type { Queue } from '../../../server/http/schemas/queues.ts';

type RunTimes = Queue['run_ms'];

/** From so many runs on it is known how long they take. */
const ENOUGH_RUNS = 20;
/** So much longer than 95 of 100 take, and no less than this, milliseconds: a moment is nothing unusual. */
const TIMES = 3;
const LEAST_MS = 10_000;

/** How long 95 of 100 jobs of a queue take, milliseconds, where this one has taken much longer; else undefined. */
export function unusualAgainst(startedAt: string | null, now: number, run: RunTimes): number | undefined {
  if (startedAt === null || run === null || run.count < ENOUGH_RUNS) return undefined;
  const isUnusual = now - Date.parse(startedAt) >= Math.max(TIMES * run.p95, LEAST_MS);
  return isUnusual ? run.p95 : undefined;
}
