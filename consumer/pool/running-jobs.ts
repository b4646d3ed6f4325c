// The parent makes the file and reads it; the child writes it. Both sides are here, with the layout that they share.
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The table of what has begun of the jobs that a child was given, in a file without a name, so that the parent knows also when the
 * child hangs or is dead. A row for each job that it can hold. It stays in the page cache; a change is one `pwrite`.
 *
 * A row, little-endian: the assignment that it speaks of, and its state (uint32 each), when the job began, and its deadline
 * (float64, milliseconds since 1970; 0: none). A row that speaks of another assignment says that the job has not begun.
 */
const ROW_SIZE = 24;
const Field = { serial: 0, state: 4, began: 8, deadline: 16 } as const;
const State = { begun: 1, done: 2, failed: 3 } as const;

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

/** The child's side. */
export class RunningJobsWriter {
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(ROW_SIZE);

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** A job begins. `timeoutMs` 0: no deadline. */
  begin(row: number, serial: number, timeoutMs: number): void {
    const bytes = this.#bytes;
    const now = Date.now();
    bytes.writeUInt32LE(serial, Field.serial);
    bytes.writeUInt32LE(State.begun, Field.state);
    bytes.writeDoubleLE(now, Field.began);
    bytes.writeDoubleLE(timeoutMs > 0 ? now + timeoutMs : 0, Field.deadline);
    writeSync(this.#fd, bytes, 0, ROW_SIZE, row * ROW_SIZE);
  }

  /** It has ended: its process may end before the parent hears how. */
  end(row: number, isDone: boolean): void {
    const bytes = this.#bytes;
    bytes.writeUInt32LE(isDone ? State.done : State.failed, Field.state);
    writeSync(this.#fd, bytes, Field.state, 4, row * ROW_SIZE + Field.state);
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
