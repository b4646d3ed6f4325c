import type { Origin, QueueName } from '../api.ts';
import type { Core } from '../core.ts';
import { NO_ERROR } from '../ledger.ts';
import { type MessageReader, messageSize } from '../log/codec/message-record.ts';
import { BATCH_HEADER_SIZE, DONE_SIZE, queueSize } from '../log/codec/record.ts';
import { decodeAttributes, MOST_ATTRIBUTES } from '../state/attributes.ts';
import type { Repeating } from '../state/job-index.ts';
import { at, MessageState } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';

const NO_BODY: Buffer = Buffer.alloc(0);
/** Why a message failed that nobody took in time. */
export const EXPIRED = Buffer.from('it expired');
/** Most bytes that a queue's name takes. */
const LONGEST_NAME = 250;

/**
 * How a message ends: it is gone, or its status stays, or it starts over at its next time, or it failed and is
 * kept. The caller has seen to room in the journal.
 */
export class Endings {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Whether the end of a message takes its record: its status is kept, or it repeats. */
  needsRecord(slot: number): boolean {
    const { state } = this.#core;
    if (!state.isJob(slot)) return false;
    return state.repeating.has(slot) || this.#core.policy(state.queueOf(slot)).keepDoneMs > 0;
  }

  /** Most bytes that the end of a message takes, with a text (its result, or why it failed) of that length. */
  size(slot: number, textLength: number): number {
    const { table } = this.#core.state;
    const record = (table.page(slot).size[at(slot)] as number) + MOST_ATTRIBUTES;
    // In place of the message there may be a copy in a new queue, and its status.
    return 2 * record + messageSize(textLength, 0) + BATCH_HEADER_SIZE + queueSize(LONGEST_NAME) + DONE_SIZE;
  }

  /** The end of a message of which nothing is to stay. */
  remove(slot: number): void {
    const { state, journal } = this.#core;
    const sequence = state.table.page(slot).sequence[at(slot)] as number;
    journal.appendDone(slot, sequence);
    state.done(slot, sequence);
  }

  /** It was taken, or is done. `record` where `needsRecord`. */
  complete(slot: number, record: MessageReader | undefined, result = NO_BODY): void {
    const { state } = this.#core;
    if (record === undefined || !this.needsRecord(slot)) {
      this.remove(slot);
      return;
    }
    const was = state.table.page(slot).state[at(slot)];
    if (was === MessageState.failed) this.#remember(slot, record, false, record.error, NO_BODY);
    else if (was !== MessageState.cancelled && state.repeating.has(slot)) this.#again(slot, record);
    else this.#remember(slot, record, true, record.error, result);
  }

  /** It has failed for the last time. */
  fail(slot: number, record: MessageReader, error: Buffer): void {
    const { state, recorder, clock, deliveries } = this.#core;
    const queue = state.queueOf(slot);
    const attributes = state.reservations.lastAttempt(slot);
    const deadLetterTo = this.#deadLetterTo(queue);
    const repeats = state.repeating.has(slot);
    let target: Queue | undefined;
    if (deadLetterTo !== undefined) {
      target = this.#bury(slot, record, deadLetterTo, error);
    } else {
      const changes = { state: MessageState.failed, time: clock(), error, attributes };
      if (repeats) recorder.copy(slot, record, changes);
      else recorder.change(slot, record, changes);
    }
    if (repeats) this.#again(slot, record);
    // Not before: whoever gets a message looks at its record, and this one is valid until the next is looked at.
    if (target !== undefined) deliveries.serve(target);
  }

