import { type Completion, type FailRequest, IGNORED, MAX_ERROR_LENGTH, type QueueName } from '../engine.ts';
import { backoffMs } from '../policy.ts';
import { type Core, stopping } from './core.ts';
import { type MessageReader, messageSize } from './journal/message-record.ts';
import { at, MessageState, NONE } from './message-table.ts';
import type { Queue } from './queue.ts';
import { turn } from './turn.ts';

/** Failed messages that are put back in one turn. */
const RETRIED_PER_TURN = 100;

/** What becomes of reserved messages: done, given back, failed; and of failed ones, which may be tried again. */
export class Outcomes {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  complete(token: number, done: Completion<boolean>): void {
    const slot = this.#reserved(token, done, () => this.complete(token, done));
    if (slot === undefined) return;
    this.#core.state.queueOf(slot).acknowledged++;
    this.#core.finish(slot);
    this.#core.journal.committer.whenWritten(done, true);
  }

  release(token: number, counted: boolean, done: Completion<boolean>): void {
    const slot = this.#reserved(token, done, () => this.release(token, counted, done));
    if (slot === undefined) return;
    this.giveBack(slot, counted);
    this.#core.journal.committer.whenWritten(done, true);
  }

  extend(token: number, leaseMs: number, done: Completion<boolean>): void {
    const slot = this.#reserved(token, done, () => this.extend(token, leaseMs, done));
    if (slot === undefined) return;
    const { state, journal, clock, policyOf } = this.#core;
    if (state.reservationOf(slot).deadline === 0) {
      done.resolve(true);
      return;
    }
    const attempts = state.table.page(slot).attempts[at(slot)] as number;
    const lasts = leaseMs || policyOf(state.queueOf(slot).name).leaseMs;
    this.#core.reserve(slot, attempts, clock() + lasts, token);
    journal.committer.whenWritten(done, true);
  }

  fail(request: FailRequest, done: Completion<boolean>): void {
    const slot = this.#reserved(request.token, done, undefined);
    if (slot === undefined) return;
    const { state, journal, recorder, stalled } = this.#core;
    const error = cut(request.error);
    recorder.withRecord(
      slot,
      (record) => {
        if (state.slotOfToken(request.token) !== slot) {
          done.resolve(false);
        } else if (journal.hasRoomForOutcome(messageSize(error.length, record.bodyLength))) {
          this.#failed(slot, record, error, request.final);
          journal.committer.whenSynced(done, true);
        } else {
          stalled.add(done, () => this.fail({ ...request, error }, done));
        }
      },
      (problem) => done.reject(problem),
    );
  }

  /** A reserved message goes back where it was, or, after its last attempt, to the failed set. */
  giveBack(slot: number, counted: boolean): void {
    const { state, journal, policyOf, deliveries } = this.#core;
    const queue = state.queueOf(slot);
    const page = state.table.page(slot);
    const sequence = page.sequence[at(slot)] as number;
    const attempts = page.attempts[at(slot)] as number;
    if (counted && attempts >= policyOf(queue.name).maxAttempts) {
      const error = Buffer.from(`attempt ${attempts} ended without an answer`);
      this.fail({ token: state.reservationOf(slot).token, error, final: true }, IGNORED);
      return;
    }
    const kept = counted ? attempts : attempts - 1;
    journal.appendRelease(slot, sequence, kept);
    state.release(slot, sequence, kept);
    deliveries.serve(queue);
  }

  retryFailed(name: QueueName, delaySeconds: number, done: Completion<number>): void {
    if (this.#core.refuses(done)) return;
    const queue = this.#core.state.queues.get(name);
    if (queue === undefined || queue.failedCount === 0) {
      done.resolve(0);
      return;
    }
    this.#retryAll(queue, delaySeconds).then(
      (count) => this.#core.journal.committer.whenSynced(done, count),
      (problem: Error) => done.reject(problem),
    );
  }

  #failed(slot: number, record: MessageReader, error: Buffer, final: boolean): void {
    const { state, recorder, clock, policyOf, deliveries, due } = this.#core;
    const queue = state.queueOf(slot);
    const attempts = state.table.page(slot).attempts[at(slot)] as number;
    const { maxAttempts, backoff } = policyOf(queue.name);
    const now = clock();
    if (final || attempts >= maxAttempts) {
      recorder.change(slot, record, MessageState.failed, now, error, attempts);
      return;
    }
    const delay = backoffMs(backoff, attempts, Math.random());
    const target = delay > 0 ? MessageState.delayed : MessageState.ready;
    recorder.change(slot, record, target, now + delay, error, attempts);
    due.watch();
    deliveries.serve(queue);
  }

  /** Puts back as many failed messages as there are now; how many that were. */
  async #retryAll(queue: Queue, delaySeconds: number): Promise<number> {
    const { state, recorder, journal, clock, deliveries, due } = this.#core;
    const time = clock() + delaySeconds * 1000;
    const target = delaySeconds > 0 ? MessageState.delayed : MessageState.ready;
    let count = 0;
    for (let left = queue.failedCount; left > 0; left--) {
      const slot = queue.failed.peek();
      if (slot === NONE) break;
      const size = state.table.page(slot).size[at(slot)] as number;
      let record = recorder.find(slot);
      if (record === undefined || !journal.hasRoom(size)) {
        record = await recorder.load(slot);
        await journal.room(size);
        if (this.#core.isStopping) throw stopping();
        // Somebody else took it meanwhile.
        if (queue.failed.peek() !== slot || state.table.page(slot).sequence[at(slot)] !== record.sequence)
          continue;
      }
      recorder.change(slot, record, target, time, record.error, 0);
      count++;
      due.watch();
      deliveries.serve(queue);
      if (count % RETRIED_PER_TURN > 0) continue;
      await turn();
      if (this.#core.isStopping) throw stopping();
    }
    return count;
  }

  /**
   * The slot of a reservation; undefined when there is none, and the operation has been told, or when it has to
   * wait for room to be done `again`.
   */
  #reserved(token: number, done: Completion<boolean>, again: (() => void) | undefined): number | undefined {
    const { state, journal, stalled } = this.#core;
    if (this.#core.refuses(done)) return undefined;
    const slot = state.slotOfToken(token);
    if (slot === undefined) {
      done.resolve(false);
      return undefined;
    }
    if (again === undefined || journal.hasRoomForOutcome()) return slot;
    stalled.add(done, again);
    return undefined;
  }
}

/** An error text of at most the length that is kept, cut between two characters. */
function cut(text: Buffer): Buffer {
  let end = Math.min(text.length, MAX_ERROR_LENGTH);
  // UTF-8: at most three bytes, 80 to BF, continue a character (RFC 3629, section 3).
  for (let back = 0; back < 3 && end < text.length && ((text[end] as number) & 0xc0) === 0x80; back++) end--;
  return Buffer.from(text.subarray(0, end));
}
