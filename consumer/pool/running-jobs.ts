// The parent makes the file and reads it; the child writes it. Both sides are here, with the layout that they share.
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '../queue/job.ts';

/**
 * The table of the jobs that a child runs, in a file without a name, so that the parent can read it also when the
 * child hangs or is dead. A row for each job that runs at a time. It stays in the page cache; writing a row is one
 * `pwrite`.
 *
 * A row, little-endian: when the job began, and its deadline (float64, milliseconds since 1970; 0: free, none), its
 * attempt (uint32), the lengths of what follows (uint16 each): queue, id, the client's id, the payload's beginning.
 */
const ROW_SIZE = 1024;
const HEADER_SIZE = 28;
const Field = {
  began: 0,
  deadline: 8,
  attempt: 16,
  queueLength: 20,
  idLength: 22,
  jobLength: 24,
  payloadLength: 26,
} as const;
const MAX_TEXT = 250;
const MAX_PAYLOAD = 200;

/** What is written over a time that does not count any more. */
const NO_TIME = Buffer.alloc(8);

/** The file descriptor by which a child knows its table. */
export const RUNNING_JOBS_FD = 4;

/** A job as the table shows it. */
export interface RunningJob {
  /** Milliseconds since 1970. */
  readonly began: number;
  /** Milliseconds since 1970; Infinity: none. */
  readonly deadline: number;
  readonly queue: string;
  readonly id: string;
  readonly job?: string;
  readonly attempt: number;
  /** The payload's beginning. */
  readonly call: string;
}

/** The child's side. */
export class RunningJobsWriter {
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(ROW_SIZE);

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** A job begins. `timeoutMs` 0: no deadline. */
  begin(row: number, job: Job, timeoutMs: number): void {
    const bytes = this.#bytes;
    const now = Date.now();
    bytes.writeDoubleLE(now, Field.began);
    bytes.writeDoubleLE(timeoutMs > 0 ? now + timeoutMs : 0, Field.deadline);
    bytes.writeUInt32LE(job.attempt, Field.attempt);
    let end = HEADER_SIZE;
    end = this.#writeText(job.queue, Field.queueLength, end);
    end = this.#writeText(job.id, Field.idLength, end);
    end = this.#writeText(job.job ?? '', Field.jobLength, end);
    const length = job.payload.copy(bytes, end, 0, MAX_PAYLOAD);
    bytes.writeUInt16LE(length, Field.payloadLength);
    writeSync(this.#fd, bytes, 0, end + length, row * ROW_SIZE);
  }

  /** The job has ended, and the server is to hear of it: there is no deadline any more. */
  clearDeadline(row: number): void {
    writeSync(this.#fd, NO_TIME, 0, NO_TIME.length, row * ROW_SIZE + Field.deadline);
  }

  /** No job runs here. */
  clear(row: number): void {
    writeSync(this.#fd, NO_TIME, 0, NO_TIME.length, row * ROW_SIZE + Field.began);
  }

  #writeText(text: string, field: number, start: number): number {
    const length = this.#bytes.write(text, start, MAX_TEXT);
    this.#bytes.writeUInt16LE(length, field);
    return start + length;
  }
}

/** The parent's side. */
export class RunningJobs {
  readonly fd: number;
  readonly #rows: number;

  /** @throws the system's error where there can be no temporary file */
  constructor(rows: number) {
    this.#rows = rows;
    const directory = mkdtempSync(join(tmpdir(), 'memq-'));
    this.fd = openSync(join(directory, 'running-jobs'), 'w+');
    rmSync(directory, { recursive: true });
  }

  /** The jobs that run, or ran when their process died. */
  read(): RunningJob[] {
    const bytes = Buffer.alloc(this.#rows * ROW_SIZE);
    readSync(this.fd, bytes, 0, bytes.length, 0);
    const jobs: RunningJob[] = [];
    for (let start = 0; start < bytes.length; start += ROW_SIZE) {
      const row = bytes.subarray(start, start + ROW_SIZE);
      if (row.readDoubleLE(Field.began) > 0) jobs.push(readRow(row));
    }
    return jobs;
  }

  close(): void {
    closeSync(this.fd);
  }
}

function readRow(row: Buffer): RunningJob {
  let end = HEADER_SIZE;
  const next = (field: number): string => {
    const start = end;
    end += row.readUInt16LE(field);
    return row.toString('utf8', start, end);
  };
  const queue = next(Field.queueLength);
  const id = next(Field.idLength);
  const job = next(Field.jobLength);
  return {
    began: row.readDoubleLE(Field.began),
    deadline: row.readDoubleLE(Field.deadline) || Number.POSITIVE_INFINITY,
    queue,
    id,
    ...(job !== '' && { job }),
    attempt: row.readUInt32LE(Field.attempt),
    call: next(Field.payloadLength),
  };
}
