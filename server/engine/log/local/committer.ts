import { DiskError } from '../../../../shared/errors.ts';
import type { Completion } from '../../api.ts';
import type { JournalFile } from './file-system.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { Tail } from './tail.ts';
import { Waiting } from './waiting.ts';

export type SyncPolicy = 'always' | 'interval' | 'never';

/** Brings the tail's records to where they are safe, and says when they are. */
export interface Committer {
  /** Why nothing is acknowledged any more. */
  readonly failure: Error | undefined;
  /** Called once records have been put into the tail. */
  schedule(): void;
  /** Resolves when the operating system has every record so far: it survives the end of this process. */
  whenWritten<T>(completion: Completion<T>, value: T): void;
  /** Resolves when the disk has every record so far (with `--sync always`; else like `whenWritten`). */
  whenSynced<T>(completion: Completion<T>, value: T): void;
  /** Writes and syncs all there is, whatever the policy. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A disk that syncs faster than this may be waited for on the event loop. */
const QUICK_SYNC_MS = 0.3;

/**
 * Group commit: at the end of a turn of the event loop one write carries the turn's records, and one fdatasync
 * serves all who wait for it. While a sync is under way the records of the next turns are written already; they
 * share the next sync.
 */
export class DiskCommitter implements Committer {
  readonly #tail: Tail;
  readonly #files: SegmentFiles;
  readonly #policy: SyncPolicy;
  readonly #onWritten: () => void;
  readonly #onFailure: (error: Error) => void;
  readonly #timer: NodeJS.Timeout | undefined;
  #scheduled = false;
  #syncing = false;
  #afterLastSync = (): void => {};
  /** The next batch belongs to a new segment and has to wait until the last one is synced. */
  #turning = false;
  /** Where the last write went: segment, its file, and the offset behind it. */
  #segment: number;
  #file: JournalFile;
  #written = 0;
  #synced = 0;
  /** How long a sync takes, milliseconds, as a moving average. Until we know better it is slow. */
  #syncMs = 1;
  /** How many waited for the last sync. */
  #lastWaiters = 0;
  readonly #untilWritten = new Waiting();
  /** For a sync: with records in the tail; with all records written; covered by the running sync. */
  readonly #unwritten = new Waiting();
  readonly #unsynced = new Waiting();
  readonly #covered = new Waiting();
  failure: Error | undefined;

