import type { Position } from '../position.ts';

/** What one statement appends. */
export interface Batch {
  /** Its own, below 2^53: two batches that say the same are not the same. */
  readonly id: number;
  readonly position: Position;
  readonly length: number;
  /** The epoch of the leader that appended it. */
  readonly epoch: number;
  /** Engine time of its leader, milliseconds since the epoch of the clocks. */
  readonly time: number;
  /** The number of its segment; the segment begins with it where `isSegment`. */
  readonly segment: number;
  readonly isSegment: boolean;
  /** Records, one behind the other, as the codec writes them: without CRCs. */
  readonly bytes: Buffer;
}

/** In place of a successor: whoever comes may lead at once. No member has that name. */
export const ANYBODY = '*';

/** The row of a cluster, by which everything is decided. */
export interface Row {
  /** Ascends with each leader; 0: there was none yet. */
  readonly epoch: number;
  /** The member that leads; '' for none. */
  readonly leader: string;
  /** The member that may lead next, before any other; '' for none, `ANYBODY` where the leader has gone without naming one. */
  readonly successor: string;
  /** Where the next batch goes. */
  readonly position: Position;
  /** Counts what the leader says to be alive. */
  readonly beat: number;
  /** All before it was trimmed; a segment begins there. */
  readonly trimmed: Position;
  /** The number of the segment that begins there. */
  readonly trimmedSegment: number;
  /** All before it is committed for certain, as the leader knew when it wrote last. */
  readonly known: Position;
}

/** By which the others know that a leader is there. */
export interface Beat {
  readonly kind: 'beat';
  readonly epoch: number;
  readonly known: Position;
}

/** What a leader says, where its epoch is still the row's. `append`: and where the row's position is that of the batch. `trim`: and
 * where less is trimmed, since one that comes late may not take back what a later one has said. */
export type LeaderStatement =
  | { readonly kind: 'append'; readonly epoch: number; readonly known: Position; readonly batch: Batch }
  | Beat
  | {
      readonly kind: 'trim';
      readonly epoch: number;
      readonly known: Position;
      readonly to: Position;
      readonly segment: number;
    }
  | {
      readonly kind: 'handOver';
      readonly epoch: number;
      readonly known: Position;
      readonly successor: string;
    };

/** One statement, whose condition and effect are one. `raise`: where nothing has changed since the row was seen. */
export type Statement =
  | LeaderStatement
  | { readonly kind: 'raise'; readonly seen: Row; readonly leader: string };

/**
 * How a statement ends. `committed`: as many copies have it as the database promises. `warned`: done, but only this copy
 * is certain to have it. `unchanged`: its condition does not hold. `failed`: a conflict; nothing is done. `lost`: the
 * connection is, and nobody knows.
 */
export type End = 'committed' | 'warned' | 'unchanged' | 'failed' | 'lost';

/** What is there now: on this copy, committed or not. */
export interface Contents {
  readonly row: Row;
  /** Over which connection that was read: numbers ascend with each new one. */
  readonly connection: number;
  /**
   * Those that begin at the asked position or behind it, in order, at most so many as were asked for; fewer, but one, where
   * they have many bytes.
   */
  readonly batches: readonly Batch[];
}

/**
 * The database that keeps the log of a cluster, as one of its servers sees it: one connection to the copy that accepts
 * writes, found anew whenever it is lost, and others beside it. It decides nothing about epochs; it says what happened.
 *
 * Every call is answered, once, never before it has returned. Nothing is said twice by itself.
 */
export interface LogDatabase {
  /**
   * Does a statement: over the connection of that number, where one is given (it is `lost` when there is another one by
   * now), else over the one there is, or the next one there will be.
   */
  execute(statement: Statement, connection: number | undefined, ended: (end: End) => void): void;
  /** Somebody is likely to raise the epoch in a moment: what is to be looked at before may be looked at now. */
  expectRaise(): void;
  /**
   * Beats past what is under way over the connection of that number: over another one, to the same copy. It waits for
   * nobody who has the row; `unchanged` then, as where the epoch is another one. It takes back nothing that is known.
   */
  beatBeside(beat: Beat, connection: number, ended: (end: End) => void): void;
  /** Reads the row, and so many batches from a position on; undefined when the connection was lost. */
  read(from: Position, most: number, done: (contents: Contents | undefined) => void): void;
  /**
   * Bytes of a segment from a record's position on, of whichever batches; fewer than were asked for where the segment has no
   * more. Rejects with TrimmedError where they are freed, else with the error of the database. It keeps nobody else waiting.
   */
  load(segment: number, position: Position, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** The time of a process, and what is to be done later. */
export interface Timing {
  /** Milliseconds since any moment: the larger of the monotonic clock and the time the machine is up. Never goes back. */
  readonly now: number;
  /** Has something done after so many milliseconds, or as soon after as can be; at the end of the turn for 0. */
  after(ms: number, run: () => void): void;
}
