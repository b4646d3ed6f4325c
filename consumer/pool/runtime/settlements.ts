// Runs in the parent.
import type { MemqError } from '../../../shared/errors.ts';
import type { HeldJobs } from '../../queue/held-jobs.ts';
import type { LeasedJob, Settlement } from '../../queue/job-source.ts';
import type { JobTrouble, Report } from '../../report/report.ts';
import type { EndedJob } from '../messages.ts';
import { type JobAtExit, judge } from './death.ts';
import { exitText } from './exit-text.ts';
import type { JobQuota } from './job-quota.ts';
import { type JobReports, troubleOf } from './job-reports.ts';
import type { SlotChoice } from './slot-choice.ts';
import type { Exit } from './worker-process.ts';

/** How long after the end of its lease a job may be handed out to us again before people are told, milliseconds. */
const LATE_MS = 2000;

interface SettlementsOptions {
  readonly held: HeldJobs;
  readonly choice: SlotChoice;
  readonly report: Report;
  readonly reports: JobReports;
  readonly quota: JobQuota;
  /** That of the payloads. */
  readonly charset: string;
  /** The server knows of the end of a job, or never will. */
  readonly ended: () => void;
  /** The server could not be told. */
  readonly failed: (error: MemqError) => void;
}

/** What becomes of jobs, as they end or their process does: it is told to the server, and what the server has to people. */
export class Settlements {
  readonly #options: SettlementsOptions;
  /** Say of jobs that they may run again, unless the server can be told of them before, or has cancelled them. */
  readonly #lateWarnings = new Map<LeasedJob, () => void>();

  constructor(options: SettlementsOptions) {
    this.#options = options;
  }

  /** Jobs were done, and have no result: the server is told of all of them at once. */
  done(jobs: readonly LeasedJob[]): void {
    const { held, choice, reports, quota, ended } = this.#options;
    for (const job of jobs) if (job.isCancelled) this.#endCancelled(job, true, 'while it ran');
    const others = jobs.filter(({ isCancelled }) => !isCancelled);
    if (others.length === 0) return;
    for (const job of others) choice.forget(job);
    void held.finish(others).then((left) => {
      const told = others.length - left.length;
      reports.add('done', told);
      quota.spend(told);
      for (const job of left) this.#settle(job, { kind: 'done', result: undefined }, undefined);
      if (told > 0) ended();
    });
  }

  /** `isGraceOver`: what has not come to its end by then goes back. */
  ended(job: LeasedJob, ended: EndedJob, pid: number, isGraceOver: boolean): void {
    const { kind, ms, reason = '', value, hasDied = false, isStuck = false, isThrown = false } = ended;
    if (job.isCancelled) {
      this.#endCancelled(job, true, 'while it ran');
    } else if (kind === 'done') {
      this.#settle(job, { kind, result: value }, undefined);
    } else if (isGraceOver) {
      this.#returnBegun(job);
    } else {
      const isFinal = kind === 'rejected';
      const settlement: Settlement = { kind: 'failed', reason, isFinal, hasDied: hasDied || isStuck };
      const told = isFinal && isThrown ? 'final' : kind;
      this.#settle(job, settlement, troubleOf(job, this.#options.charset, { kind: told, reason, ms, pid }));
    }
  }

  /** The process of these jobs has ended. */
  lost(exit: Exit, jobs: readonly JobAtExit[]): void {
    const { report, choice, charset } = this.#options;
    const now = Date.now();
    let suspects = 0;
    for (const [{ job, entry }, verdict] of judge(exit, jobs)) {
      if (job.isCancelled) {
        if (entry === undefined) this.return(job);
        else this.#endCancelled(job, true, 'while it ran, and has ended with its process');
      } else if (verdict.kind === 'done') {
        this.#settle(job, { kind: 'done', result: undefined }, undefined);
      } else if (verdict.kind === 'failed') {
        const { reason, hasDied } = verdict;
        const ms = now - (entry?.began ?? now);
        const trouble = troubleOf(job, charset, { kind: 'killed', reason, ms, pid: exit.pid });
        this.#settle(job, { kind: 'failed', reason, hasDied, isFinal: false }, trouble);
      } else {
        if (verdict.kind === 'suspect') {
          suspects++;
          choice.suspect(job);
        }
        if (entry !== undefined && exit.isOrderly) this.#returnBegun(job);
        else this.return(job);
      }
    }
    if (suspects === 0) return;
    const which =
      suspects === 1
        ? 'a job ran in a process that died of something else: it runs again, alone'
        : `${suspects} jobs ran in a process that died, and nothing tells of which: each is run alone`;
    const text = `${which}; ${exitText(exit)}`;
    report.log('warn', { pid: exit.pid }, text);
  }

