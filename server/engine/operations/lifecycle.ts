import type { Origin, QueueName } from '../api.ts';
import { endCost } from '../costs.ts';
import type { Foundation } from '../foundation.ts';
import type { MessageRecord } from '../records.ts';
import { decodeAttributes, type LastRun } from '../state/attributes.ts';
import { NO_BYTES } from '../state/events.ts';
import type { Repeating } from '../state/job-index.ts';
import { MessageState } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import { NO_SETBACKS } from '../state/setbacks.ts';
import type { CronClock } from './cron-clock.ts';

/** Why a message failed that nobody took in time. */
export const EXPIRED = Buffer.from('it expired');

/**
 * How a message ends: it is gone, or its status stays, or it starts over at its next time, or it failed and is
 * kept, or goes to the queue for dead letters. The caller has seen to space in the log.
 */
export class Lifecycle {
  readonly #base: Foundation;
  readonly #cron: CronClock;

  constructor(base: Foundation, cron: CronClock) {
    this.#base = base;
    this.#cron = cron;
  }

  /** Whether the end of a message takes its record: its status is kept, or it repeats. */
  needsRecord(slot: number): boolean {
    const { state, policies } = this.#base;
    if (state.jobIdOf(slot) === undefined) return false;
    return state.repeating.has(slot) || policies.of(state.queueOf(slot)).keepDoneMs > 0;
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
    const was = state.stateOf(slot);
    if (was === MessageState.failed) this.#remember(slot, record, false, record.error, NO_BYTES);
    else if (was !== MessageState.cancelled && state.repeating.has(slot))
      this.#repeat(slot, record, { isComplete: true, endedAt: clock(), error: '' });
    else this.#remember(slot, record, true, record.error, result);
  }

  /** A run that nobody took is discarded; the job goes on with its next time, if it repeats still. */
  skip(slot: number, record: MessageRecord): void {
    const { state, ledger } = this.#base;
    if (state.stateOf(slot) === MessageState.cancelled || !state.repeating.has(slot)) ledger.done(slot);
    else this.#repeat(slot, record);
  }

  /** It has failed for the last time, with so many deaths. */
  fail(slot: number, record: MessageRecord, error: Buffer, deaths: number): void {
    const { state, ledger, clock } = this.#base;
    const attributes = { ...state.leases.lastAttempt(slot), deaths, diedSilently: false };
    const deadLetterTo = this.#deadLetterTo(state.queueOf(slot));
    const repeats = state.repeating.has(slot);
    if (deadLetterTo !== undefined) {
      this.#deadLetter(slot, record, deadLetterTo, error);
    } else {
      const changes = { state: MessageState.failed, time: clock(), error, attributes };
      if (repeats) ledger.copy(slot, record, changes);
      else ledger.change(slot, record, changes);
    }
    if (repeats) this.#repeat(slot, record, { isComplete: false, endedAt: clock(), error: error.toString() });
  }

  /** Nobody took it in time. */
  expire(slot: number, record: MessageRecord | undefined): void {
    const { state, ledger } = this.#base;
    const deadLetterTo = this.#deadLetterTo(state.queueOf(slot));
    if (record === undefined) ledger.done(slot);
    else if (deadLetterTo !== undefined) this.#deadLetter(slot, record, deadLetterTo, EXPIRED);
    else if (this.needsRecord(slot)) this.#remember(slot, record, false, EXPIRED, NO_BYTES);
    else ledger.done(slot);
  }

  /**
   * Moves to the queue for dead letters. The records are in an order in which each of them may be the last that a crash
   * leaves: a message may then be there twice, but never nowhere.
   */
  #deadLetter(slot: number, record: MessageRecord, to: QueueName, error: Buffer): void {
    const { state, ledger, policies, clock } = this.#base;
    const queue = state.queueOf(slot);
    const target = ledger.openQueue(to);
    target.use();
    const { ttlMs } = policies.of(target);
    const changes = {
      state: MessageState.ready,
      queue: target.number,
      time: 0,
      error,
      attempts: 0,
      expires: ttlMs === 0 ? 0 : Math.ceil((clock() + ttlMs) / 1000),
    };
    const jobId = state.jobIdOf(slot);
    const lastAttempt = state.leases.lastAttempt(slot);
    const origin = this.#origin(slot, record);
    if (state.repeating.has(slot)) {
      ledger.copy(slot, record, { ...changes, attributes: { ...lastAttempt, origin } });
      return;
    }
    const attempts = state.attemptsOf(slot);
    ledger.change(slot, record, {
      ...changes,
      attributes: { ...lastAttempt, ...NO_SETBACKS, jobId: '', recurrence: undefined, origin },
    });
    const { keepDoneMs } = policies.of(queue);
    if (jobId === undefined || keepDoneMs === 0) return;
    const end = { isComplete: false, endedAt: clock() };
    const status = {
      state: MessageState.ended,
      queue: queue.number,
      time: clock() + keepDoneMs,
      expires: 0,
      error,
      attempts,
      attributes: { ...lastAttempt, jobId, end },
      body: NO_BYTES,
    };
    ledger.copy(slot, record, status, state.orderOf(slot));
  }

  /** Where a dead letter comes from: of one that went through several queues it is the first. */
  #origin(slot: number, record: MessageRecord): Origin {
    const { state, clock } = this.#base;
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
      failedAt: clock(),
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
    const attributes = { ...state.leases.lastAttempt(slot), ...NO_SETBACKS };
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
  #remember(slot: number, record: MessageRecord, isComplete: boolean, error: Buffer, result: Buffer): void {
    const { state, ledger, policies, clock } = this.#base;
    const { keepDoneMs } = policies.of(state.queueOf(slot));
    if (keepDoneMs === 0) {
      ledger.done(slot);
      return;
    }
    // What is taken from the failed set ended when it came there.
    const hasFailed = state.stateOf(slot) === MessageState.failed;
    const endedAt = hasFailed ? record.time : clock();
    ledger.change(slot, record, {
      state: MessageState.ended,
      time: clock() + keepDoneMs,
      error,
      expires: 0,
      attributes: {
        ...state.leases.lastAttempt(slot),
        recurrence: undefined,
        end: { isComplete, endedAt },
      },
      body: result,
    });
  }

  #deadLetterTo(queue: Queue): QueueName | undefined {
    const { deadLetterTo } = this.#base.policies.of(queue);
    return deadLetterTo === queue.name ? undefined : deadLetterTo;
  }
}
