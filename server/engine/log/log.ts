import type { Completion } from '../completion.ts';
import type { Histogram } from '../histogram.ts';
import type { Event } from '../state/events.ts';
import type { MessageRecord } from './codec/message-record.ts';
import type { LiveBytes } from './live-bytes.ts';
import type { Position, Range } from './position.ts';

export type { MessageRecord, Position, Range };

/**
 * What space is wanted for. A `message` leaves space for what happens to those that are there, an `event` leaves space
 * for compaction, which may use all of it.
 */
export type SpaceKind = 'message' | 'event' | 'compaction';

/**
 * How safe an answer has to be. `written`: it survives the end of this process. `durable`: it survives a power cut, as
 * far as the log is told to promise that. In a replicated log both mean committed.
 */
export type Level = 'written' | 'durable';

/** Who is told the events of a log, in their order. */
export interface Events {
  /** `event` is valid during the call only. */
  apply(event: Event, position: Position): void;
}

/** What a replay is to go on from was freed meanwhile: whoever follows begins anew, with the oldest. */
export class TrimmedError extends Error {}

/** Whether the record at a position is its message's last one. */
export type IsLive = (record: MessageRecord, position: Position) => boolean;

/**
 * A log of events: all that is kept of the queues. It knows bytes and events, and nothing of queues.
 *
 * Life: made by its own `open`; `replay` once from the beginning; `start`; then appends. A follower replays again and
 * again before it starts. A log that has failed or was deposed never recovers.
 */
export interface Log {
  /**
   * Whether `bytes` of records can be appended now. Else `onAdmit` is called once that may have changed. The bytes are
   * the sum of the records' sizes (codec/sizes.ts), those of batch headers included where there are many small ones.
   */
  admit(bytes: number, kind: SpaceKind): boolean;
  /** Why no more space can be had at the moment; it is tried again before long. */
  readonly refusal: Error | undefined;
  /**
   * Whether nothing gets on at all, and nobody knows for how long: who would wait is refused. False where there is only no
   * space, which comes back as messages go.
   */
  readonly isStalled: boolean;
  /** Whether an attempt to get more space is under way; `onAdmit` is called at its end. */
  readonly isMakingSpace: boolean;

  /** Gives an event its place, and its size. It cannot fail once it was admitted. */
  append(event: Event): Position;
  /** Where the next record goes, at the earliest: all that was appended lies before it. */
  readonly end: Position;
  /** All before it survives a power cut. */
  readonly durable: Position;
  /**
   * Resolves the completion with the value when all that was appended so far is that safe: at once when it is already.
   * Rejects when the log has failed or fails before.
   */
  when<T>(level: Level, completion: Completion<T>, value: T): void;
  /**
   * Resolves the completion with what was only looked at. That is at once, unless another server may have gone on from here,
   * and this one does not know: then when it does, or rejected when it has failed.
   */
  whenCertain<T>(completion: Completion<T>, value: T): void;
  /** Makes all that was appended durable, whatever the log is told to promise. Rejects when it has failed. */
  flush(): Promise<void>;
  /** Why nothing is acknowledged any more, for ever. */
  readonly failure: Error | undefined;

  /** The record of a message when it is in memory; valid until the next call. */
  find(position: Position, size: number): MessageRecord | undefined;
  /** The record of a message, brought into memory. Rejects with DamagedError, or with the error of disk or database. */
  load(position: Position, size: number): Promise<MessageRecord>;
  /**
   * The same for people who look on: it pushes nothing out of memory that clients have read or written, and takes the disk
   * for two reads at a time at most.
   */
  look(position: Position, size: number): Promise<MessageRecord>;

  /**
   * Tells the events that are there (in a replicated log: that are committed), in slices of a few ms, from the oldest
   * or from the position that the last replay resolved with; resolves with the position behind the last one, as it was
   * when this was called. Rejects with DamagedError where events that had been durable are not there any more, and with
   * TrimmedError where some were freed that had not been told.
   */
  replay(into: Events, from?: Position): Promise<Position>;
  /** Makes ready to append; calls `onSegment`. Rejects with the reason why it cannot. */
  start(): Promise<void>;

  /** Bytes that it takes altogether. */
  readonly bytes: number;
  /** Bytes of the records that still count, told by whoever holds the state. */
  readonly live: LiveBytes;
  /**
   * Whether the oldest stretch should be freed: `due` when the log takes more than twice what lives and two segments,
   * `urgent` when only that can give space.
   */
  readonly compaction: 'idle' | 'due' | 'urgent';
  /** The only stretch that can be freed: all later ones may speak of what is in it. */
  oldest(): Range;
  /**
   * The records of messages in a stretch of `oldest` that are alive, in their order, each valid until the next one is
   * asked for. Damaged ones are passed over.
   */
  survivors(range: Range, isLive: IsLive): AsyncIterable<MessageRecord>;
  /** Frees the oldest stretch, in which nothing lives any more, once all that was appended is durable. */
  freeOldest(): Promise<void>;
  /** Compaction has freed nothing: what was kept for it may be used, until there is more to be gained. */
  compactedInVain(): void;

  /** Most bytes of the events that `onSegment` appends. Whoever appends them keeps this true. */
  checkpointBytes: number;
  /** There may be space again after `admit` said no, or it is known why not. */
  onAdmit: () => void;
  /**
   * A segment begins: a checkpoint of all that is no message is to be appended, as ordinary events. Called by `start`, and
   * in the midst of an `append`, so that it needs an `Event` of its own.
   */
  onSegment: () => void;
  /** The records of a turn have been written. */
  onWritten: () => void;

  /** How long it takes to make things durable, each time; undefined where nothing is waited for. */
  readonly syncs: Histogram | undefined;
  /** Names and values for `stats`. */
  details(): Iterable<readonly [name: string, value: string]>;
  /** Makes everything durable and lets go of files, locks and connections. */
  close(): Promise<void>;
}
