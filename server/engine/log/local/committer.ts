import { DiskError } from '../../../../shared/errors.ts';
import type { Completion } from '../../completion.ts';
import type { Histogram } from '../../histogram.ts';
import { Completions } from '../completions.ts';
import type { Level, Position } from '../log.ts';
import type { JournalFile } from './file-system.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { Tail } from './tail.ts';

export type SyncPolicy = 'always' | 'interval' | 'never';

/** A disk that syncs faster than this may be waited for on the event loop. */
const QUICK_SYNC_MS = 0.3;

/**
 * Group commit: at the end of a turn of the event loop one write carries the turn's records, and one fdatasync
 * serves all who wait for it. While a sync is under way the records of the next turns are written already; they
 * share the next sync.
 */
export class Committer {
  readonly #tail: Tail;
  readonly #files: SegmentFiles;
  readonly #policy: SyncPolicy;
  readonly #syncs: Histogram;
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
  /** Up to where the last sync has come, and up to where the running one will. */
  #synced = 0;
  #syncsTo = 0;
  /** How long a sync takes, milliseconds, as a moving average. Until we know better it is slow. */
  #syncMs = 1;
  /** How many waited for the last sync. */
  #lastWaiters = 0;
  readonly #untilWritten = new Completions();
  /** For a sync: with records in the tail; with all records written; covered by the running sync. */
  readonly #unwritten = new Completions();
  readonly #unsynced = new Completions();
  readonly #covered = new Completions();
  /** Position behind what was written last, and behind what the disk has. */
  #writtenPosition: Position;
  durable: Position;
  /** Why nothing is acknowledged any more. */
  failure: Error | undefined;

  /**
   * The interval is in milliseconds. `durable`: all before it is on the disk already. `syncs` is told how long each takes. `onWritten` is called after every
   * turn's records, `onFailure` once at most.
   */
  constructor(
    tail: Tail,
    files: SegmentFiles,
    policy: SyncPolicy,
    intervalMs: number,
    durable: Position,
    syncs: Histogram,
    onWritten: () => void,
    onFailure: (error: Error) => void,
  ) {
    this.#tail = tail;
    this.#files = files;
    this.#policy = policy;
    this.#syncs = syncs;
    this.durable = this.#writtenPosition = durable;
    this.#onWritten = onWritten;
    this.#onFailure = onFailure;
    this.#segment = tail.segment;
    this.#file = files.open(tail.segment);
    this.#written = this.#synced = tail.syncedOffset;
    if (policy === 'interval') {
      this.#timer = setInterval(() => {
        if (!this.#isSynced) this.#sync();
      }, intervalMs).unref();
    }
  }

  /** Called once records have been put into the tail. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#commit);
  }

  /**
   * Resolves when the operating system has every record so far, and for `durable` with `--sync always` when the disk
   * has: at once when it has already.
   */
  when<T>(level: Level, completion: Completion<T>, value: T): void {
    if (this.failure !== undefined) completion.reject(this.failure);
    else if (level === 'written' || this.#policy !== 'always') this.#whenWritten(completion, value);
    else this.#whenSynced(completion, value);
  }

  #whenWritten<T>(completion: Completion<T>, value: T): void {
    if (this.#tail.isUnwritten) this.#untilWritten.add(completion, value);
    else completion.resolve(value);
  }

  #whenSynced<T>(completion: Completion<T>, value: T): void {
    if (this.#tail.isUnwritten) this.#unwritten.add(completion, value);
    else if (this.#isSynced) completion.resolve(value);
    else if (this.#syncing && this.#syncsTo === this.#written) this.#covered.add(completion, value);
    else {
      this.#unsynced.add(completion, value);
      if (!this.#syncing) this.schedule();
    }
  }

  /** Writes and syncs all there is, whatever the policy. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) {
        reject(this.failure);
        return;
      }
      this.#whenSynced({ resolve, reject }, undefined);
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

  get #isSynced(): boolean {
    return this.#synced === this.#written;
  }

  /** Whether what tells of all segments tells of this one. */
  get #isOnRecord(): boolean {
    return this.#files.bounds.current?.newest === this.#segment;
  }

  readonly #commit = (): void => {
    this.#scheduled = false;
    if (this.failure !== undefined || !this.#write()) return;
    this.#unsynced.takeAll(this.#unwritten);
    this.#untilWritten.resolve();
    if (this.#unsynced.size > 0 || !this.#isOnRecord) this.#sync();
    this.#onWritten();
  };

  /** Writes what the tail holds; false when that has to go on after a sync, or failed. */
  #write(): boolean {
    for (let batch = this.#tail.nextPending(); batch !== undefined; batch = this.#tail.nextPending()) {
      const { block, from, to, offset } = batch;
      if (block.segment !== this.#segment && !this.#turnTo(block.segment)) return false;
      try {
        this.#file.write(block.bytes.subarray(from, to), offset);
      } catch (error) {
        this.#fail('writing to', error as Error);
        return false;
      }
      this.#written = offset + to - from;
      this.#writtenPosition = block.position + to;
      this.#tail.donePending();
    }
    return true;
  }

  /**
   * Goes on in another segment. Its header says where the last one ends and that it is whole, so the last one
   * has to be on the disk before; until it is, the answer is false.
   */
  #turnTo(segment: number): boolean {
    this.#turning = this.#syncing || !this.#isSynced;
    if (this.#turning) {
      this.#sync();
      return false;
    }
    this.#segment = segment;
    this.#file = this.#files.open(segment);
    this.#files.settle(segment - 1);
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
    const position = this.#writtenPosition;
    this.#syncsTo = this.#written;
    const started = performance.now();
    const done = (error: Error | null): void => {
      const took = performance.now() - started;
      this.#syncMs += (took - this.#syncMs) / 8;
      if (error === null) this.#syncs.add(took);
      this.#afterSync(error, position);
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

  /** Nothing in a new segment is answered before it is on record: from then on it cannot go missing unseen. */
  #afterSync(error: Error | null, position: Position): void {
    if (error !== null || this.#isOnRecord) {
      this.#endSync(error, position);
      return;
    }
    this.#files.bounds.update({ newest: this.#segment, synced: this.#syncsTo }).then(
      () => this.#endSync(null, position),
      (failure: Error) => this.#endSync(failure, position),
    );
  }

  #endSync(error: Error | null, position: Position): void {
    this.#syncing = false;
    this.#afterLastSync();
    if (error !== null) {
      this.#fail('syncing', error);
      return;
    }
    this.#synced = this.#syncsTo;
    this.durable = position;
    this.#tail.syncedSegment = this.#segment;
    this.#tail.syncedOffset = this.#synced;
    this.#covered.resolve();
    if (this.#turning) this.#commit();
    // At the end of the turn, so that what comes in this turn shares the next sync.
    else if (this.#unsynced.size > 0) this.schedule();
  }

  /** What a failed write or sync left on the disk is unknown, so nothing may be promised any more, ever. */
  #fail(what: string, error: Error): void {
    this.fail(new DiskError(`${what} journal segment ${this.#segment} failed: ${error.message}`));
  }

  /** Rejects all that waits and all that comes, for ever. */
  fail(reason: Error): void {
    if (this.failure !== undefined) return;
    this.failure = reason;
    for (const waiting of [this.#untilWritten, this.#unwritten, this.#unsynced, this.#covered]) {
      waiting.reject(this.failure);
    }
    this.#onFailure(this.failure);
  }
}
