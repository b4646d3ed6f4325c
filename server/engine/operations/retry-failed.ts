import { stopping } from '../admission.ts';
import type { QueueName } from '../api.ts';
import type { Completion } from '../completion.ts';
import type { Foundation } from '../foundation.ts';
import { decodeAttributes } from '../state/attributes.ts';
import { MessageState, NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import { turn } from '../turn.ts';
import type { Corrupt } from './corrupt.ts';
import type { Dispatcher } from './dispatcher.ts';

/** Failed messages that are put back in one turn. */
const RETRIED_PER_TURN = 100;

/** A message that had failed, by its place and by what tells whether it is still the one there. */
interface Failed {
  readonly slot: number;
  readonly order: number;
}

/** Has failed messages tried again. */
export class RetryFailed {
  readonly #base: Foundation;
  readonly #corrupt: Corrupt;
  readonly #dispatcher: Dispatcher;
  readonly #settle: () => void;

  /** `settle` is called behind each part of it. */
  constructor(base: Foundation, corrupt: Corrupt, dispatcher: Dispatcher, settle: () => void) {
    this.#base = base;
    this.#corrupt = corrupt;
    this.#dispatcher = dispatcher;
    this.#settle = settle;
  }

  retry(name: QueueName, jobId: string, delaySeconds: number, done: Completion<number>): void {
    const { state, ledger, admission } = this.#base;
    if (admission.refuses(done)) return;
    if (admission.mustQueue) {
      admission.wait(done, () => this.retry(name, jobId, delaySeconds, done));
      return;
    }
    const queue = state.queues.get(name);
    const failed = queue === undefined ? [] : this.#failedOf(queue, jobId);
    if (failed.length === 0) {
      ledger.whenDurable(done, 0);
      return;
    }
    this.#retryAll(failed, delaySeconds).then(
      (count) => {
        ledger.whenDurable(done, count);
        this.#settle();
      },
      (problem: Error) => done.reject(problem),
    );
  }

  /** Puts these back as far as they are still there; how many that were. */
  async #retryAll(failed: readonly Failed[], delaySeconds: number): Promise<number> {
    const { state, ledger, records, admission, clock } = this.#base;
    const time = clock() + delaySeconds * 1000;
    const target = delaySeconds > 0 ? MessageState.delayed : MessageState.ready;
    let count = 0;
    for (const { slot, order } of failed) {
      if (!this.#isFailed(slot, order)) continue;
      const size = state.sizeOf(slot);
      let record = records.find(slot);
      if (record === undefined || !admission.admits(size)) {
        const loaded = await records.load(slot).catch((problem: Error) => problem);
        await admission.space(size, 'message');
        if (admission.isStopping) throw stopping();
        // Somebody else took it meanwhile.
        if (!this.#isFailed(slot, order)) continue;
        if (loaded instanceof Error) {
          await this.#corrupt.settled(slot, order, loaded);
          continue;
        }
        record = loaded;
      }
      // There is nothing left of it to try.
      if (record.attributesLength > 0 && decodeAttributes(record.attributes).isLost) continue;
      // As new: its time to live may be over, which says nothing about a job that somebody wants tried again.
      ledger.change(slot, record, { state: target, time, attempts: 0, expires: 0 });
      this.#dispatcher.drain();
      count++;
      if (count % RETRIED_PER_TURN > 0) continue;
      this.#settle();
      await turn();
      if (admission.isStopping) throw stopping();
    }
    return count;
  }

  /** All that have failed, in their order, or the job with this id. */
  #failedOf(queue: Queue, jobId: string): Failed[] {
    if (queue.failedCount === 0) return [];
    const { state } = this.#base;
    const slots = jobId === '' ? queue.failed.inOrder() : [state.failedJob(queue, jobId)];
    return slots.filter((slot) => slot !== NONE).map((slot) => ({ slot, order: state.orderOf(slot) }));
  }

  #isFailed(slot: number, order: number): boolean {
    const { state } = this.#base;
    return state.holds(slot, order) && state.stateOf(slot) === MessageState.failed;
  }
}
