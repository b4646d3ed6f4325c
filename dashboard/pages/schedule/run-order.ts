import type { ScheduledJob } from '../../../server/http/schemas/server.ts';

/** As many as the server keeps. */
const MOST = 20;

export type Run = ScheduledJob['runs'][number];

/** The last runs of a job, the oldest first. */
export function inOrder(runs: readonly Run[]): readonly Run[] {
  return [...runs].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).slice(-MOST);
}

/** How a run ended; what the server may say besides counts as one that did not fail and is not complete. */
export function endOf({ outcome }: Pick<Run, 'outcome'>): 'complete' | 'failed' | 'other' {
  return outcome === 'complete' || outcome === 'failed' ? outcome : 'other';
}