  /** The interval is in milliseconds. `onWritten` is called after every turn's records, `onFailure` once at most. */
  constructor(
    tail: Tail,
    files: SegmentFiles,
    policy: SyncPolicy,
    intervalMs: number,
    onWritten: () => void,
    onFailure: (error: Error) => void,
  ) {
    this.#tail = tail;
    this.#files = files;
    this.#policy = policy;
    this.#onWritten = onWritten;
    this.#onFailure = onFailure;
    this.#segment = tail.segment;
    this.#file = files.open(tail.segment);
    if (policy === 'interval') {
      this.#timer = setInterval(() => {
        if (this.#synced < this.#written) this.#sync();
      }, intervalMs).unref();
    }
  }

  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#commit);
  }

  whenWritten<T>(completion: Completion<T>, value: T): void {
    if (this.failure !== undefined) completion.reject(this.failure);
    else this.#untilWritten.add(completion, value);
    this.schedule();
  }

  whenSynced<T>(completion: Completion<T>, value: T): void {
    if (this.failure !== undefined) completion.reject(this.failure);
    else if (this.#policy === 'always') this.#unwritten.add(completion, value);
    else this.#untilWritten.add(completion, value);
    this.schedule();
  }

  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) {
        reject(this.failure);
        return;
      }
      this.#unwritten.add({ resolve, reject }, undefined);
      this.#commit();
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    try {
      if (this.failure === undefined) await this.flush();
    } finally {
      // A write may have failed while a sync was under way, and its file stays open until that is over.
      if (this.#syncing) await new Promise<void>((resolve) => (this.#afterLastSync = resolve));
    }
  }

  readonly #commit = (): void => {
    this.#scheduled = false;
    if (this.failure !== undefined || !this.#write()) return;
    this.#unsynced.takeAll(this.#unwritten);
    this.#untilWritten.resolve();
    if (this.#unsynced.size > 0) this.#sync();
    this.#onWritten();
  };

  /** Writes what the tail holds; false when that has to go on after a sync, or failed. */
  #write(): boolean {
    for (let batch = this.#tail.nextPending(); batch !== undefined; batch = this.#tail.nextPending()) {
      const { block, from, to } = batch;
      if (block.segment !== this.#segment && !this.#turnTo(block.segment)) return false;
      try {
        this.#file.write(block.bytes.subarray(from, to), block.start + from);
      } catch (error) {
        this.#fail('writing to', error as Error);
        return false;
      }
      this.#written = block.start + to;
      this.#tail.donePending();
    }
    return true;
  }

  /**
   * Goes on in another segment. Its header says where the last one ends and that it is whole, so the last one
   * has to be on the disk before; until it is, the answer is false.
   */
  #turnTo(segment: number): boolean {
    this.#turning = this.#syncing || this.#synced < this.#written;
    if (this.#turning) {
      this.#sync();
      return false;
    }
    this.#segment = segment;
    this.#file = this.#files.open(segment);
    this.#written = this.#synced = 0;
    return true;
  }

  #sync(): void {
    if (this.#syncing || this.failure !== undefined) return;
    this.#syncing = true;
    const waiters = this.#unsynced.size;
    const isAlone = waiters === 1 && this.#lastWaiters <= 1 && !this.#turning;
    this.#lastWaiters = waiters;
    this.#covered.takeAll(this.#unsynced);
    const written = this.#written;
    const started = performance.now();
    const done = (error: Error | null): void => {
      const took = performance.now() - started;
      this.#syncMs += (took - this.#syncMs) / 8;
      this.#afterSync(error, written);
    };
    // For one who waits alone, waiting here is faster than waiting for another thread to wait.
    if (isAlone && this.#syncMs < QUICK_SYNC_MS) this.#syncHere(done);
    else this.#file.sync(done);
  }

  #syncHere(done: (error: Error | null) => void): void {
    try {
      this.#file.syncNow();
    } catch (error) {
      done(error as Error);
      return;
    }
    done(null);
  }

  #afterSync(error: Error | null, written: number): void {
    this.#syncing = false;
    this.#afterLastSync();
    if (error !== null) {
      this.#fail('syncing', error);
      return;
    }
    this.#synced = written;
    this.#tail.syncedSegment = this.#segment;
    this.#tail.syncedOffset = written;
    this.#covered.resolve();
    if (this.#turning) this.#commit();
    // At the end of the turn, so that what comes in this turn shares the next sync.
    else if (this.#unsynced.size > 0) this.schedule();
  }

  /** What a failed write or sync left on the disk is unknown, so nothing may be promised any more, ever. */
  #fail(what: string, error: Error): void {
    this.failure = new DiskError(`${what} journal segment ${this.#segment} failed: ${error.message}`);
    for (const waiting of [this.#untilWritten, this.#unwritten, this.#unsynced, this.#covered]) {
      waiting.reject(this.failure);
    }
    this.#onFailure(this.failure);
  }
}

/** `--memory`: nothing is written, so everything is as safe as it will be at the end of the turn. */
export class MemoryCommitter implements Committer {
  readonly #tail: Tail;
  readonly #onWritten: () => void;
  readonly #waiting = new Waiting();
  #scheduled = false;
  readonly failure = undefined;

  /** `onWritten` is called after every turn's records. */
  constructor(tail: Tail, onWritten: () => void) {
    this.#tail = tail;
    this.#onWritten = onWritten;
  }

  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#commit);
  }

  whenWritten<T>(completion: Completion<T>, value: T): void {
    this.#waiting.add(completion, value);
    this.schedule();
  }

  whenSynced<T>(completion: Completion<T>, value: T): void {
    this.#waiting.add(completion, value);
    this.schedule();
  }

  async flush(): Promise<void> {
    this.#commit();
  }

  async close(): Promise<void> {
    this.#commit();
  }

  readonly #commit = (): void => {
    this.#scheduled = false;
    while (this.#tail.nextPending() !== undefined) this.#tail.donePending();
    this.#waiting.resolve();
    this.#onWritten();
  };
}
