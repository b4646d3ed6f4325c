import type { Bounds } from '../codec/bounds.ts';
import type { Signature } from '../codec/signature.ts';
import type { Position } from '../log.ts';

/** A place where the log is not what was written. */
export interface Damage {
  readonly segment: number;
  readonly path: string;
  /** Of its beginning, in the whole log. */
  readonly position: Position;
  /** What can be read goes on at `end`. */
  readonly offset: number;
  readonly end: number;
  /** Of records: what is known to have been there; there was no more if `isAll`. */
  readonly bytes: number;
  readonly isAll: boolean;
  readonly what: DamageKind;
}

/** `bounds`: what is on record of the log as a whole. */
export type DamageKind = 'header' | 'records' | 'file' | 'cut' | 'bounds';

export interface SegmentFigures {
  readonly number: number;
  readonly path: string;
  /** Where it begins in the whole log. */
  readonly from: Position;
  /** Bytes of the file, and of the records in it. */
  readonly bytes: number;
  readonly end: number;
  readonly records: number;
  /** When the first and the last of its messages were enqueued, milliseconds since the epoch; 0 where it has none. */
  readonly earliest: number;
  readonly latest: number;
}

export interface Spare {
  readonly path: string;
  readonly bytes: number;
  readonly number: number;
  /** It was about to become a segment. */
  readonly hasHeader: boolean;
}

export interface Reading {
  readonly segments: readonly SegmentFigures[];
  /** Files that are ready to become a segment. */
  readonly spares: readonly Spare[];
  /** Ids and tokens below this may be in use, or were. */
  readonly nextId: number;
  /** Bytes behind the last segment's end that had been written but never acknowledged, and are left out. */
  readonly tornBytes: number;
  /** Engine time of the newest batch, milliseconds since the epoch; 0: not known. */
  readonly newest: number;
  /** Undefined when there was no log. */
  readonly signature: Signature | undefined;
  /** What is on record of the log as a whole; undefined in versions that had none. */
  readonly bounds: Bounds | undefined;
  /** Whether it was closed, and nothing has been written since. */
  readonly isClosed: boolean;
  /** The version of the last segment; 0 when there is none. */
  readonly version: number;
  /** Bytes that its file had when it began; 0: not known. */
  readonly capacity: number;
}

/**
 * What a log is read for, which says how the end of the last segment is taken. `start`: what was not known to be on the
 * disk is left out. `running`: a server is writing there. `all`: whatever can be read counts, and all bodies are
 * looked at.
 */
export type Purpose = 'start' | 'running' | 'all';

export interface ReadingRules {
  readonly purpose: Purpose;
  /** Called between what is told before a damage and what is told behind it, if it does not throw. */
  onDamage(damage: Damage): void;
  /** Called before a segment's events are told. */
  onSegment(number: number, from: Position): void;
  /**
   * Called before the events of a segment whose file is shorter than it was: something may be missing between any two of
   * them, without a trace where whole records are. It ends at `end`.
   */
  readonly onCut?: ((end: Position) => void) | undefined;
  /** Called before the last segment is read. */
  onLast?(number: number): void;
}