  /** Nobody took it in time. */
  expire(slot: number, record: MessageReader): void {
    const { state, deliveries } = this.#core;
    const deadLetterTo = this.#deadLetterTo(state.queueOf(slot));
    if (deadLetterTo !== undefined) deliveries.serve(this.#bury(slot, record, deadLetterTo, EXPIRED));
    else if (this.needsRecord(slot)) this.#remember(slot, record, false, EXPIRED, NO_BODY);
    else this.remove(slot);
  }

  /** Whether the end of an expired message takes its record. */
  expiryNeedsRecord(slot: number): boolean {
    return this.needsRecord(slot) || this.#deadLetterTo(this.#core.state.queueOf(slot)) !== undefined;
  }

  /**
   * To the queue of the dead, which the caller serves. The records are in an order in which each of them may be the last that a crash leaves:
   * a message may then be there twice, but never nowhere.
   */
  #bury(slot: number, record: MessageReader, to: QueueName, error: Buffer): Queue {
    const { state, recorder, clock, sweep } = this.#core;
    const queue = state.queueOf(slot);
    const target = this.#core.openQueue(to);
    const page = state.table.page(slot);
    const { ttlMs } = this.#core.policy(target);
    const changes = {
      state: MessageState.ready,
      queue: target.number,
      time: 0,
      error,
      attempts: 0,
      expires: ttlMs === 0 ? 0 : Math.ceil((clock() + ttlMs) / 1000),
    };
    const repeats = state.repeating.has(slot);
    const jobId = page.jobId(at(slot));
    const lastAttempt = state.reservations.lastAttempt(slot);
    const origin = this.#origin(slot, record);
    const { keepDoneMs } = this.#core.policy(queue);
    if (repeats) {
      recorder.copy(slot, record, { ...changes, attributes: { ...lastAttempt, origin } });
    } else {
      const attempts = page.attempts[at(slot)] as number;
      recorder.change(slot, record, {
        ...changes,
        attributes: { ...lastAttempt, jobId: '', recurrence: undefined, origin },
      });
      if (jobId !== undefined && keepDoneMs > 0) {
        const ending = { isComplete: false, endedAt: clock() };
        const status = {
          state: MessageState.finished,
          queue: queue.number,
          time: clock() + keepDoneMs,
          expires: 0,
          error,
          attempts,
          attributes: { ...lastAttempt, jobId, ending },
          body: NO_BODY,
        };
        recorder.copy(slot, record, status, page.sequence[at(slot)]);
        this.#core.due.watch();
      }
    }
    if (changes.expires > 0) sweep.watch();
    return target;
  }

  /** Where a dead letter comes from: of one that went through several queues it is the first. */
  #origin(slot: number, record: MessageReader): Origin {
    const { state, clock } = this.#core;
    const page = state.table.page(slot);
    const { name } = state.queueOf(slot);
    const { origin, heldBy } = {
      ...decodeAttributes(record.attributes),
      ...state.reservations.lastAttempt(slot),
    };
    // What was put back there has failed anew.
    if (origin !== undefined && origin.queue !== name) return origin;
    return {
      queue: name,
      jobId: page.jobId(at(slot)) ?? origin?.jobId ?? '',
      attempts: page.attempts[at(slot)] as number,
      failedAt: clock(),
      heldBy,
    };
  }

  /** Until its next time. */
  #again(slot: number, record: MessageReader): void {
    const { state, recorder, due } = this.#core;
    const { recurrence } = state.repeating.get(slot) as Repeating;
    const time = this.#core.nextTime(recurrence);
    if (time === Number.POSITIVE_INFINITY) {
      this.remove(slot);
      return;
    }
    const attributes = state.reservations.lastAttempt(slot);
    recorder.change(slot, record, {
      state: MessageState.delayed,
      time,
      error: NO_ERROR,
      attempts: 0,
      attributes,
    });
    this.#core.adjust(slot);
    due.watch();
  }

  /** What is left of a job is its status, for a time. */
  #remember(slot: number, record: MessageReader, isComplete: boolean, error: Buffer, result: Buffer): void {
    const { state, recorder, clock, due } = this.#core;
    const { keepDoneMs } = this.#core.policy(state.queueOf(slot));
    if (keepDoneMs === 0) {
      this.remove(slot);
      return;
    }
    // What is taken from the failed set ended when it came there.
    const hasFailed = state.table.page(slot).state[at(slot)] === MessageState.failed;
    const endedAt = hasFailed ? record.time : clock();
    recorder.change(slot, record, {
      state: MessageState.finished,
      time: clock() + keepDoneMs,
      error,
      expires: 0,
      attributes: {
        ...state.reservations.lastAttempt(slot),
        recurrence: undefined,
        ending: { isComplete, endedAt },
      },
      body: result,
    });
    due.watch();
  }

  #deadLetterTo(queue: Queue): QueueName | undefined {
    const { deadLetterTo } = this.#core.policy(queue);
    return deadLetterTo === queue.name ? undefined : deadLetterTo;
  }
}
