import { QueueFullError } from '../../../shared/errors.ts';
import type { QueueName } from '../api.ts';
import type { Completion } from '../completion.ts';
import { COST_OF_ONE_AMONG_MANY, QUEUE_EVENT_COST, queueCost, SMALL_COST } from '../costs.ts';
import { type Foundation, isScheduled } from '../foundation.ts';
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

  /** How many messages moved. False when what comes behind it has to wait for the answer. */
  move(from: QueueName, to: QueueName, done: Completion<number>): boolean {
    const { state, ledger, admission } = this.#base;
    if (admission.refuses(done)) return true;
    const again = () => this.move(from, to, done);
    if (this.#longOperations.defers([from, to], done, again)) return false;
    const source = state.queues.get(from);
    const isMany = source !== undefined && source.waitingCount > MOVED_AT_ONCE;
    const count = source === undefined || isMany ? 0 : source.waitingCount - this.#scheduledCount(source);
    if (source === undefined || from === to || (count === 0 && !isMany)) {
      if (admission.mustQueue) admission.wait(done, again);
      else ledger.whenDurable(done, 0);
      return true;
    }
    source.use();
    if (!isMany) {
      this.#moveAtOnce(source, to, count, done, again);
      return true;
    }
    const target = this.open(to, SMALL_COST, done, again);
    if (target === undefined) return false;
    this.#moveInSlices(source, target).then(
      (moved) => ledger.whenDurable(done, moved),
      (problem: Error) => done.reject(problem),
    );
    return false;
  }

  #moveAtOnce(
    source: Queue,
    to: QueueName,
    count: number,
    done: Completion<number>,
    again: () => void,
  ): void {
    const { ledger } = this.#base;
    const target = this.open(to, source.waitingCount * COST_OF_ONE_AMONG_MANY, done, again);
    if (target === undefined) return;
    for (const slot of source.jobs === undefined ? [] : source.waiting()) this.#giveId(slot, target);
    ledger.move(source, target);
    ledger.whenDurable(done, count);
  }

  /** How many messages moved. */
  async #moveInSlices(source: Queue, target: Queue): Promise<number> {
    let moved = 0;
    await this.#longOperations.run([source.name, target.name], async () => {
      const { ledger, admission } = this.#base;
      const { ready, delayed } = ledger.putAside(source, 'waiting');
      try {
        for (let count = 1; ; count++) {
          // First what groups may have to wait for.
          const slot = delayed.head === NONE ? ready.peek() : delayed.head;
          if (slot === NONE) return;
          if (isScheduled(this.#base, slot)) ledger.stay(slot);
          else if (admission.hasSpace(COST_OF_ONE)) {
            this.moveOne(slot, target);
            moved++;
          } else {
            await admission.space(COST_OF_ONE, 'event');
            continue;
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
    });
    return moved;
  }

  /** Has one that waits, or has failed, do so in another queue. There has to be space. */
  moveOne(slot: number, target: Queue): void {
    this.#giveId(slot, target);
    this.#base.ledger.transfer(slot, target);
  }

  /**
   * Sees to the id of a message that is about to move. Where a job over there has it, a live one keeps it, and the one that
   * moves does without; one that has failed gives it up, and where only a status is left that goes.
   */
  #giveId(slot: number, target: Queue): void {
    const { state, ledger } = this.#base;
    const jobId = state.jobIdOf(slot);
    if (jobId === undefined || isScheduled(this.#base, slot)) return;
    const other = state.slotOfJob(target, jobId);
    if (other === undefined) return;
    switch (state.stateOf(other)) {
      case MessageState.ended:
        return ledger.done(other);
      case MessageState.failed:
      case MessageState.cancelled:
        return ledger.unname(other);
      default:
        return ledger.unname(slot);
    }
  }

  /** How much of what waits in a queue is scheduled. */
  #scheduledCount(queue: Queue): number {
    const { state } = this.#base;
    let count = 0;
    for (const slot of queue.repeating ?? []) if (isScheduled(this.#base, slot) && state.waits(slot)) count++;
    return count;
  }

  /** The queue, which is created where there is none; undefined when it cannot be yet, or at all. */
  open(name: QueueName, cost: number, done: Completion<never>, again: () => void): Queue | undefined {
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
