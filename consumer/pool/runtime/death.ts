// Runs in the parent.
import type { LeasedJob } from '../../queue/job-source.ts';
import type { RunningJob } from '../running-jobs.ts';
import { exitText } from './exit-text.ts';
import type { Exit } from './worker-process.ts';

/** A job that a process had when it ended. */
export interface JobAtExit {
  readonly job: LeasedJob;
  readonly row: number;
  readonly serial: number;
  /** Undefined: it had not begun. */
  readonly entry: RunningJob | undefined;
}

/** What the end of its process means for a job. */
export type Verdict =
  /** It had ended well before. */
  | { readonly kind: 'done' }
  /** `hasDied`: the process has died of it. */
  | { readonly kind: 'failed'; readonly reason: string; readonly hasDied: boolean }
  /** It is not to blame. */
  | { readonly kind: 'returned' }
  /** One of several, and nobody knows which is to blame: it is to run alone. */
  | { readonly kind: 'suspect' };

/**
 * Who is to blame when a process ends: the job whose code ended it; where that is not known, the only one that ran. Where
 * several ran and nothing tells them apart, none is: so after SIGKILL, and in an endless loop, which makes all that run
 * beside it miss their deadlines. Nor is one of those when the code is that of a job that had ended before.
 */
export function judge(exit: Exit, jobs: readonly JobAtExit[]): ReadonlyMap<JobAtExit, Verdict> {
  const verdicts = new Map<JobAtExit, Verdict>();
  const running: JobAtExit[] = [];
  for (const each of jobs) {
    const state = each.entry?.state;
    if (state === 'begun') running.push(each);
    else if (state === 'done') verdicts.set(each, { kind: 'done' });
    else if (state === 'failed')
      verdicts.set(each, {
        kind: 'failed',
        reason: `it failed, and ${exitText(exit)} before it could say why`,
        hasDied: false,
      });
    else verdicts.set(each, { kind: 'returned' });
  }
  const culprits = exit.isOrderly ? [] : culpritsOf(exit, running);
  const isKnown = exit.isOrderly || culprits.length > 0;
  for (const each of running) {
    if (culprits.includes(each))
      verdicts.set(each, { kind: 'failed', reason: reasonFor(exit, each), hasDied: true });
    else verdicts.set(each, { kind: isKnown ? 'returned' : 'suspect' });
  }
  return verdicts;
}

function culpritsOf({ culprit }: Exit, running: readonly JobAtExit[]): readonly JobAtExit[] {
  if (culprit === undefined) return running.length === 1 ? running : [];
  // A row is used again.
  return running.filter(({ row, serial }) => row === culprit.row && serial === culprit.serial);
}

function reasonFor(exit: Exit, { entry }: JobAtExit): string {
  if (exit.killedAt === undefined || entry === undefined) return exitText(exit);
  const seconds = (entry.deadline - entry.began) / 1000;
  return `it ran longer than its timeout of ${seconds} s, and was killed with its process`;
}
