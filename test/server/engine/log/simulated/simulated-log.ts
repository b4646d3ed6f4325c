import type { Completion } from '../../../../../server/engine/completion.ts';
import { Block } from '../../../../../server/engine/log/codec/block.ts';
import { MessageRecord } from '../../../../../server/engine/log/codec/message-record.ts';
import { sizeOf } from '../../../../../server/engine/log/codec/sizes.ts';
import { Completions } from '../../../../../server/engine/log/completions.ts';
import { atOnce } from '../../../../../server/engine/log/in-slices.ts';
import { LiveBytes } from '../../../../../server/engine/log/live-bytes.ts';
import {
  type Events,
  type IsLive,
  type Level,
  type Log,
  type Position,
  type Range,
  type SpaceKind,
  TrimmedError,
} from '../../../../../server/engine/log/log.ts';
import { BlockList } from '../../../../../server/engine/log/memory/block-list.ts';
import { SpaceBound } from '../../../../../server/engine/log/space-bound.ts';
import type { Event } from '../../../../../server/engine/state/events.ts';
import { GrowingBatch } from './growing-batch.ts';
import type { Chance, Process } from './scheduler.ts';
import { Session } from './session.ts';
import type { Row, SimulatedDatabase } from './simulated-database.ts';

/** Batches that are read at once. */
const MOST_BATCHES = 20;

export interface SimulatedLogOptions {
  readonly database: SimulatedDatabase;
  readonly process: Process;
  readonly chance: Chance;
  /** Of this server: not 0. */
  readonly id: number;
  readonly segmentSize: number;
  readonly leaseMs: number;
  /** Most bytes that a batch may come to while another one is in flight. */
  readonly mostWaiting: number;
  /** Engine time, which may go ahead or behind. */
  readonly clock: () => number;
}

/**
 * A log that a simulated database keeps for a cluster: one server leads, the others follow. What the database does, when
 * and in which order, is decided by a seed.
 *
 * A follower replays again and again; `lead` makes it the leader, after which it replays what is left, and starts.
 */
export class SimulatedLog implements Log {
  readonly live = new LiveBytes();
  checkpointBytes = 0;
  onAdmit = (): void => {};
  onSegment = (): void => {};
  onWritten = (): void => {};
  failure: Error | undefined;
  readonly syncs = undefined;
  /** The one that it leads in; 0: it follows. */
  epoch = 0;

  readonly #options: SimulatedLogOptions;
  readonly #session: Session;
  readonly #process: Process;
  readonly #bound: SpaceBound;
  readonly #blocks = new BlockList();
  readonly #record = new MessageRecord();
  /** Where segments begin, ascending, and how far the last one may go. */
  #starts: Position[] = [0];
  #limit = 0;
  /** All before it is committed, and has been read or was written here. */
  #committed: Position = 0;
  #isStarted = false;
  #isClosed = false;
  /** Not committed: the first may be in flight, the last may grow. */
  #batches: GrowingBatch[] = [];
  #batchCount = 0;
  /** A statement of this leader is under way. */
  #isBusy = false;
  #isScheduled = false;
  /** Since when it is certain that nobody else leads: the sending of what was acknowledged last. */
  #certainSince = Number.NEGATIVE_INFINITY;
  #wasRefused = false;
  /** Answers of a leader that was in doubt; it wants to know. */
  readonly #doubtful = new Completions();
  #trim: { readonly to: Position; readonly done: Completion<void> } | undefined;

  constructor(options: SimulatedLogOptions) {
    this.#options = options;
    this.#process = options.process;
    this.#session = new Session(options.database, options.process);
    this.#bound = new SpaceBound(this.live, options.segmentSize);
  }

  // Following.

