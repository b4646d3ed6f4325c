import { randomInt } from 'node:crypto';
import { DatabaseError } from '../../../../shared/errors.ts';
import type { Completion } from '../../completion.ts';
import { Histogram } from '../../histogram.ts';
import type { Event } from '../../state/events.ts';
import type { MessageRecord } from '../codec/message-record.ts';
import { sizeOf } from '../codec/sizes.ts';
import { LiveBytes } from '../live-bytes.ts';
import type { Events, IsLive, Level, Position, Range, SpaceKind } from '../log.ts';
import { SegmentList } from '../segment-list.ts';
import { SpaceBound } from '../space-bound.ts';
import { type ClusterLog, DeposedError, type Leadership, LostRecordsError } from './cluster-log.ts';
import { Committer } from './committer.ts';
import { Election } from './election.ts';
import { Frontier } from './frontier.ts';
import { ANYBODY, type LogDatabase, type Row, type Timing } from './log-database.ts';
import { Reader } from './reader.ts';
import { Records } from './records.ts';
import { Session, whyDeposed } from './session.ts';

const LEASE_MS = 5000;
const SEGMENT_SIZE = 64 * 1024 * 1024;
/** Most bytes of a batch, and of those that carry a checkpoint or survivors: others wait behind it. */
const BATCH_SIZE = 4 * 1024 * 1024;
const SMALL_BATCH_SIZE = 1024 * 1024;

export interface ReplicatedLogOptions {
  /** The log closes it when it is closed. */
  readonly database: LogDatabase;
  readonly timing: Timing;
  /** This server: a new name at each start. */
  readonly member: string;
  /** Bytes of the log to keep in memory. */
  readonly cacheSize: number;
  /** Engine time, milliseconds since the epoch: each batch carries it. */
  readonly clock: () => number;
  readonly leaseMs?: number;
  /** Positions of a segment; what is larger gets a larger one. */
  readonly segmentSize?: number;
  /** Most bytes of a batch. */
  readonly batchSize?: number;
  /** Draws from [0, 1): the names of batches, and pauses. */
  readonly random?: () => number;
  /** Called when this server was the leader and is it no more, or the database has lost records. */
  readonly onFailure?: (reason: Error) => void;
}

/**
 * The log that a database keeps for a cluster of servers. docs/replicated.md tells what it promises.
 *
 * A follower replays again and again; `lead` makes it the leader, after which it replays what is left, and starts.
 */
export class ReplicatedLog implements ClusterLog {
  readonly live = new LiveBytes();
  readonly syncs = new Histogram();
  checkpointBytes = 0;
  onAdmit = (): void => {};
  onSegment = (): void => {};
  onWritten = (): void => {};

  readonly #options: ReplicatedLogOptions;
  readonly #segmentSize: number;
  readonly #batchSize: number;
  readonly #frontier = new Frontier();
  readonly #segments = new SegmentList();
  readonly #session: Session;
  readonly #election: Election;
  readonly #records: Records;
  readonly #reader: Reader;
  readonly #committer: Committer;
  readonly #bound: SpaceBound;
  /** How far the last segment may go. */
  #limit = 0;
  #isSegment = false;
  #isCheckpoint = false;
  /** Up to where the last replay told. */
  #told: Position = 0;
  #isStarted = false;
  #wasRefused = false;

  static open(options: ReplicatedLogOptions): ReplicatedLog {
    return new ReplicatedLog(options);
  }

