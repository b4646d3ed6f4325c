// Runs in the parent.
import type { LeasedJob } from '../../queue/job-source.ts';
import type { Assigned } from '../messages.ts';
import type { RunningJobs } from '../running-jobs.ts';
import type { JobAtExit } from './death.ts';

/** A job that a process has. */
export interface AssignedRow extends Assigned {
  readonly job: LeasedJob;
}

/** The jobs that a process has, each in a row of its table of running jobs. */
export class Assignments {
  readonly #byRow = new Map<number, AssignedRow>();
  readonly #freeRows: number[] = [];
  #serial = 0;

  constructor(rows: number) {
    for (let row = rows - 1; row >= 0; row--) this.#freeRows.push(row);
  }

  get size(): number {
    return this.#byRow.size;
  }

  /** Gives a job a row; what the process is told. */
  add(job: LeasedJob): AssignedRow {
    const row = this.#freeRows.pop();
    if (row === undefined) throw new Error('a process was given more jobs than it has room for');
    this.#serial = (this.#serial + 1) >>> 0 || 1;
    const assigned = { row, serial: this.#serial, job };
    this.#byRow.set(row, assigned);
    return assigned;
  }

  /** The job of a row. */
  at(row: number): LeasedJob | undefined {
    return this.#byRow.get(row)?.job;
  }

  /** Where a job is; undefined: not here. */
  find(job: LeasedJob): Assigned | undefined {
    for (const assigned of this.#byRow.values()) if (assigned.job === job) return assigned;
    return undefined;
  }

  /** Frees a row; the job that it had. */
  free(row: number): LeasedJob | undefined {
    const job = this.at(row);
    if (job === undefined) return undefined;
    this.#byRow.delete(row);
    this.#freeRows.push(row);
    return job;
  }

  rows(): readonly AssignedRow[] {
    return [...this.#byRow.values()];
  }

  /** Frees all rows, since the process is gone; the jobs, and how it stood with them by its table. */
  freeAll(runningJobs: RunningJobs): readonly JobAtExit[] {
    const jobs = this.rows().map(({ row, serial, job }): JobAtExit => {
      return { job, row, serial, entry: runningJobs.entry(row, serial) };
    });
    for (const { row } of jobs) this.free(row);
    return jobs;
  }
}
