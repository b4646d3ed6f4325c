import { StoppingError } from '../../shared/errors.ts';
import { Stalled } from './admission.ts';
import type { Completion, QueueName } from './api.ts';
import type { DueTimer } from './background/deadlines.ts';
import { ExpirySweep } from './background/expiry.ts';
import type { Clock } from './clock.ts';
import { Recorder } from './ledger.ts';
import type { Journal } from './log/local/local-log.ts';
import { Losses } from './operations/corrupt.ts';
import type { Deliveries } from './operations/dispatcher.ts';
import type { Outcomes } from './operations/leases.ts';
import { Endings } from './operations/lifecycle.ts';
import type { Policy } from './policy.ts';
import { nextTime, type Recurrence } from './recurrence.ts';
import type { Repeating } from './state/job-index.ts';
import { at, MessageState, NONE } from './state/message-table.ts';
import type { Queue } from './state/queue.ts';
import type { State } from './state/state-machine.ts';

/** Expired messages that are removed before whoever found them lets the others have their turn. */
const EXPIRED_PER_TURN = 1000;

/** Two clocks that differ by less go the same, milliseconds. */
export const CLOCK_TOLERANCE_MS = 100;

/** Instead of a slot: there may be one, but what has expired before it has to be removed first; see `tryLater`. */
export const LATER = NONE - 1;

/** What the parts of the local engine share, and through which they reach one another. */
export class Core {
  readonly state: State;
  readonly journal: Journal;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly wallClock: Clock;
  /** The policy of a queue, by its name. */
  readonly policyNamed: (queue: QueueName) => Policy;
  /** What waits for room in the journal, and what has been put off to the next turn. */
  readonly stalled = new Stalled();
  readonly deferred = new Stalled();
  readonly endings: Endings;
  readonly losses: Losses;
  readonly deliveries: Deliveries;
  readonly outcomes: Outcomes;
  readonly due: DueTimer;
  readonly sweep: ExpirySweep;
  /** What the last expired message needed, bytes. */
  #wantedRoom = 0;
  isStopping = false;

  constructor(
    state: State,
    journal: Journal,
    options: { clock: Clock; wallClock?: Clock; policy: (queue: QueueName) => Policy },
    parts: { deliveries(core: Core): Deliveries; outcomes(core: Core): Outcomes; due(core: Core): DueTimer },
  ) {
    this.state = state;
    this.journal = journal;
    this.recorder = new Recorder(journal, state);
    this.clock = options.clock;
    this.wallClock = options.wallClock ?? Date.now;
    this.policyNamed = options.policy;
    this.endings = new Endings(this);
    this.losses = new Losses(this);
    this.deliveries = parts.deliveries(this);
    this.outcomes = parts.outcomes(this);
    this.due = parts.due(this);
    this.sweep = new ExpirySweep(this);
  }

  policy(queue: Queue): Policy {
    queue.policy ??= this.policyNamed(queue.name);
    return queue.policy;
  }

  /** The queue of that name, which is created where there is none. The caller has seen to room for its record. */
  openQueue(name: QueueName): Queue {
    const { state, journal } = this;
    const known = state.queues.get(name);
    if (known !== undefined) return known;
    const number = state.queues.freeNumber();
    journal.appendQueue(number, name);
    state.queue(number, name, false);
    return state.queues.get(name) as Queue;
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
    if (problem === undefined || this.journal.isMakingRoom) this.stalled.add(done, again);
    else done.reject(problem);
  }

