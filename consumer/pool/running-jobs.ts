// The parent makes the file and reads it; the child writes it. Both sides are here, with the layout that they share.
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The table of what has begun, or is about to, of the jobs that a child was given, in a file without a name, so that the
 * parent knows also when the child hangs or is dead. A row for each job that it can hold. It stays in the page cache; changes
 * of one moment are one `pwrite`.
 *
 * A row, little-endian: the assignment that it speaks of, and its state (uint32 each), when the job began, and its deadline
 * (float64, milliseconds since 1970; 0: none). A row that speaks of another assignment says that the job has not begun.
 */
const ROW_SIZE = 24;
const Field = { serial: 0, state: 4, began: 8, deadline: 16 } as const;
const State = { none: 0, begun: 1, done: 2, failed: 3 } as const;

/** The file descriptor by which a child knows its table. */
export const RUNNING_JOBS_FD = 4;

/** What the table says of an assignment. */
export interface RunningJob {
  /** `failed`: it has ended, in whatever way but done. */
  readonly state: 'begun' | 'done' | 'failed';
  /** Milliseconds since 1970. */
  readonly began: number;
  /** Milliseconds since 1970; Infinity: none. */
  readonly deadline: number;
}

const STATES: Readonly<Record<number, RunningJob['state']>> = {
  [State.begun]: 'begun',
  [State.done]: 'done',
  [State.failed]: 'failed',
};

/** The child's side. What is noted is in the table once it is written: a write costs as much as a short job. */
export class RunningJobsWriter {
  readonly #fd: number;
  readonly #bytes: Buffer;
  /** What has changed since it was written, in bytes. */
  #from = Number.POSITIVE_INFINITY;
  #to = 0;

  constructor(fd: number) {
    this.#fd = fd;
    this.#bytes = Buffer.alloc(fstatSync(fd).size);
  }

  /** A job is about to begin. `timeoutMs` 0: no deadline. */
  begin(row: number, serial: number, timeoutMs: number): void {
    const bytes = this.#bytes;
    const start = row * ROW_SIZE;
    const now = Date.now();
    bytes.writeUInt32LE(serial, start + Field.serial);
    bytes.writeUInt32LE(State.begun, start + Field.state);
    bytes.writeDoubleLE(now, start + Field.began);
    bytes.writeDoubleLE(timeoutMs > 0 ? now + timeoutMs : 0, start + Field.deadline);
    this.#changed(start);
  }

  /** It does not begin yet after all. */
  withdraw(row: number): void {
    this.#setState(row, State.none);
  }

  /** It has ended: its process may end before the parent hears how. */
  end(row: number, isDone: boolean): void {
    this.#setState(row, isDone ? State.done : State.failed);
  }

  /** Writes what has changed. */
  write(): void {
    const from = this.#from;
    if (from === Number.POSITIVE_INFINITY) return;
    writeSync(this.#fd, this.#bytes, from, this.#to - from, from);
    this.#from = Number.POSITIVE_INFINITY;
    this.#to = 0;
  }

  #setState(row: number, state: number): void {
    const start = row * ROW_SIZE;
    this.#bytes.writeUInt32LE(state, start + Field.state);
    this.#changed(start);
  }

  #changed(start: number): void {
    this.#from = Math.min(this.#from, start);
    this.#to = Math.max(this.#to, start + ROW_SIZE);
  }
}

/** The parent's side. */
export class RunningJobs {
  readonly fd: number;
  readonly #bytes: Buffer;

  /** @throws the system's error where there can be no temporary file */
  constructor(rows: number) {
    this.#bytes = Buffer.alloc(rows * ROW_SIZE);
    const directory = mkdtempSync(join(tmpdir(), 'memq-'));
    this.fd = openSync(join(directory, 'running-jobs'), 'w+');
    ftruncateSync(this.fd, this.#bytes.length);
    rmSync(directory, { recursive: true });
  }

  /** Reads all of it, for `entry` to tell. */
  read(): void {
    readSync(this.fd, this.#bytes, 0, this.#bytes.length, 0);
  }

  /** What it said of an assignment when it was read; undefined: it had not begun. */
  entry(row: number, serial: number): RunningJob | undefined {
    const start = row * ROW_SIZE;
    if (this.#bytes.readUInt32LE(start + Field.serial) !== serial) return undefined;
    const state = STATES[this.#bytes.readUInt32LE(start + Field.state)];
    if (state === undefined) return undefined;
    return {
      state,
      began: this.#bytes.readDoubleLE(start + Field.began),
      deadline: this.#bytes.readDoubleLE(start + Field.deadline) || Number.POSITIVE_INFINITY,
    };
  }

  close(): void {
    closeSync(this.fd);
  }
}
