// Runs in the parent.
import type { JobTrouble } from '../../report/report.ts';
import type { RunningJob } from '../running-jobs.ts';
import type { Exit } from './worker-process.ts';

/** Why a process ended. */
function exitText({ code, signal, crash }: Exit): string {
  if (crash !== undefined) return `its process ended: ${crash}`;
  return `its process ended ${signal === null ? `with exit status ${code}` : `by ${signal}`}`;
}

/** Why a process ended that ran no job, with what it printed last. */
export function crashText(exit: Exit): string {
  return [exitText(exit), ...exit.lastLines].join('\n');
}

/** A job that ended with its process. */
export function killedJob({ began, deadline, ...job }: RunningJob, pid: number, exit: Exit): JobTrouble {
  const now = Date.now();
  const seconds = (deadline - began) / 1000;
  const reason = !exit.isOverdue
    ? exitText(exit)
    : deadline <= now
      ? `it ran longer than its timeout of ${seconds} s, and was killed with its process`
      : 'its process was killed because of another job, which ran longer than its timeout';
  return { ...job, kind: 'killed', reason, ms: now - began, pid };
}
