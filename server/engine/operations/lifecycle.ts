import type { Origin, QueueName } from '../api.ts';
import { endCost } from '../costs.ts';
import { type Foundation, isScheduled } from '../foundation.ts';
import type { MessageRecord } from '../records.ts';
import { decodeAttributes, type End, type LastRun } from '../state/attributes.ts';
import { Count } from '../state/counters.ts';
import { NO_BYTES } from '../state/events.ts';
import type { Repeating } from '../state/job-index.ts';
import { MessageState } from '../state/message-table.ts';
import { NO_OWN_RULES } from '../state/own-rules.ts';
import type { Queue } from '../state/queue.ts';
import { NO_SETBACKS } from '../state/setbacks.ts';
import type { CronClock } from './cron-clock.ts';
import { type FailedAttempt, failedAttempt } from './failed-attempt.ts';

/** Why a message failed that nobody took in time. */
export const EXPIRED = Buffer.from('it expired');

/** How a job ends, or a run of one that repeats. */
export interface FullEnd extends LastRun {
  readonly result: Buffer;
}

/** Is told of the end of a message before it is on record; `end` is undefined where a run is only discarded. */
export type OnEnd = (slot: number, record: MessageRecord, end: FullEnd | undefined) => void;

/**
 * How a message ends: it is gone, or its status stays, or it starts over at its next time, or it failed and is
 * kept, or goes to the queue for dead letters. The caller has seen to space in the log.
 */
export class Lifecycle {
  readonly #base: Foundation;
  readonly #cron: CronClock;
  readonly #onEnd: OnEnd;

  constructor(base: Foundation, cron: CronClock, onEnd: OnEnd) {
    this.#base = base;
    this.#cron = cron;
    this.#onEnd = onEnd;
  }

  /** Whether the end of a message takes its record: its status is kept or waited for, or it repeats. */
  needsRecord(slot: number): boolean {
    const { state, policies } = this.#base;
    if (state.jobIdOf(slot) === undefined) return false;
    if (state.repeating.has(slot) || state.isAwaited(slot)) return true;
    return policies.of(state.queueOf(slot)).keepDoneMs > 0;
  }

  /** Whether the end of an expired message takes its record. */
  expiryNeedsRecord(slot: number): boolean {
    return this.needsRecord(slot) || this.#deadLetterTo(this.#base.state.queueOf(slot)) !== undefined;
  }

