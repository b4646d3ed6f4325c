// The parent packs them and the child unpacks them.
import { readJob } from '../queue/job.ts';
import type { Assigned, AssignedJob, PackedJobs } from './messages.ts';

/** A job as the server gave it, and where it is to run. */
export interface AssignedAnswer extends Assigned {
  /** The answer to the read that took it. */
  readonly job: { readonly answer: Buffer; readonly flags: number };
}

export function packJobs(jobs: readonly AssignedAnswer[]): PackedJobs {
  const answers = Buffer.concat(jobs.map(({ job }) => job.answer));
  let end = 0;
  return {
    rows: jobs.map(({ row }) => row),
    serials: jobs.map(({ serial }) => serial),
    flags: jobs.map(({ job }) => job.flags),
    ends: jobs.map(({ job }) => {
      end += job.answer.length;
      return end;
    }),
    answers,
  };
}

export function unpackJobs({ rows, serials, flags, ends, answers }: PackedJobs): AssignedJob[] {
  let start = 0;
  return ends.map((end, index) => {
    const job = readJob(answers.subarray(start, end), flags[index] as number);
    start = end;
    return { row: rows[index] as number, serial: serials[index] as number, job };
  });
}
