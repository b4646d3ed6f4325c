import { QueueFullError } from '../../../shared/errors.ts';
import type { QueueName } from '../api.ts';
import type { Completion } from '../completion.ts';
import { COST_OF_ONE_AMONG_MANY, QUEUE_EVENT_COST, queueCost, SMALL_COST } from '../costs.ts';
import type { Foundation } from '../foundation.ts';
import { MessageState, NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import { turn } from '../turn.ts';
import type { LongOperations } from './long-operations.ts';

/** As many messages move by one event; more move one by one, so many in a turn. */
const MOVED_AT_ONCE = 1000;
const MOVED_PER_TURN = 1000;
/** Of one message: that it goes, and what becomes of a job over there that has its id. */
const COST_OF_ONE = 2 * COST_OF_ONE_AMONG_MANY;

/**
 * Has what waits in one queue wait in another. What is scheduled stays where the configuration says.
 *
 * Very many are put aside first: the queue answers at once as if it were empty of them, and the other one receives them in
 * their order. When the server ends in between, those that were not moved yet are where they were, and who asked has no
 * answer.
 */
export class Move {
  readonly #base: Foundation;
  readonly #longOperations: LongOperations;
  readonly #settle: () => void;
  readonly #maxQueues: number;

  /** `settle` is called behind each part of it. */
  constructor(base: Foundation, longOperations: LongOperations, settle: () => void, maxQueues: number) {
    this.#base = base;
    this.#longOperations = longOperations;
    this.#settle = settle;
    this.#maxQueues = maxQueues;
  }

  /** How many messages moved. */
  move(from: QueueName, to: QueueName, done: Completion<number>): void {
    const { state, ledger, admission } = this.#base;
    if (admission.refuses(done)) return;
    const again = () => this.move(from, to, done);
    if (this.#longOperations.defers(from, done, again) || this.#longOperations.defers(to, done, again))
      return;
    const source = state.queues.get(from);
    const scheduled = source === undefined ? [] : this.#scheduled(source);
    const count = source === undefined || from === to ? 0 : source.waitingCount - scheduled.length;
    if (source === undefined || count === 0) {
      if (admission.mustQueue) admission.wait(done, again);
      else ledger.whenDurable(done, 0);
      return;
    }
    source.use();
    if (source.waitingCount <= MOVED_AT_ONCE) {
      this.#moveAtOnce(source, to, count, done, again);
      return;
    }
    if (this.#longOperations.defersLong(from, done, again)) return;
    const target = this.#open(to, SMALL_COST, done, again);
    if (target === undefined) return;
    this.#longOperations
      .run([from, to], () => this.#moveInSlices(source, target, scheduled))
      .then(
        () => ledger.whenDurable(done, count),
        (problem: Error) => done.reject(problem),
      );
  }

  #moveAtOnce(
    source: Queue,
    to: QueueName,
    count: number,
    done: Completion<number>,
    again: () => void,
  ): void {
    const { ledger } = this.#base;
    const target = this.#open(to, source.waitingCount * COST_OF_ONE_AMONG_MANY, done, again);
    if (target === undefined) return;
    for (const slot of source.jobs === undefined ? [] : source.waiting()) this.#giveId(slot, target);
    ledger.move(source, target);
    ledger.whenDurable(done, count);
  }

  async #moveInSlices(source: Queue, target: Queue, scheduled: readonly number[]): Promise<void> {
    const { ledger, admission } = this.#base;
    const { aside } = ledger.putAside(source, 'waiting');
    if (aside === undefined) return;
    try {
      for (const slot of scheduled) ledger.stay(slot);
      for (let count = 1; ; count++) {
        const next = aside.ready.peek();
        const slot = next === NONE ? aside.delayed.head : next;
        if (slot === NONE) return;
        if (!admission.hasSpace(COST_OF_ONE)) {
          await admission.space(COST_OF_ONE, 'event');
          count = 0;
        } else {
          this.#giveId(slot, target);
          ledger.transfer(slot, target);
        }
        if (count % MOVED_PER_TURN > 0) continue;
        this.#settle();
        await turn();
        if (admission.end !== undefined) throw admission.end;
      }
    } finally {
      ledger.takeBack(source);
      this.#settle();
    }
  }

  /**
   * Sees to the id of a message that is about to move. Where a job over there has it, that one goes, if only its status is
   * left, or else the one that moves cannot keep its id.
   */
  #giveId(slot: number, target: Queue): void {
    const { state, ledger } = this.#base;
    const jobId = state.jobIdOf(slot);
    if (jobId === undefined || state.repeating.get(slot)?.recurrence.kind === 'cron') return;
    const other = state.slotOfJob(target, jobId);
    if (other === undefined) return;
    if (state.stateOf(other) === MessageState.ended) ledger.done(other);
    else ledger.unname(slot);
  }

  /** What of a queue's waiting messages is scheduled. */
  #scheduled(queue: Queue): number[] {
    const { state } = this.#base;
    return [...(queue.repeating ?? [])].filter(
      (slot) => state.repeating.get(slot)?.recurrence.kind === 'cron' && state.waits(slot),
    );
  }

  /** The queue, which is created where there is none; undefined when it cannot be yet, or at all. */
  #open(name: QueueName, cost: number, done: Completion<never>, again: () => void): Queue | undefined {
    const { state, ledger, admission } = this.#base;
    if (admission.isCrowded(cost + QUEUE_EVENT_COST + queueCost(name.length))) {
      admission.waitOrRefuse(done, again);
      return undefined;
    }
    const known = state.queues.get(name);
    known?.use();
    if (known === undefined && state.queues.size >= this.#maxQueues) {
      done.reject(new QueueFullError(`there are ${this.#maxQueues} queues already`));
      return undefined;
    }
    return known ?? ledger.openQueue(name);
  }
}
