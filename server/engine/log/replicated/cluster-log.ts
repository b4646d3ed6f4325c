import { MemqError, TryLaterError } from '../../../../shared/errors.ts';
import type { Log, Position } from '../log.ts';

/** Who leads, as far as a server has seen. */
export interface Leadership {
  /** 0: nobody ever did. */
  readonly epoch: number;
  /** The member that leads; '' for none. */
  readonly leader: string;
  /** Whether it has been silent for longer than a lease, so that another one may lead at any moment. */
  readonly isSilent: boolean;
}

/**
 * A log that several servers share. Life: it follows (`replay` again and again) until `lead` resolves; then `replay` once
 * more, which tells the rest, `start`, and appends. When it is deposed it has failed, for ever, like any log.
 */
export interface ClusterLog extends Log {
  /** Waits until this server may lead, and leads. Never resolves once the log is closed. */
  lead(): Promise<void>;
  /** This server is no candidate any more: `lead` never resolves from now on, if it has not yet. */
  withdraw(): void;
  /** The epoch in which this server leads; 0: it follows. */
  readonly epoch: number;
  /** As read last; it is looked at with every replay, and with every beat. */
  readonly leadership: Leadership;
  /** `leadership` has changed. */
  onLeadership: () => void;
  /** All before it was told by the last replay, or appended and committed. */
  readonly applied: Position;
  /** Bytes that are committed and were not told yet, as far as is known. */
  readonly lag: number;
  /** Engine time of the newest batch that was told, milliseconds; 0: there was none. */
  readonly newestTime: number;
  /** Whether the database has not committed anything for half a lease, so that nothing is admitted. */
  readonly isStalled: boolean;
  /**
   * Says who may lead next, or that anybody may, once all is committed that was appended. The log appends nothing after.
   */
  handOver(successor: string | undefined): Promise<void>;
}

/** What was told is not there any more, or something else is: the database has lost what it had acknowledged. */
export class LostRecordsError extends MemqError {
  readonly code = 'LOST_RECORDS';
}

/** Another server leads, or is about to: what was not committed here never will be, as far as this one can tell. */
export class DeposedError extends TryLaterError {
  override readonly code = 'DEPOSED';
}

/** There is an event in the log that this version cannot read: another server is newer. */
export class UnknownEventError extends MemqError {
  readonly code = 'UNKNOWN_EVENT';
}
