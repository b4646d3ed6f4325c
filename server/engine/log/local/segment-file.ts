import type { JournalFile } from './file-system.ts';

/**
 * A segment's file, opened when it is used and closed again when others are: there may be more segments than a process may
 * have files open. It is closed only while nothing is under way.
 */
export class SegmentFile implements JournalFile {
  readonly #open: (number: number) => JournalFile;
  readonly #onUse: (file: SegmentFile) => void;
  #file: JournalFile | undefined;
  /** Reads, writes and syncs that are under way. */
  #underWay = 0;
  /** Whether it may be opened no more. */
  #isClosed = false;
  /** Of the segment that it is, or is to become. */
  number: number;
  /** Bytes of the file; set by whoever makes it ready. */
  bytes: number;
  /** Which file it was when it was opened first. */
  readonly #identity: number;

  /** `open` opens the file of a segment again; `onUse` is called before each use. */
  constructor(
    number: number,
    file: JournalFile,
    open: (number: number) => JournalFile,
    onUse: (file: SegmentFile) => void,
  ) {
    this.number = number;
    this.#file = file;
    this.#open = open;
    this.#onUse = onUse;
    this.bytes = file.size();
    this.#identity = file.identity();
  }

  /** Closes it until it is used again; false when something is under way. */
  rest(): boolean {
    if (this.#underWay > 0) return false;
    this.#file?.close();
    this.#file = undefined;
    return true;
  }

  write(bytes: Uint8Array, position: number): void {
    this.#use().write(bytes, position);
  }

  async writeLater(bytes: Uint8Array, position: number): Promise<void> {
    const file = this.#use();
    this.#underWay++;
    try {
      await file.writeLater(bytes, position);
    } finally {
      this.#underWay--;
    }
  }

  sync(done: (error: Error | null) => void): void {
    const file = this.#use();
    this.#underWay++;
    file.sync((error) => {
      this.#underWay--;
      done(error);
    });
  }

  syncNow(): void {
    this.#use().syncNow();
  }

  read(into: Uint8Array, position: number): number {
    return this.#use().read(into, position);
  }

  async readLater(into: Uint8Array, position: number): Promise<number> {
    const file = this.#use();
    this.#underWay++;
    try {
      return await file.readLater(into, position);
    } finally {
      this.#underWay--;
    }
  }

  size(): number {
    return this.#use().size();
  }

  identity(): number {
    return this.#identity;
  }

  close(): void {
    this.#isClosed = true;
    this.#file?.close();
    this.#file = undefined;
  }

  #use(): JournalFile {
    this.#onUse(this);
    if (this.#file === undefined && !this.#isClosed) this.#file = this.#open(this.number);
    // What is used behind its end fails as it would by itself.
    return this.#file ?? closedFile();
  }
}

function closedFile(): never {
  throw Object.assign(new Error('EBADF: the file is closed'), { code: 'EBADF' });
}
