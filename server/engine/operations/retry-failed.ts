import type { Completion, QueueName } from '../api.ts';
import { type Core, stopping } from '../core.ts';
import { decodeAttributes } from '../state/attributes.ts';
import { at, MessageState, NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import { turn } from '../turn.ts';

/** Failed messages that are put back in one turn. */
const RETRIED_PER_TURN = 100;

/** A message that had failed, by its place and by what tells whether it is still the one there. */
interface Failed {
  readonly slot: number;
  readonly sequence: number;
}

/** Has failed messages tried again. */
export class Retries {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  retry(name: QueueName, jobId: string, delaySeconds: number, done: Completion<number>): void {
    if (this.#core.refuses(done)) return;
    const queue = this.#core.state.queues.get(name);
    const failed = queue === undefined ? [] : this.#failedOf(queue, jobId);
    if (queue === undefined || failed.length === 0) {
      done.resolve(0);
      return;
    }
    this.#retryAll(queue, failed, delaySeconds).then(
      (count) => this.#core.journal.committer.whenSynced(done, count),
      (problem: Error) => done.reject(problem),
    );
  }

  /** Puts these back as far as they are still there; how many that were. */
  async #retryAll(queue: Queue, failed: readonly Failed[], delaySeconds: number): Promise<number> {
    const { state, recorder, journal, clock, deliveries, due, losses } = this.#core;
    const time = clock() + delaySeconds * 1000;
    const target = delaySeconds > 0 ? MessageState.delayed : MessageState.ready;
    let count = 0;
    for (const { slot, sequence } of failed) {
      if (!this.#isFailed(slot, sequence)) continue;
      const size = state.table.page(slot).size[at(slot)] as number;
      let record = recorder.find(slot);
      if (record === undefined || !journal.hasRoom(size)) {
        const loaded = await recorder.load(slot).catch((problem: Error) => problem);
        await journal.room(size);
        if (this.#core.isStopping) throw stopping();
        // Somebody else took it meanwhile.
        if (!this.#isFailed(slot, sequence)) continue;
        if (loaded instanceof Error) {
          if (losses.settle(slot, sequence, loaded)) continue;
          throw loaded;
        }
        record = loaded;
      }
      // There is nothing left of it to try.
      if (record.attributesLength > 0 && decodeAttributes(record.attributes).isLost) continue;
      // As new: its time to live may be over, which says nothing about a job that somebody wants tried again.
      recorder.change(slot, record, { state: target, time, attempts: 0, expires: 0 });
      count++;
      due.watch();
      deliveries.serve(queue);
      if (count % RETRIED_PER_TURN > 0) continue;
      await turn();
      if (this.#core.isStopping) throw stopping();
    }
    return count;
  }

  /** All that have failed, in their order, or the job with this id. */
  #failedOf(queue: Queue, jobId: string): Failed[] {
    if (queue.failedCount === 0) return [];
    const { state } = this.#core;
    const slots = jobId === '' ? queue.failed.inOrder() : [state.failedJob(queue, jobId)];
    return slots
      .filter((slot) => slot !== NONE)
      .map((slot) => ({ slot, sequence: state.table.page(slot).sequence[at(slot)] as number }));
  }

  #isFailed(slot: number, sequence: number): boolean {
    const { table } = this.#core.state;
    if (!table.has(slot)) return false;
    const page = table.page(slot);
    return page.state[at(slot)] === MessageState.failed && page.sequence[at(slot)] === sequence;
  }
}