  /** Has an operation that came upon `LATER` done again, in the next turn or when there is room. */
  tryLater(done: Completion<never>, again: () => void): void {
    if (!this.journal.hasRoomForOutcome(this.#wantedRoom)) {
      this.stallOrRefuse(done, again);
      return;
    }
    if (this.deferred.isEmpty) setImmediate(() => this.deferred.retry());
    this.deferred.add(done, again);
  }

  /** The same for what nobody waits for, and what room alone brings about by itself. */
  nextTurn(again: () => void): void {
    if (this.journal.hasRoomForOutcome(this.#wantedRoom)) setImmediate(again);
  }

  /** Whether an operation has to wait for room for a record of `size` bytes, or behind others that do. */
  isCrowded(size?: number): boolean {
    return !this.stalled.isEmpty || !this.journal.hasRoomForOutcome(size);
  }

  /** The next message that has not expired, paused or not; NONE, or LATER. */
  nextReady(queue: Queue): number {
    for (let count = 0; count < EXPIRED_PER_TURN; count++) {
      const slot = queue.ready.peek();
      if (slot === NONE) return NONE;
      if (!this.isExpired(slot)) return slot;
      this.#wantedRoom = this.endings.size(slot, 0);
      if (!this.journal.hasRoomForOutcome(this.#wantedRoom)) return LATER;
      queue.expired++;
      this.outcomes.expire(slot);
    }
    return LATER;
  }

  /**
   * Lets the next message go where it has expired and its end takes nothing from the disk; whether it did. Undefined
   * where there is no room yet to record that.
   */
  expireNext(queue: Queue): boolean | undefined {
    const slot = queue.ready.peek();
    if (slot === NONE || !this.isExpired(slot) || !this.outcomes.canExpireNow(slot)) return false;
    if (!this.journal.hasRoomForOutcome(this.endings.size(slot, 0))) return undefined;
    queue.expired++;
    this.outcomes.expire(slot);
    return true;
  }

  /** Whether a message's time to live is over. */
  isExpired(slot: number): boolean {
    const expires = this.state.table.page(slot).expires(at(slot));
    return expires > 0 && expires * 1000 <= this.clock();
  }

  /** Whether a message waits, for a reader or for its time. What has expired is dead, though nobody has come upon it yet. */
  isWaiting(slot: number): boolean {
    const state = this.state.table.page(slot).state[at(slot)];
    return (state === MessageState.ready || state === MessageState.delayed) && !this.isExpired(slot);
  }

  /** Reserves a message, for the first time or, with its token, until another deadline (0: none). */
  reserve(
    slot: number,
    attempts: number,
    deadline: number,
    holder = '',
    token = this.state.nextId++,
  ): number {
    const sequence = this.state.table.page(slot).sequence[at(slot)] as number;
    this.journal.appendReserve(slot, sequence, attempts, token, deadline);
    this.state.reserve(slot, sequence, attempts, token, deadline, this.clock(), holder);
    if (deadline > 0) this.due.watch();
    return token;
  }

  /** Keeps a message from readers while its record is read; its token. It is no attempt, and a crash gives it back. */
  setAside(slot: number): number {
    const { table, reservations } = this.state;
    const token = this.reserve(slot, table.page(slot).attempts[at(slot)] as number, 0);
    reservations.add(slot, { ...reservations.of(slot), since: 0 });
    return token;
  }

  /** The next time of a recurrence, on its own clock: a cron line means the time on the wall. */
  nextTime(recurrence: Recurrence): number {
    return nextTime(recurrence, recurrence.kind === 'cron' ? this.wallClock() : this.clock());
  }

  /** Has a job that waits for its cron line become ready when the clock on the wall says so. */
  adjust(slot: number): void {
    const job = this.#waitingForCron(slot);
    if (job === undefined) return;
    job.comesAt = this.#comesAt(job);
    const ahead = this.clock() - this.wallClock();
    const isRight = Math.abs(ahead) < CLOCK_TOLERANCE_MS;
    this.state.placement.postpone(slot, isRight ? job.comesAt : job.comesAt + ahead);
  }

  /**
   * Puts off a job whose cron line says that it is not yet due, though the engine's clock, a little ahead, says so:
   * its next time would be this one again. False for all others.
   */
  putOff(slot: number): boolean {
    const job = this.#waitingForCron(slot);
    if (job === undefined) return false;
    const left = job.comesAt - this.wallClock();
    if (left > 0) this.state.placement.postpone(slot, this.clock() + left);
    return left > 0;
  }

  #waitingForCron(slot: number): Repeating | undefined {
    const { table, repeating } = this.state;
    const page = table.page(slot);
    const job = repeating.get(slot);
    if (job?.recurrence.kind !== 'cron' || page.state[at(slot)] !== MessageState.delayed) return undefined;
    // A run that is to be tried again waits for its backoff instead.
    return (page.attempts[at(slot)] as number) > 0 ? undefined : job;
  }

  /**
   * No time comes again because the clock was set back a little, but one that had been far ahead does not keep a job
   * waiting: it leaves out one of its times at most.
   */
  #comesAt({ recurrence, time }: Repeating): number {
    const next = this.nextTime(recurrence);
    return next < time && nextTime(recurrence, next) < time ? next : time;
  }
}

export function stopping(): StoppingError {
  return new StoppingError('the server is stopping');
}
