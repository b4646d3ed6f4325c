import type { Completion } from '../../completion.ts';
import type { Histogram } from '../../histogram.ts';
import type { Position } from '../log.ts';
import { DeposedError } from './cluster-log.ts';
import type { Frontier } from './frontier.ts';
import { Gathering } from './gathering.ts';
import { GrowingBatch } from './growing-batch.ts';
import { Lease } from './lease.ts';
import type { LeaderStatement, Timing } from './log-database.ts';
import type { Raised, Session } from './session.ts';

export interface CommitterOptions {
  readonly session: Session;
  readonly frontier: Frontier;
  readonly timing: Timing;
  readonly leaseMs: number;
  /** Engine time, milliseconds since the epoch. */
  readonly clock: () => number;
  /** Draws from [0, 1). */
  readonly random: () => number;
  readonly syncs: Histogram;
}

/** A batch that is under way for longer than this part of a lease is not waited for by the next beat. */
const LONG = 6;

/** Says something to the database once nothing comes before it. */
interface Order {
  readonly say: (known: Position) => LeaderStatement;
  readonly done: Completion<void>;
}

/**
 * What a leader says to the database: batch by batch what is appended, one of them in flight while the next one grows;
 * that the oldest segment is freed; who comes next; and a beat, by which the others know that it is there.
 */
export class Committer {
  readonly lease: Lease;
  /** The one in which this server leads; 0: it follows. */
  epoch = 0;
  failure: Error | undefined;
  /** Bytes that are not sent yet. */
  unsent = 0;
  onCommitted: () => void = () => {};
  onUnsent: () => void = () => {};
  onFailure: (reason: Error) => void = () => {};

  readonly #session: Session;
  readonly #frontier: Frontier;
  readonly #timing: Timing;
  readonly #options: CommitterOptions;
  /** The epoch's beginning is committed, and with it all before. */
  #raisedAt: Position = 0;
  /** Not committed: the first may be in flight, the last may grow. */
  #batches: GrowingBatch[] = [];
  #isBusy = false;
  readonly #gathering: Gathering;
  #isScheduled = false;
  #isClosed = false;
  #trim: Order | undefined;
  #handOver: Order | undefined;

  constructor(options: CommitterOptions) {
    const { session, frontier, timing, leaseMs } = options;
    this.#session = session;
    this.#frontier = frontier;
    this.#timing = timing;
    this.#options = options;
    this.lease = new Lease(timing, leaseMs);
    this.#gathering = new Gathering(timing, () => this.#schedule());
  }

  lead({ epoch, sentAt, position }: Raised): void {
    this.epoch = epoch;
    this.#raisedAt = position;
    this.lease.acknowledged(sentAt);
    this.#timing.after(this.#options.leaseMs / 3, this.#beat);
  }

  /** Where the next record goes. */
  get end(): Position {
    return this.#batches.at(-1)?.end ?? this.#frontier.position;
  }

  /** The batch to which the next record goes: the last one, while it grows and does not come to more than `most` bytes. */
  batchFor(size: number, most: number, segment: number, isSegment: boolean): GrowingBatch {
    let batch = this.#batches.at(-1);
    if (batch === undefined || batch.sealed !== undefined || isSegment || batch.length + size > most) {
      batch = new GrowingBatch(this.end, segment, isSegment);
      this.#batches.push(batch);
    }
    this.unsent += size;
    this.#schedule();
    return batch;
  }

  when<T>(completion: Completion<T>, value: T): void {
    const batch = this.#batches.at(-1);
    if (this.failure !== undefined) completion.reject(this.failure);
    // Sent later, so that its commit tells that this server still led now.
    else if (batch !== undefined && batch.sealed === undefined) batch.waiting.add(completion, value);
    else if (batch === undefined && this.lease.isCertain) completion.resolve(value);
    else {
      this.lease.ask(completion, value);
      this.#goOn();
    }
  }

  /** All that was appended has to be committed. */
  trim(to: Position, segment: number): Promise<void> {
    const { epoch } = this;
    return new Promise((resolve, reject) => {
      const say = (known: Position): LeaderStatement => ({ kind: 'trim', epoch, known, to, segment });
      this.#trim = { say, done: { resolve, reject } };
      this.#goOn();
    });
  }