  async replay(into: Events, from?: Position): Promise<Position> {
    if (!this.#isStarted) await this.#catchUp();
    const end = this.#committed;
    const { from: oldest } = this.oldest();
    const start = from ?? oldest;
    if (start < oldest) throw new TrimmedError(`the log is freed up to ${oldest}`);
    atOnce(this.#blocks.tell(into, { from: start, to: end }));
    return end;
  }

  /** Reads what is committed for certain, and all there is once it leads. */
  #catchUp(): Promise<void> {
    return new Promise((resolve, reject) => {
      const readOn = (): void => {
        this.#session.read(this.#committed, MOST_BATCHES, ({ row, batches }) => {
          // What is there is another leader's, and may not be committed.
          if (this.epoch > 0 && row.epoch > this.epoch) this.#deposed();
          if (this.failure !== undefined) {
            reject(this.failure);
            return;
          }
          if (row.trimmed > this.#committed) this.#beginAnew(row.trimmed);
          this.#forgetTrimmed(row.trimmed);
          const end = row.epoch === this.epoch ? row.position : row.known;
          const before = this.#committed;
          for (const batch of batches) {
            if (batch.position !== this.#committed || batch.position + batch.length > end) break;
            if (batch.isSegment) this.#beginsSegment(batch.position);
            const block = new Block(batch.position, batch.length);
            batch.bytes.copy(block.bytes);
            block.used = batch.length;
            this.#blocks.add(block);
            this.#committed = block.end;
          }
          if (this.#committed > before && this.#committed < end) readOn();
          else resolve();
        });
      };
      readOn();
    });
  }

  /** What was read is trimmed, and so is what comes next. */
  #beginAnew(position: Position): void {
    this.#blocks.dropUpTo(this.#committed);
    this.#committed = position;
    this.#starts = [];
  }

  #forgetTrimmed(position: Position): void {
    while (this.#starts.length > 1 && this.#starts[1] <= position) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const oldest = this.oldest();
    this.#blocks.dropUpTo(oldest.to);
    this.#starts.shift();
    this.live.forget(oldest);
  }

  #beginsSegment(position: Position): void {
    if (this.#starts.at(-1) !== position) this.#starts.push(position);
    this.live.begin(position);
  }

  /**
   * Waits until nobody leads any more, and then leads: where epoch, position and beat are all still what they were a lease
   * ago, the epoch is raised. What is replayed from then on is all there is.
   */
  lead(): Promise<void> {
    const { leaseMs, chance, id } = this.#options;
    return new Promise((resolve) => {
      const look = (): void => this.#session.read(0, 0, ({ row }) => watch(row));
      const watch = (seen: Row): void => {
        if (seen.epoch === 0) raise(seen);
        else this.#process.after(leaseMs, () => this.#session.read(0, 0, ({ row }) => compare(seen, row)));
      };
      const compare = (seen: Row, row: Row): void => {
        const isSilent = row.epoch === seen.epoch && row.position === seen.position && row.beat === seen.beat;
        if (isSilent) raise(seen);
        else watch(row);
      };
      const raise = (seen: Row): void => {
        this.#session.raise(seen, id, (led) => {
          if (led === undefined) {
            this.#process.after(chance.below(leaseMs / 5), look);
            return;
          }
          this.epoch = led.epoch;
          this.#certainSince = led.sentAt;
          this.#process.after(leaseMs / 3, () => this.#beatNow());
          resolve();
        });
      };
      look();
    });
  }

  async start(): Promise<void> {
    if (this.epoch === 0) await this.lead();
    const before = this.#committed;
    await this.#catchUp();
    if (this.#committed > before) throw new Error('there is more to replay');
    this.#isStarted = true;
    this.#begin(0);
    await this.flush();
  }

  // Appending.

  admit(bytes: number, _kind: SpaceKind): boolean {
    const isFull =
      this.#batches.length > 1 && this.#batches.at(-1)!.length + bytes > this.#options.mostWaiting;
    if (this.#isCertain && !isFull) return true;
    this.#wasRefused = true;
    return false;
  }

  get refusal(): Error | undefined {
    return this.#isCertain ? undefined : new Error('the database does not answer');
  }

  readonly isStalled = false;
  readonly isMakingSpace = true;

  append(event: Event): Position {
    const size = sizeOf(event);
    if (this.end + size > this.#limit) this.#begin(size);
    let batch = this.#batches.at(-1);
    if (batch === undefined || batch.sealed !== undefined) batch = this.#openBatch(false);
    event.size = size;
    const position = batch.write(event);
    this.#schedule();
    return position;
  }

  get end(): Position {
    return this.#batches.at(-1)?.end ?? this.#committed;
  }

  get durable(): Position {
    return this.#committed;
  }

  when<T>(_level: Level, completion: Completion<T>, value: T): void {
    const batch = this.#batches.at(-1);
    if (this.failure !== undefined) completion.reject(this.failure);
    else if (batch !== undefined) {
      batch.waiting.push({ completion: completion as Completion<unknown>, value });
    } else if (this.#isCertain) completion.resolve(value);
    else {
      this.#doubtful.add(completion, value);
      this.#goOn();
    }
  }

  flush(): Promise<void> {
    return new Promise((resolve, reject) => this.when('durable', { resolve, reject }, undefined));
  }

  /** Whether nobody else can lead: less than half a lease has passed. Asked when the answer is given, never before. */
  get #isCertain(): boolean {
    return this.#process.now - this.#certainSince < this.#options.leaseMs / 2;
  }

  #begin(size: number): void {
    const { end } = this;
    this.#beginsSegment(end);
    this.#limit = end + Math.max(this.#options.segmentSize, 2 * this.checkpointBytes + size);
    this.#openBatch(true);
    this.onSegment();
  }

  #openBatch(isSegment: boolean): GrowingBatch {
    const last = this.#batches.at(-1);
    const batch = new GrowingBatch(this.end, isSegment, this.#blocks);
    if (last !== undefined && last.length === 0) this.#batches.pop();
    this.#batches.push(batch);
    return batch;
  }

  /** At the end of the turn. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#process.after(0, () => {
      this.#isScheduled = false;
      this.#goOn();
    });
  }

  /** Says the next thing to the database. */
  #goOn(): void {
    if (this.#isBusy || this.#isClosed || this.failure !== undefined) return;
    const batch = this.#batches[0];
    const known = this.#committed;
    if (batch !== undefined) {
      const sealed = batch.seal(++this.#batchCount + this.#options.id * 1e9, this.#options.clock());
      this.#perform({ kind: 'append', epoch: this.epoch, known, batch: sealed }, () =>
        this.#isCommitted(batch),
      );
    } else if (this.#trim !== undefined) {
      const { to, done } = this.#trim;
      this.#perform({ kind: 'trim', epoch: this.epoch, known, to }, () => {
        this.#trim = undefined;
        this.#forgetOldest();
        done.resolve();
      });
    } else if (this.#doubtful.size > 0) this.#perform({ kind: 'beat', epoch: this.epoch, known }, () => {});
  }

  #perform(statement: Parameters<Session['perform']>[0], committed: () => void): void {
    this.#isBusy = true;
    this.#session.perform(statement, (sentAt) => {
      this.#isBusy = false;
      if (sentAt === undefined) {
        this.#deposed();
        return;
      }
      this.#certainSince = sentAt;
      committed();
      if (this.#isCertain) this.#doubtful.resolve();
      this.#goOn();
      if (this.#wasRefused) {
        this.#wasRefused = false;
        this.onAdmit();
      }
    });
  }

  #isCommitted(batch: GrowingBatch): void {
    this.#committed = batch.end;
    this.#batches.shift();
    batch.resolve();
    this.onWritten();
  }

  /** A leader says every third of a lease that it is there. */
  #beatNow(): void {
    if (this.#isClosed || this.failure !== undefined) return;
    this.#process.after(this.#options.leaseMs / 3, () => this.#beatNow());
    if (this.#isBusy) return;
    this.#perform({ kind: 'beat', epoch: this.epoch, known: this.#committed }, () => {});
  }

  /** Another server leads. What is not committed never will be, as far as this one can tell. */
  #deposed(): void {
    if (this.failure !== undefined) return;
    const reason = new Error(`another server leads since epoch ${this.epoch}`);
    this.failure = reason;
    const batches = this.#batches;
    this.#batches = [];
    for (const batch of batches) batch.reject(reason);
    this.#doubtful.reject(reason);
    this.#trim?.done.reject(reason);
  }

  // Records and space.

  find(position: Position, size: number): MessageRecord | undefined {
    return this.#blocks.find(this.#record, position, size);
  }

  look(position: Position, size: number): Promise<MessageRecord> {
    return this.load(position, size);
  }

  async load(position: Position, size: number): Promise<MessageRecord> {
    const record = this.#blocks.find(new MessageRecord(), position, size);
    if (record === undefined) throw new TrimmedError(`what was at position ${position} is freed`);
    return record;
  }

  get bytes(): number {
    return this.end - this.oldest().from;
  }

  get compaction(): 'idle' | 'due' {
    if (this.#starts.length < 2) return 'idle';
    const heads = this.#starts.length * this.checkpointBytes;
    const ranges = this.#starts.map((from, index) => ({ from, to: this.#starts[index + 1] ?? this.end }));
    const isWasteful = this.#bound.isExceeded(this.bytes, 0, heads, ranges);
    return isWasteful || this.live.of(this.oldest()) === 0 ? 'due' : 'idle';
  }

  oldest(): Range {
    return { from: this.#starts[0] ?? this.#committed, to: this.#starts[1] ?? this.end };
  }

  survivors(range: Range, isLive: IsLive): AsyncIterable<MessageRecord> {
    return this.#blocks.survivors(range, isLive);
  }

  async freeOldest(): Promise<void> {
    await this.flush();
    await new Promise<void>((resolve, reject) => {
      this.#trim = { to: this.oldest().to, done: { resolve, reject } };
      this.#goOn();
    });
  }

  compactedInVain(): void {}

  details(): Iterable<readonly [name: string, value: string]> {
    return [
      ['journal_segments', String(this.#starts.length)],
      ['journal_bytes', String(this.bytes)],
      ['journal_live_bytes', String(this.live.total)],
      ['journal_written_bytes', String(this.#committed)],
      ['journal_failure', this.failure?.message ?? 'none'],
      ['cache_bytes', String(this.#blocks.bytes)],
    ];
  }

  async close(): Promise<void> {
    try {
      if (this.failure === undefined && this.#isStarted) await this.flush();
    } finally {
      this.#isClosed = true;
    }
  }
}
