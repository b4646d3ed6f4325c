// Runs in the parent.
import type { LeasedJob } from '../../queue/job-source.ts';
import type { Assigned, AssignedJob } from '../messages.ts';
import type { RunningJobs } from '../running-jobs.ts';
import type { JobAtExit } from './death.ts';
import type { AssignedRow } from './worker-process.ts';

interface Assignment {
  readonly job: LeasedJob;
  readonly serial: number;
}

/** The jobs that a process has, each in a row of its table of running jobs. */
export class Assignments {
  readonly #byRow = new Map<number, Assignment>();
  readonly #freeRows: number[] = [];
  #serial = 0;

  constructor(rows: number) {
    for (let row = rows - 1; row >= 0; row--) this.#freeRows.push(row);
  }

  get size(): number {
    return this.#byRow.size;
  }

  /** Gives a job a row; what the process is told. */
  add(leased: LeasedJob): AssignedJob {
    const row = this.#freeRows.pop();
    if (row === undefined) throw new Error('a process was given more jobs than it has room for');
    this.#serial = (this.#serial + 1) >>> 0 || 1;
    this.#byRow.set(row, { job: leased, serial: this.#serial });
    const { token: _token, error: _error, isCancelled: _isCancelled, ...job } = leased;
    return { row, serial: this.#serial, job };
  }

  /** The job of a row. */
  at(row: number): LeasedJob | undefined {
    return this.#byRow.get(row)?.job;
  }

  /** Where a job is; undefined: not here. */
  find(job: LeasedJob): Assigned | undefined {
    for (const [row, assignment] of this.#byRow) {
      if (assignment.job === job) return { row, serial: assignment.serial };
    }
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
    return [...this.#byRow].map(([row, { serial, job }]) => ({ row, serial, job }));
  }

  /** Frees all rows, since the process is gone; the jobs, and how it stood with them by its table. */
  freeAll(runningJobs: RunningJobs): readonly JobAtExit[] {
    const jobs = [...this.#byRow].map(([row, { job, serial }]): JobAtExit => {
      return { job, row, serial, entry: runningJobs.entry(row, serial) };
    });
    for (const { row } of jobs) this.free(row);
    return jobs;
  }
}
