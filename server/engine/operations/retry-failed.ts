import type { QueueName } from '../api.ts';
import type { Completion } from '../completion.ts';
import type { Foundation } from '../foundation.ts';
import type { MessageRecord } from '../records.ts';
import { decodeAttributes } from '../state/attributes.ts';
import { MessageState, NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import { NO_SETBACKS } from '../state/setbacks.ts';
import { turn } from '../turn.ts';
import type { Corrupt } from './corrupt.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { LongOperations } from './long-operations.ts';

/** Failed messages that are put back in one turn. */
const RETRIED_PER_TURN = 100;

/**
 * Has failed messages tried again. All of a queue are put aside first: there are none from then on, and they come back in
 * their order. When that ends early those that are left are failed messages again.
 */
export class RetryFailed {
  readonly #base: Foundation;
  readonly #corrupt: Corrupt;
  readonly #dispatcher: Dispatcher;
  readonly #longOperations: LongOperations;
  readonly #settle: () => void;

  /** `settle` is called behind each part of it. */
  constructor(
    base: Foundation,
    corrupt: Corrupt,
    dispatcher: Dispatcher,
    longOperations: LongOperations,
    settle: () => void,
  ) {
    this.#base = base;
    this.#corrupt = corrupt;
    this.#dispatcher = dispatcher;
    this.#longOperations = longOperations;
    this.#settle = settle;
  }

  /** False when what comes behind it has to wait for the answer. */
  retry(name: QueueName, jobId: string, delaySeconds: number, done: Completion<number>): boolean {
    const { state, ledger, admission } = this.#base;
    if (admission.refuses(done)) return true;
    const again = () => this.retry(name, jobId, delaySeconds, done);
    if (admission.mustQueue) {
      admission.wait(done, again);
      return false;
    }
    if (this.#longOperations.defers([name], done, again)) return false;
    const queue = state.queues.get(name);
    const one = queue === undefined || jobId === '' ? NONE : state.failedJob(queue, jobId);
    if (queue === undefined || (jobId === '' ? queue.failedCount === 0 : one === NONE)) {
      ledger.whenDurable(done, 0);
      return true;
    }
    const delayMs = delaySeconds * 1000;
    const retrying = jobId === '' ? this.#retryAll(queue, delayMs) : this.retryOne(one, delayMs);
    retrying.then(
      (result) => {
        ledger.whenDurable(done, Number(result));
        this.#settle();
      },
      (problem: Error) => done.reject(problem),
    );
    return false;
  }

  async #retryAll(queue: Queue, delayMs: number): Promise<number> {
    let count = 0;
    await this.#longOperations.run([queue.name], async () => {
      const { ledger, admission } = this.#base;
      const { ready } = ledger.putAside(queue, 'failed');
      try {
        for (let slot = NONE; ; ) {
          slot = ready.peek();
          if (slot === NONE) return;
          const now = this.#retryNow(slot, delayMs);
          const isBack = now ?? (await this.#retryLater(slot, delayMs));
          if (isBack) count++;
          else if (ready.peek() === slot) ledger.stay(slot);
          if (isBack && count % RETRIED_PER_TURN > 0) continue;
          this.#settle();
          await turn();
          if (admission.end !== undefined) throw admission.end;
        }
      } finally {
        ledger.takeBack(queue);
      }
    });
    return count;
  }

  /** Puts a failed message back; false where there is nothing left of it. Rejects where there is no space to be had. */
  async retryOne(slot: number, delayMs: number): Promise<boolean> {
    return this.#retryNow(slot, delayMs) ?? (await this.#retryLater(slot, delayMs));
  }

  /** The same; undefined where that has to wait. */
  #retryNow(slot: number, delayMs: number): boolean | undefined {
    const { state, records, admission } = this.#base;
    const record = records.find(slot);
    if (record === undefined || !admission.admits(state.sizeOf(slot))) return undefined;
    return this.#putBack(slot, record, delayMs);
  }

  /** The same with a record that comes from the disk, and space that has to be made. */
  async #retryLater(slot: number, delayMs: number): Promise<boolean> {
    const { state, records, admission } = this.#base;
    const order = state.orderOf(slot);
    const size = state.sizeOf(slot);
    const loaded = await records.load(slot).catch((problem: Error) => problem);
    await admission.space(size, 'message');
    if (admission.end !== undefined) throw admission.end;
    // Somebody else took it meanwhile.
    if (!state.holds(slot, order) || state.stateOf(slot) !== MessageState.failed) return false;
    if (loaded instanceof Error) {
      await this.#corrupt.settled(slot, order, loaded);
      return false;
    }
    return this.#putBack(slot, loaded, delayMs);
  }

  #putBack(slot: number, record: MessageRecord, delayMs: number): boolean {
    // There is nothing left of it to try.
    if (record.attributesLength > 0 && decodeAttributes(record.attributes).isLost) return false;
    const { ledger, clock } = this.#base;
    const state = delayMs > 0 ? MessageState.delayed : MessageState.ready;
    // As new: its time to live may be over, which says nothing about a job that somebody wants tried again.
    ledger.change(slot, record, {
      state,
      time: clock() + delayMs,
      attempts: 0,
      expires: 0,
      attributes: NO_SETBACKS,
    });
    this.#dispatcher.drain();
    return true;
  }
}
