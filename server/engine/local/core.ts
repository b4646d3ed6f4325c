import { StoppingError } from '../../../shared/errors.ts';
import type { Completion, QueueName } from '../engine.ts';
import type { Policy } from '../policy.ts';
import type { Clock } from './clock.ts';
import type { Deliveries } from './deliveries.ts';
import type { DueTimer } from './due-timer.ts';
import type { Journal } from './journal/journal.ts';
import { at, NONE } from './message-table.ts';
import type { Outcomes } from './outcomes.ts';
import type { Queue } from './queue.ts';
import { Recorder } from './recorder.ts';
import { Stalled } from './stalled.ts';
import type { State } from './state.ts';

/** What the parts of the local engine share, and through which they reach one another. */
export class Core {
  readonly state: State;
  readonly journal: Journal;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** The policy of a queue, by its name. */
  readonly policyOf: (queue: QueueName) => Policy;
  readonly stalled = new Stalled();
  readonly deliveries: Deliveries;
  readonly outcomes: Outcomes;
  readonly due: DueTimer;
  isStopping = false;

  constructor(
    state: State,
    journal: Journal,
    clock: Clock,
    policyOf: (queue: QueueName) => Policy,
    parts: { deliveries(core: Core): Deliveries; outcomes(core: Core): Outcomes; due(core: Core): DueTimer },
  ) {
    this.state = state;
    this.journal = journal;
    this.recorder = new Recorder(journal, state);
    this.clock = clock;
    this.policyOf = policyOf;
    this.deliveries = parts.deliveries(this);
    this.outcomes = parts.outcomes(this);
    this.due = parts.due(this);
  }

  /** True when nothing can be changed any more; the operation is told why. */
  refuses(done: Completion<never>): boolean {
    const reason = this.isStopping ? stopping() : this.journal.committer.failure;
    if (reason === undefined) return false;
    done.reject(reason);
    return true;
  }

  /**
   * Has an operation done again when there is room, where that can be expected. What asks for the waiting messages
   * does not overtake those that are still to be stored: clients send a `get` right behind their `set`.
   */
  stallOrRefuse(done: Completion<never>, again: () => void): void {
    const problem = this.journal.roomProblem;
    if (problem === undefined) this.stalled.add(done, again);
    else done.reject(problem);
  }

  /** Whether an operation has to wait for room for a record of `size` bytes, or behind others that do. */
  isCrowded(size?: number): boolean {
    return !this.stalled.isEmpty || !this.journal.hasRoomForOutcome(size);
  }

  /** The next message that has not expired, or NONE. */
  nextReady(queue: Queue): number {
    for (;;) {
      const slot = queue.ready.peek();
      if (slot === NONE) return NONE;
      const expires = this.state.table.page(slot).expires[at(slot)] as number;
      if (expires === 0 || expires * 1000 > this.clock()) return slot;
      if (!this.journal.hasRoomForOutcome()) return NONE;
      queue.expired++;
      this.finish(slot);
    }
  }

  /** The end of a message. */
  finish(slot: number): void {
    const sequence = this.state.table.page(slot).sequence[at(slot)] as number;
    this.journal.appendDone(slot, sequence);
    this.state.done(slot, sequence);
  }

  /** Reserves a message, for the first time or, with its token, until another deadline (0: none). */
  reserve(slot: number, attempts: number, deadline: number, token = this.state.nextId++): number {
    const sequence = this.state.table.page(slot).sequence[at(slot)] as number;
    this.journal.appendReserve(slot, sequence, attempts, token, deadline);
    this.state.reserve(slot, sequence, attempts, token, deadline);
    if (deadline > 0) this.due.watch();
    return token;
  }
}

export function stopping(): StoppingError {
  return new StoppingError('the server is stopping');
}
