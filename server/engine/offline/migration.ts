import type { Clock } from '../clock.ts';
import type { Log } from '../log/log.ts';
import { MessageState } from '../state/message-table.ts';
import type { State } from '../state/state-machine.ts';
import { fillLog, type LivingMessage } from './fill-log.ts';

/** All that a log has, which nobody changes meanwhile. */
export interface MigrationSource {
  /** To which all of the log was applied; nothing in it is discarded. A migration makes it that of the target. */
  readonly state: State;
  /** Engine time of the newest of it, milliseconds; 0: not known. */
  readonly newest: number;
  /** The messages that live, in the order of their records, each valid until the next one. */
  messages(): Iterable<LivingMessage> | AsyncIterable<LivingMessage>;
}

/** A log in the making, in which there is nothing. No server serves from it before it is whole. */
export interface MigrationTarget {
  readonly log: Log;
  /** All is in it. */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

export interface MigrationReport {
  readonly queues: number;
  readonly messages: number;
  /** Of jobs that have ended. */
  readonly statuses: number;
  /** Of records. */
  readonly bytes: number;
}

/** How far a migration is: of so many records so many are written. */
export type OnProgress = (written: number, all: number) => void;

/**
 * Writes all that lives in one log to another, and finishes that: durable when it resolves. Whoever serves from the target
 * serves as if from the source, after a restart. When it rejects, with the errors of either, nothing is left behind.
 */
export async function migrate(
  source: MigrationSource,
  target: MigrationTarget,
  onProgress: OnProgress = () => {},
): Promise<MigrationReport> {
  try {
    const report = await copy(source, target.log, timeBehind(source), onProgress);
    await target.finish();
    return report;
  } catch (error) {
    await target.abandon();
    throw error;
  }
}

/** Writes all that lives in one log to another, in which there is nothing: durable when it resolves. */
export async function copy(
  source: MigrationSource,
  target: Log,
  clock: Clock,
  onProgress: OnProgress = () => {},
): Promise<MigrationReport> {
  const { state } = source;
  const all = state.table.size;
  let messages = 0;
  let statuses = 0;
  let bytes = 0;
  await fillLog(target, state, source.messages(), clock, (slot, size) => {
    if (state.stateOf(slot) === MessageState.ended) statuses++;
    else messages++;
    bytes += size;
    onProgress(messages + statuses, all);
  });
  await target.flush();
  return { queues: state.queues.size, messages, statuses, bytes };
}

/** Engine time for the target: that of the clock, but never before the newest of the source. */
export function timeBehind({ newest }: MigrationSource, clock: Clock = Date.now): Clock {
  return () => Math.max(clock(), newest);
}