  /** Commits all that was appended, and then says who may lead next; this server leads no more. */
  handOver(successor: string): Promise<void> {
    const { epoch } = this;
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) {
        reject(this.failure);
        return;
      }
      const say = (known: Position): LeaderStatement => ({ kind: 'handOver', epoch, known, successor });
      this.#handOver = { say, done: { resolve, reject } };
      this.#goOn();
    });
  }

  get isHandingOver(): boolean {
    return this.#handOver !== undefined;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Nothing is acknowledged any more, for ever. */
  fail(reason: Error): void {
    if (this.failure !== undefined) return;
    this.failure = reason;
    const batches = this.#batches;
    this.#batches = [];
    this.lease.reject(reason);
    for (const { waiting } of batches) waiting.reject(reason);
    this.#trim?.done.reject(reason);
    this.#handOver?.done.reject(reason);
    this.onFailure(reason);
  }

  /** At the end of the turn. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#timing.after(0, this.#turnEnds);
  }

  readonly #turnEnds = (): void => {
    this.#isScheduled = false;
    this.#goOn();
  };

  /** Says the next thing to the database. */
  #goOn(): void {
    if (this.#isBusy || this.#isClosed || this.failure !== undefined) return;
    const trim = this.#trim;
    if (trim !== undefined)
      this.#obey(trim, () => {
        this.#trim = undefined;
      });
    else if (this.#batches.length > 0) this.#sendWhenGathered(this.#batches[0] as GrowingBatch);
    else if (this.#handOver !== undefined) this.#leave(this.#handOver);
    // After a commit that took long it is in doubt from the beginning, and refuses what comes.
    else if (this.lease.isInDoubt || !this.lease.isCertain) this.#sayBeat();
  }

  /** A batch behind which another one grows has all that it may have. */
  #sendWhenGathered(batch: GrowingBatch): void {
    if (this.#batches.length > 1 || !this.#gathering.putsOff(batch.waiting.size)) this.#send(batch);
  }

  #send(batch: GrowingBatch): void {
    const { clock, random, syncs } = this.#options;
    const { epoch, known } = this;
    const started = this.#timing.now;
    const sealed = batch.seal(Math.floor(random() * 2 ** 53), epoch, clock());
    this.unsent -= batch.length;
    this.#perform({ kind: 'append', epoch, known, batch: sealed }, () => {
      const commitMs = this.#timing.now - started;
      syncs.add(commitMs);
      this.#batches.shift();
      this.#frontier.pass(sealed);
      this.#gathering.begin(batch.waiting.size + (this.#batches[0]?.waiting.size ?? 0), commitMs);
      batch.waiting.resolve();
      this.onCommitted();
    });
    this.onUnsent();
  }

  #obey({ say, done }: Order, obeyed: () => void): void {
    this.#perform(say(this.known), () => {
      obeyed();
      done.resolve();
    });
  }

  /** From the sending on somebody else may lead at any moment. */
  #leave({ say, done }: Order): void {
    this.lease.giveUp();
    this.#isBusy = true;
    this.#session.perform(say(this.known), (result) => {
      this.#handOver = undefined;
      // That somebody leads is what it was about.
      if (typeof result === 'number' || result instanceof DeposedError) done.resolve();
      else done.reject(result);
      this.fail(typeof result === 'number' ? new DeposedError('this server has handed over') : result);
    });
  }

  #sayBeat(): void {
    this.#perform({ kind: 'beat', epoch: this.epoch, known: this.known }, () => {});
  }

  /** A leader says every third of a lease that it is there. */
  readonly #beat = (): void => {
    if (this.#isClosed || this.failure !== undefined) return;
    this.#timing.after(this.#options.leaseMs / 3, this.#beat);
    if (!this.#isBusy) this.#sayBeat();
    else {
      if (this.#session.appendingMs >= this.#options.leaseMs / LONG) this.#beatBeside();
      // Who waits for space hears that there will be none.
      if (!this.lease.isCertain) this.onUnsent();
    }
  };

  /** A batch that takes long on its way says nothing until all of it is there. */
  #beatBeside(): void {
    this.#session.beatBeside({ kind: 'beat', epoch: this.epoch, known: this.known }, (sentAt) => {
      if (this.failure !== undefined) return;
      this.lease.renewed(sentAt);
      this.onUnsent();
    });
  }

  /** All before it is committed for certain. */
  get known(): Position {
    return Math.max(this.#raisedAt, this.#frontier.position);
  }

  #perform(statement: LeaderStatement, committed: () => void): void {
    this.#isBusy = true;
    this.lease.sent();
    this.#session.perform(statement, (result) => {
      if (typeof result !== 'number') {
        this.fail(result);
        return;
      }
      if (this.failure !== undefined) return;
      this.lease.acknowledged(result);
      committed();
      this.lease.answer();
      this.#isBusy = false;
      this.#goOn();
      this.onUnsent();
    });
  }
}