  /** It goes back as if it had never been taken. */
  return(job: LeasedJob): void {
    if (job.isCancelled) return this.#endCancelled(job, false, 'before it began');
    this.#options.quota.release();
    this.giveBack(job);
  }

  /** A job was cancelled that is not ours any more: its end may have been told in vain. */
  cancelled(token: number): void {
    for (const job of this.#lateWarnings.keys()) {
      if (job.token !== token) continue;
      this.#lateWarnings.delete(job);
      this.#tellCancelled(job, 'when it had ended');
    }
  }

  /** The same, of one that was not to be taken. */
  giveBack(job: LeasedJob): void {
    const { held, ended } = this.#options;
    void held.settle(job, { kind: 'returned' }).then(() => ended());
  }

  /** People are told, since it will begin anew. */
  #returnBegun(job: LeasedJob): void {
    this.return(job);
    const { queue, id, attempt } = job;
    const text = `job ${id} of ${queue} was stopped, and goes back: it counts as no attempt`;
    this.#options.report.log('info', { queue, message: id, attempt }, text);
  }

  /** Nothing is told to the server any more. */
  close(): void {
    for (const warn of this.#lateWarnings.values()) warn();
  }

  /** However it ended, the server hears no more than that it has: it is not told as done, and not as failed. */
  #endCancelled(job: LeasedJob, hasBegun: boolean, when: string): void {
    const { held, choice, quota, ended } = this.#options;
    choice.forget(job);
    this.#tellCancelled(job, when);
    void held.settle(job, { kind: 'cancelled' }).then(() => {
      if (hasBegun) quota.spend();
      else quota.release();
      ended();
    });
  }

  #tellCancelled(name: LeasedJob, when: string): void {
    const { report, reports } = this.#options;
    const { queue, id, job, attempt } = name;
    reports.add('cancelled');
    // What it printed explains no trouble.
    report.succeeded(name);
    const about = { queue, message: id, ...(job !== undefined && { job }), attempt, kind: 'cancelled' };
    report.log('info', about, `job ${id} of ${queue} was cancelled ${when}`);
  }

  #settle(job: LeasedJob, settlement: Settlement, trouble: JobTrouble | undefined): void {
    const { held, choice, report, reports, quota, ended, failed } = this.#options;
    choice.forget(job);
    const { queue, id, attempt } = job;
    const about = { queue, message: id, attempt, result: settlement.kind };
    const warn = () => {
      if (!this.#lateWarnings.delete(job)) return;
      const text = 'the lease of a job was over before it ended: it may run again, unless it was cancelled';
      report.log('warn', about, text);
    };
    const told = () => {
      this.#lateWarnings.delete(job);
      reports.add(trouble === undefined ? 'done' : trouble.kind === 'rejected' ? 'rejected' : 'failed');
      if (trouble !== undefined) report.trouble(trouble);
    };
    void held.settle(job, settlement, told).then((settled) => {
      quota.spend();
      if (settled === 'late' && job.isCancelled) {
        this.#tellCancelled(job, 'when it had ended');
      } else if (settled === 'late') {
        this.#lateWarnings.set(job, warn);
        setTimeout(warn, LATE_MS);
      } else if (settled !== 'told') {
        const text = 'a job has run, but the server could not be told: it will run again';
        report.log('error', about, text);
        failed(settled);
      }
      ended();
    });
  }
}