  /** Most bytes that the end of a message takes, with a text (its result, or why it failed) of that length. */
  cost(slot: number, textLength = 0): number {
    return endCost(this.#base.state.sizeOf(slot), textLength);
  }

  /** It was taken, or is done. `record` where `needsRecord`. */
  complete(slot: number, record: MessageRecord | undefined, result = NO_BYTES): void {
    const { state, ledger, clock } = this.#base;
    if (record === undefined || !this.needsRecord(slot)) {
      ledger.done(slot);
      return;
    }
    const endedAt = clock();
    this.#onEnd(slot, record, { state: 'complete', endedAt, error: '', result });
    // What is taken from the failed set ended when it came there.
    if (state.stateOf(slot) === MessageState.failed)
      this.#remember(slot, record, { state: 'failed', endedAt: record.time }, record.error);
    else if (state.repeating.has(slot)) this.#repeat(slot, record, { state: 'complete', endedAt, error: '' });
    else this.#remember(slot, record, { state: 'complete', endedAt }, record.error, result);
  }

  /** Whether the end of a job that is cancelled takes its record: its status is kept or waited for, or it is scheduled. */
  cancelNeedsRecord(slot: number): boolean {
    const { state, policies } = this.#base;
    if (state.jobIdOf(slot) === undefined) return false;
    if (isScheduled(this.#base, slot) || state.isAwaited(slot)) return true;
    return policies.of(state.queueOf(slot)).keepDoneMs > 0;
  }

  /**
   * It was cancelled at that time, and nobody holds it any more: of what is scheduled only this run is over. `record` where
   * `cancelNeedsRecord`.
   */
  cancel(slot: number, record: MessageRecord | undefined, cancelledAt: number): void {
    const end = { state: 'cancelled', endedAt: cancelledAt } as const;
    if (record === undefined || !this.cancelNeedsRecord(slot)) {
      this.#base.ledger.done(slot);
      return;
    }
    this.#onEnd(slot, record, { ...end, error: record.error.toString(), result: NO_BYTES });
    if (isScheduled(this.#base, slot)) this.#repeat(slot, record, { ...end, error: '' });
    else this.#remember(slot, record, end, record.error);
  }

  /** A run that nobody took is discarded; the job goes on with its next time, if it repeats still. */
  skip(slot: number, record: MessageRecord): void {
    const { state, ledger } = this.#base;
    if (!state.repeating.has(slot)) {
      ledger.done(slot);
      return;
    }
    this.#onEnd(slot, record, undefined);
    this.#repeat(slot, record);
  }

  /** It has failed for the last time, with so many deaths. */
  fail(slot: number, record: MessageRecord, error: Buffer, deaths: number): void {
    const { state, ledger, clock } = this.#base;
    const deadLetterTo = this.#deadLetterTo(state.queueOf(slot));
    const repeats = state.repeating.has(slot);
    const endedAt = clock();
    state.queueOf(slot).count(Count.failed);
    const attempt = failedAttempt(state, slot, record, error, endedAt);
    this.#onEnd(slot, record, failure(endedAt, error));
    if (deadLetterTo !== undefined) {
      this.#deadLetter(slot, record, deadLetterTo, error, endedAt, attempt);
    } else {
      const attributes = { ...attempt, deaths, diedSilently: false };
      const changes = { state: MessageState.failed, time: endedAt, error, attributes };
      if (repeats) ledger.copy(slot, record, changes);
      else ledger.change(slot, record, changes);
    }
    if (repeats) this.#repeat(slot, record, { state: 'failed', endedAt, error: error.toString() });
  }

  /** Nobody took it in time. */
  expire(slot: number, record: MessageRecord | undefined): void {
    const { state, ledger, clock } = this.#base;
    const deadLetterTo = this.#deadLetterTo(state.queueOf(slot));
    if (record === undefined) {
      ledger.done(slot);
      return;
    }
    const endedAt = clock();
    this.#onEnd(slot, record, failure(endedAt, EXPIRED));
    if (deadLetterTo !== undefined) this.#deadLetter(slot, record, deadLetterTo, EXPIRED, endedAt, {});
    else if (this.needsRecord(slot)) this.#remember(slot, record, { state: 'failed', endedAt }, EXPIRED);
    else ledger.done(slot);
  }

  /**
   * Moves to the queue for dead letters, by whose rules it begins anew. The records are in an order in which each of them may
   * be the last that a crash leaves: a message may then be there twice, but never nowhere.
   */
  #deadLetter(
    slot: number,
    record: MessageRecord,
    to: QueueName,
    error: Buffer,
    endedAt: number,
    lastAttempt: FailedAttempt,
  ): void {
    const { state, ledger, policies } = this.#base;
    const queue = state.queueOf(slot);
    const target = ledger.openQueue(to);
    queue.count(Count.deadLettered);
    target.use();
    const { ttlMs } = policies.of(target);
    const changes = {
      state: MessageState.ready,
      queue: target.number,
      time: 0,
      error,
      attempts: 0,
      expires: ttlMs === 0 ? 0 : Math.ceil((endedAt + ttlMs) / 1000),
    };
    const jobId = state.jobIdOf(slot);
    const origin = this.#origin(slot, record, endedAt);
    if (state.repeating.has(slot)) {
      ledger.copy(slot, record, { ...changes, attributes: { ...lastAttempt, ...NO_OWN_RULES, origin } });
      return;
    }
    const attempts = state.attemptsOf(slot);
    // Its next record takes what has ended without a word since this one; its status tells that as well.
    const history = lastAttempt.history ?? state.historyOf(slot, decodeAttributes(record.attributes).history);
    ledger.change(slot, record, {
      ...changes,
      attributes: {
        ...lastAttempt,
        ...NO_SETBACKS,
        ...NO_OWN_RULES,
        jobId: '',
        recurrence: undefined,
        origin,
      },
    });
    const { keepDoneMs } = policies.of(queue);
    if (jobId === undefined || keepDoneMs === 0) return;
    const end = { state: 'failed', endedAt } as const;
    const status = {
      state: MessageState.ended,
      queue: queue.number,
      time: endedAt + keepDoneMs,
      expires: 0,
      error,
      attempts,
      attributes: { ...lastAttempt, history, jobId, end },
      body: NO_BYTES,
    };
    ledger.copy(slot, record, status, state.orderOf(slot));
  }

  /** Where a dead letter comes from: of one that went through several queues it is the first. */
  #origin(slot: number, record: MessageRecord, failedAt: number): Origin {
    const { state } = this.#base;
    const { name } = state.queueOf(slot);
    const { origin, heldBy } = {
      ...decodeAttributes(record.attributes),
      ...state.leases.lastAttempt(slot),
    };
    // What was put back there has failed anew.
    if (origin !== undefined && origin.queue !== name) return origin;
    return {
      queue: name,
      jobId: state.jobIdOf(slot) ?? origin?.jobId ?? '',
      attempts: state.attemptsOf(slot),
      failedAt,
      heldBy,
    };
  }

  /** Waits for its next time. `lastRun`: how the run that is over ended, if it ran. */
  #repeat(slot: number, record: MessageRecord, lastRun?: LastRun): void {
    const { state, ledger } = this.#base;
    const { recurrence } = state.repeating.get(slot) as Repeating;
    const time = this.#cron.nextTime(recurrence);
    if (time === Number.POSITIVE_INFINITY) {
      ledger.done(slot);
      return;
    }
    const attributes = { ...state.leases.lastAttempt(slot), ...NO_SETBACKS, history: NO_BYTES };
    ledger.change(slot, record, {
      state: MessageState.delayed,
      time,
      error: NO_BYTES,
      attempts: 0,
      attributes: lastRun === undefined ? attributes : { ...attributes, lastRun },
    });
    this.#cron.adjust(slot);
  }

  /** What is left of a job is its status, for a time. */
  #remember(slot: number, record: MessageRecord, end: End, error: Buffer, result = NO_BYTES): void {
    const { state, ledger, policies, clock } = this.#base;
    const { keepDoneMs } = policies.of(state.queueOf(slot));
    if (keepDoneMs === 0) {
      ledger.done(slot);
      return;
    }
    ledger.change(slot, record, {
      state: MessageState.ended,
      time: clock() + keepDoneMs,
      error,
      expires: 0,
      attributes: {
        ...state.leases.lastAttempt(slot),
        recurrence: undefined,
        end,
      },
      body: result,
    });
  }

  #deadLetterTo(queue: Queue): QueueName | undefined {
    const { deadLetterTo } = this.#base.policies.of(queue);
    return deadLetterTo === queue.name ? undefined : deadLetterTo;
  }
}

function failure(endedAt: number, error: Buffer): FullEnd {
  return { state: 'failed', endedAt, error: error.toString(), result: NO_BYTES };
}
