import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '../job-source.ts';

/**
 * Which jobs a process runs, where its parent can read it also when the process is stuck or dead: a file without a
 * name, of one slot for each job that runs at a time. It stays in the page cache; a slot is one `pwrite`.
 *
 * A slot, little-endian: when the job began, and its deadline (float64, milliseconds since 1970; 0: free, none), its
 * attempt (uint32), the lengths of what follows (uint16 each): queue, id, the client's id, the payload's beginning.
 */
const SLOT_SIZE = 1024;
const HEADER_SIZE = 28;
const MAX_TEXT = 250;
const MAX_PAYLOAD = 200;

/** The file descriptor by which a child knows its board. */
export const BOARD_FD = 4;

/** A job as the board shows it. */
export interface Posted {
  readonly since: number;
  /** Infinity: none. */
  readonly deadline: number;
  readonly queue: string;
  readonly id: string;
  readonly job?: string;
  readonly attempt: number;
  /** The payload's beginning. */
  readonly call: string;
}

/** The child's side. */
export class BoardWriter {
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(SLOT_SIZE);
  static readonly #FREE = Buffer.alloc(8);

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** `timeoutMs` 0: no deadline. */
  post(slot: number, job: Job, timeoutMs: number): void {
    const bytes = this.#bytes;
    const now = Date.now();
    bytes.writeDoubleLE(now, 0);
    bytes.writeDoubleLE(timeoutMs > 0 ? now + timeoutMs : 0, 8);
    bytes.writeUInt32LE(job.attempt, 16);
    let end = HEADER_SIZE;
    end = this.#text(job.queue, 20, end);
    end = this.#text(job.id, 22, end);
    end = this.#text(job.job ?? '', 24, end);
    const length = job.payload.copy(bytes, end, 0, MAX_PAYLOAD);
    bytes.writeUInt16LE(length, 26);
    writeSync(this.#fd, bytes, 0, end + length, slot * SLOT_SIZE);
  }

  /** The job has ended, and the server is to hear of it: there is no deadline any more. */
  lift(slot: number): void {
    writeSync(this.#fd, BoardWriter.#FREE, 0, 8, slot * SLOT_SIZE + 8);
  }

  clear(slot: number): void {
    writeSync(this.#fd, BoardWriter.#FREE, 0, 8, slot * SLOT_SIZE);
  }

  #text(text: string, field: number, end: number): number {
    const length = this.#bytes.write(text, end, MAX_TEXT);
    this.#bytes.writeUInt16LE(length, field);
    return end + length;
  }
}

/** The parent's side. */
export class Board {
  readonly fd: number;
  readonly #slots: number;

  /** @throws the system's error where there can be no temporary file */
  constructor(slots: number) {
    this.#slots = slots;
    const directory = mkdtempSync(join(tmpdir(), 'memq-'));
    this.fd = openSync(join(directory, 'board'), 'w+');
    rmSync(directory, { recursive: true });
  }

  /** The jobs that run, or ran when their process died. */
  read(): Posted[] {
    const bytes = Buffer.alloc(this.#slots * SLOT_SIZE);
    readSync(this.fd, bytes, 0, bytes.length, 0);
    const posted: Posted[] = [];
    for (let start = 0; start < bytes.length; start += SLOT_SIZE) {
      const slot = bytes.subarray(start, start + SLOT_SIZE);
      if (slot.readDoubleLE(0) > 0) posted.push(readSlot(slot));
    }
    return posted;
  }

  close(): void {
    closeSync(this.fd);
  }
}

function readSlot(slot: Buffer): Posted {
  let end = HEADER_SIZE;
  const next = (field: number): string => {
    const start = end;
    end += slot.readUInt16LE(field);
    return slot.toString('utf8', start, end);
  };
  const queue = next(20);
  const id = next(22);
  const job = next(24);
  return {
    since: slot.readDoubleLE(0),
    deadline: slot.readDoubleLE(8) || Number.POSITIVE_INFINITY,
    queue,
    id,
    ...(job !== '' && { job }),
    attempt: slot.readUInt32LE(16),
    call: next(26),
  };
}