  private constructor(options: ReplicatedLogOptions) {
    this.#options = options;
    const { database, timing, member, clock, leaseMs = LEASE_MS, random = drawn } = options;
    this.#segmentSize = options.segmentSize ?? SEGMENT_SIZE;
    this.#batchSize = options.batchSize ?? BATCH_SIZE;
    const frontier = this.#frontier;
    const segments = this.#segments;
    const { live, syncs } = this;
    const session = new Session(database, timing, member, frontier);
    this.#session = session;
    this.#election = new Election({ session, timing, member, leaseMs, random });
    this.#records = new Records(database, segments, options.cacheSize);
    this.#reader = new Reader({ session, frontier, records: this.#records, segments, live });
    this.#committer = new Committer({ session, frontier, timing, leaseMs, clock, random, syncs });
    this.#committer.onCommitted = () => {
      this.#records.committed(frontier.position);
      this.onWritten();
    };
    this.#committer.onUnsent = () => this.#tellAdmitted();
    this.#committer.onFailure = (reason) => {
      options.onFailure?.(reason);
      this.#tellAdmitted();
    };
    this.#bound = new SpaceBound(live, this.#segmentSize);
  }

  // Following.

  async replay(into: Events, from?: Position): Promise<Position> {
    this.#told = await this.#tell(into, from);
    return this.#told;
  }

  async lead(): Promise<void> {
    this.#committer.lead(await this.#election.win());
  }

  withdraw(): void {
    this.#election.withdraw();
  }

  get epoch(): number {
    return this.#committer.epoch;
  }

  get leadership(): Leadership {
    return this.#election.leadership;
  }

  get onLeadership(): () => void {
    return this.#election.onLeadership;
  }

  set onLeadership(told: () => void) {
    this.#election.onLeadership = told;
  }

  get applied(): Position {
    return this.#isStarted ? this.#frontier.position : this.#told;
  }

  get lag(): number {
    const { known = 0 } = this.#election.row ?? {};
    return this.#isStarted ? 0 : Math.max(0, known - this.#told);
  }

  get newestTime(): number {
    return this.#frontier.newestTime;
  }

  async start(): Promise<void> {
    if (this.epoch === 0) await this.lead();
    await this.#tell(NOBODY, this.#frontier.position);
    this.#isStarted = true;
    this.#begin(0);
    await this.flush();
  }

  // Appending.

  admit(_bytes: number, kind: SpaceKind): boolean {
    const most = kind === 'compaction' ? Math.min(SMALL_BATCH_SIZE, this.#batchSize) : this.#batchSize;
    if (this.#committer.unsent < most && !this.isStalled && !this.#committer.isHandingOver) return true;
    this.#wasRefused = true;
    return false;
  }

  get refusal(): Error | undefined {
    if (this.#committer.isHandingOver) return new DeposedError('this server is handing over to another one');
    return this.isStalled ? new DatabaseError('the database of the log does not answer') : undefined;
  }

  get isMakingSpace(): boolean {
    return this.refusal === undefined;
  }

  get isStalled(): boolean {
    return this.epoch > 0 && !this.#committer.lease.isCertain;
  }

  append(event: Event): Position {
    const size = sizeOf(event);
    if (this.end + size > this.#limit) this.#begin(size);
    const most = this.#isCheckpoint ? Math.min(SMALL_BATCH_SIZE, this.#batchSize) : this.#batchSize;
    const segment = this.#segments.newest?.number ?? 0;
    const batch = this.#committer.batchFor(size, most, segment, this.#isSegment);
    this.#isSegment = false;
    event.size = size;
    return batch.write(this.#records.blockAt(batch.end, size), event);
  }

  get end(): Position {
    return this.#committer.end;
  }

  get durable(): Position {
    return this.#frontier.position;
  }

  when<T>(_level: Level, completion: Completion<T>, value: T): void {
    this.#committer.when(completion, value);
  }

  whenCertain<T>(completion: Completion<T>, value: T): void {
    const isCertain = this.failure === undefined && this.#committer.lease.isCertain;
    if (isCertain) completion.resolve(value);
    else this.#committer.when(completion, value);
  }

  flush(): Promise<void> {
    return new Promise((resolve, reject) => this.when('durable', { resolve, reject }, undefined));
  }

  get failure(): Error | undefined {
    return this.#committer.failure;
  }

  handOver(successor: string | undefined): Promise<void> {
    return this.#committer.handOver(successor ?? ANYBODY);
  }

  // Records and space.

  find(position: Position, size: number): MessageRecord | undefined {
    return this.#records.find(position, size);
  }

  load(position: Position, size: number): Promise<MessageRecord> {
    return this.#records.load(position, size);
  }

  look(position: Position, size: number): Promise<MessageRecord> {
    return this.#records.look(position, size);
  }

  get bytes(): number {
    return this.end - this.oldest().from;
  }

  get compaction(): 'idle' | 'due' {
    const segments = this.#segments;
    if (segments.length < 2) return 'idle';
    const heads = segments.length * this.checkpointBytes;
    const isWasteful = this.#bound.isExceeded(this.bytes, 0, heads, segments);
    return isWasteful || this.live.of(this.oldest()) === 0 ? 'due' : 'idle';
  }

  oldest(): Range {
    const { end } = this;
    const { from, to } = this.#segments.oldest ?? { from: this.#frontier.position, to: end };
    return { from, to: Math.min(to, end) };
  }

  survivors(range: Range, isLive: IsLive): AsyncIterable<MessageRecord> {
    return this.#records.survivors(range, isLive);
  }

  async freeOldest(): Promise<void> {
    await this.flush();
    const { to } = this.oldest();
    await this.#committer.trim(to, this.#segments.at(to)?.number ?? 0);
    this.#reader.forget(to);
  }

  compactedInVain(): void {}

  details(): Iterable<readonly [name: string, value: string]> {
    const { epoch, applied, lag, failure, refusal } = this;
    return [
      ['journal_segments', String(this.#segments.length)],
      ['journal_bytes', String(this.bytes)],
      ['journal_live_bytes', String(this.live.total)],
      ['journal_written_bytes', String(this.#frontier.position)],
      ['journal_syncs', String(this.syncs.count)],
      ['journal_failure', failure?.message ?? 'none'],
      ['journal_refusal', refusal?.message ?? 'none'],
      ['cache_bytes', String(this.#records.bytes)],
      ['cluster_role', epoch > 0 ? 'leader' : 'follower'],
      ['cluster_epoch', String(this.leadership.epoch)],
      ['cluster_leader', this.leadership.leader],
      ['cluster_position', String(this.end)],
      ['cluster_applied', String(applied)],
      ['cluster_lag', String(lag)],
    ];
  }

  async close(): Promise<void> {
    try {
      if (this.failure === undefined && this.#isStarted) await this.flush();
    } finally {
      this.#committer.close();
      this.#election.close();
      this.#session.close();
      await this.#options.database.close();
    }
  }

  async #tell(into: Events, from: Position | undefined): Promise<Position> {
    // What is read was asked for before this server leads, if it does not now.
    const { epoch } = this;
    try {
      return await this.#reader.tell(into, from, (row) => this.#endOf(row, epoch));
    } catch (error) {
      if (this.epoch > 0 && (error instanceof LostRecordsError || error instanceof DeposedError)) {
        this.#committer.fail(error);
      }
      throw this.failure ?? error;
    }
  }

  /** Up to where a row says that there is anything for this server, which may have been deposed. */
  #endOf(row: Row, epoch: number): Position {
    const { failure } = this;
    if (failure !== undefined) throw failure;
    if (this.#isStarted) return this.#frontier.position;
    if (epoch === 0) return row.known;
    const deposed = whyDeposed(row, epoch, this.#options.member);
    if (deposed !== undefined) throw deposed;
    return row.position;
  }

  /** Begins the next segment, which has to have space for a record of `size` bytes. */
  #begin(size: number): void {
    const { end } = this;
    const { newest } = this.#segments;
    this.#segments.add(
      newest === undefined ? (this.#election.row?.trimmedSegment ?? 0) : newest.number + 1,
      end,
    );
    this.live.begin(end);
    this.#limit = end + Math.max(this.#segmentSize, 2 * this.checkpointBytes + size);
    this.#isSegment = true;
    this.#isCheckpoint = true;
    this.onSegment();
    this.#isCheckpoint = false;
  }

  #tellAdmitted(): void {
    if (!this.#wasRefused) return;
    this.#wasRefused = false;
    this.onAdmit();
  }
}

/** Who starts knows all that there is. */
const NOBODY: Events = {
  apply() {
    throw new Error('there is more to replay');
  },
};

function drawn(): number {
  return randomInt(2 ** 47) / 2 ** 47;
}
