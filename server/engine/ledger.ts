import type { Clock } from './clock.ts';
import type { Completion } from './completion.ts';
import { checkpointCost } from './costs.ts';
import type { Log, MessageRecord } from './log/log.ts';
import {
  type Changes,
  composeMessage,
  type NewMessage,
  reviseMessage,
  rewriteMessage,
} from './message-event.ts';
import { cutHolder } from './state/attempt-history.ts';
import { decodeAttributes, encodeAttributes } from './state/attributes.ts';
import type { Aside } from './state/cut.ts';
import { ALL_QUEUES, Event, EventType } from './state/events.ts';
import type { FlowRules } from './state/flow.ts';
import { idOf, MessageState, row } from './state/message-table.ts';
import type { Queue } from './state/queue.ts';
import type { State } from './state/state-machine.ts';

/**
 * The only writer: each method appends one event to the log and applies it to the state. Whoever decides has seen to
 * space in the log (admission.ts). What the events bring about for others is then told by `takeNews`, the queues in which
 * something became ready, and by the state's `deadlines.next` and `expiringCount`.
 */
export class Ledger {
  readonly #log: Log;
  readonly #state: State;
  readonly #clock: Clock;
  /** Filled anew for every event. */
  readonly #event = new Event();
  /** Is told of each queue that is created, before anything is in it. */
  onQueue: (queue: Queue) => void = () => {};
  /** Is told of each that was dropped. */
  onDrop: (queue: Queue) => void = () => {};

  constructor(log: Log, state: State, clock: Clock) {
    this.#log = log;
    this.#state = state;
    this.#clock = clock;
    log.onSegment = () => this.#checkpoint();
    this.#tellCheckpoint();
  }

  /** The queue of that name, which is created where there is none. */
  openQueue(name: string): Queue {
    const { queues } = this.#state;
    const known = queues.get(name);
    if (known !== undefined) return known;
    const event = this.#event;
    event.type = EventType.queue;
    event.queue = queues.nextFree();
    event.name = name;
    event.isPaused = false;
    this.#commit();
    this.#tellCheckpoint();
    const queue = queues.get(name) as Queue;
    this.onQueue(queue);
    return queue;
  }

  /**
   * A new message; its id. `now` in engine milliseconds; `expires` in epoch seconds, 0 for never; `due`: when it becomes
   * ready, engine milliseconds, 0 for at once.
   */
  enqueue(
    queue: Queue,
    message: NewMessage,
    now: number,
    expires: number,
    due: number,
    attributes: Buffer,
  ): number {
    const { table, nextId } = this.#state;
    const event = this.#event;
    composeMessage(event, nextId, message, now, expires, due, attributes);
    event.slot = table.nextFree();
    event.queue = queue.number;
    this.#commit();
    return nextId;
  }

  /** What waits becomes another message, with the same id; the id. */
  overwrite(
    slot: number,
    message: NewMessage,
    now: number,
    expires: number,
    due: number,
    attributes: Buffer,
  ): number {
    const id = idOf(this.#state.orderOf(slot));
    const event = this.#event;
    composeMessage(event, id, message, now, expires, due, attributes);
    event.slot = slot;
    event.queue = this.#state.queueOf(slot).number;
    this.#commit();
    return id;
  }

  /** Writes a message again, with changes. */
  change(slot: number, record: MessageRecord, changes: Changes): void {
    reviseMessage(this.#event, this.#state, slot, record, changes);
    this.#commit();
  }

  /** Writes a message again as it is, for the old record's segment to be freed. */
  keep(slot: number, record: MessageRecord): void {
    const page = this.#state.table.page(slot);
    const isDelayed = page.state[row(slot)] === MessageState.delayed;
    const due = page.due(row(slot));
    // Its record may not know: it was delayed since, or a time that was missed is skipped by now.
    const time = isDelayed ? (this.#state.repeating.get(slot)?.time ?? due) : undefined;
    this.change(slot, record, time === undefined ? {} : { time });
    if (isDelayed && page.due(row(slot)) !== due) this.#state.postpone(slot, due);
  }

  /** Writes a message a second time, with changes, as one of its own, with an id of its own unless told otherwise. */
  copy(slot: number, record: MessageRecord, changes: Changes, order = this.#state.nextId): void {
    const event = this.#event;
    reviseMessage(event, this.#state, slot, record, changes);
    event.slot = this.#state.table.nextFree();
    event.order = order;
    const { heldBy, startedAt, maxAttempts, backoff, group, ...known } = decodeAttributes(record.attributes);
    const history = this.#state.historyOf(slot, known.history);
    const kept = { heldBy, startedAt, maxAttempts, backoff, group, history };
    event.attributes = encodeAttributes({ ...kept, ...changes.attributes });
    this.#commit();
  }

  /** Writes what the table knows of a message, with changes and without its body: its record cannot be read any more. */
  rewrite(slot: number, changes: Changes): void {
    const enqueuedAt = this.#state.ages.timeOf(idOf(this.#state.orderOf(slot))) ?? 0;
    rewriteMessage(this.#event, this.#state, slot, enqueuedAt, changes);
    this.#commit();
  }

  /**
   * A lease begins, or with the token of the one there is gets another deadline (engine milliseconds; 0: an open read).
   * Its token.
   */
  reserve(slot: number, attempts: number, deadline: number, holder: string): number {
    const token = this.#state.nextId;
    this.#reserve(slot, attempts, token, deadline);
    this.#state.describeLease(slot, holder, this.#clock());
    return token;
  }

  /** A lease gets another deadline. */
  extend(slot: number, deadline: number): void {
    const { token } = this.#state.leases.of(slot);
    this.#reserve(slot, this.#state.attemptsOf(slot), token, deadline);
  }

  /** Keeps a message from readers while its record is read; its token. It is no attempt, and a crash gives it back. */
  setAside(slot: number): number {
    const token = this.#state.nextId;
    this.#reserve(slot, this.#state.attemptsOf(slot), token, 0);
    return token;
  }

  /**
   * Back at its place in the queue: ready, or with a `due` delayed until then (engine milliseconds). `attempts`: those that
   * count; for `deaths` and `diedSilently` see `Setbacks`.
   */
  release(slot: number, attempts: number, deaths: number, diedSilently: boolean, due = 0): void {
    const event = this.#event;
    event.attempts = attempts;
    event.deaths = deaths;
    event.diedSilently = diedSilently;
    event.time = due;
    this.#happens(due > 0 ? EventType.delay : EventType.release, slot);
  }

  /**
   * The attempt under way ended without a word, at that time: back at its place in the queue, at once or with a `due` at
   * that time (engine milliseconds).
   */
  die(slot: number, endedAt: number, due: number): void {
    const state = this.#state;
    const { holder, since } = state.leases.of(slot);
    const event = this.#event;
    event.attempts = state.attemptsOf(slot);
    event.deaths = state.deathsOf(slot) + 1;
    event.diedSilently = true;
    event.time = due;
    event.startedAt = since;
    event.endedAt = endedAt;
    event.holder = cutHolder(Buffer.from(holder));
    this.#happens(EventType.death, slot);
  }

  /** Ready, and else what it was. */
  ready(slot: number): void {
    const state = this.#state;
    this.release(slot, state.attemptsOf(slot), state.deathsOf(slot), state.diedSilently(slot));
  }

  /** A message is gone. */
  done(slot: number): void {
    this.#happens(EventType.done, slot);
  }

  /**
   * A job is cancelled at that time. Its holder has until the deadline to give it up; one that waits is held from then on,
   * until its record is written. The token of the lease.
   */
  cancelHeld(slot: number, cancelledAt: number, deadline: number): number {
    const token = this.#state.isHeld(slot) ? this.#state.leases.of(slot).token : this.#state.nextId;
    this.#event.token = token;
    this.#event.endedAt = cancelledAt;
    this.#event.time = deadline;
    this.#happens(EventType.cancelHeld, slot);
    return token;
  }

  /** A job that waits, or has failed, is gone, and nothing is known of it any more. */
  cancel(slot: number): void {
    this.#happens(EventType.cancel, slot);
  }

  /**
   * A job has no id any more. On record, other than what a move changes: whether an id was taken cannot be told from
   * the target's messages when the move is replayed, since they may have been written again further on.
   */
  unname(slot: number): void {
    this.#happens(EventType.unname, slot);
  }

  /** What waits in a queue is gone, or with `undefined` what waits in any. */
  purge(queue: Queue | undefined): void {
    this.#happensTo(EventType.purge, queue?.number ?? ALL_QUEUES);
  }

  drop(queue: Queue): void {
    this.#happensTo(EventType.drop, queue.number);
    this.#tellCheckpoint();
    this.onDrop(queue);
  }

  pause(queue: Queue): void {
    this.#happensTo(EventType.pause, queue.number);
  }

  resume(queue: Queue): void {
    this.#happensTo(EventType.resume, queue.number);
  }

  /** What waits in one queue waits in the other. */
  move(from: Queue, to: Queue): void {
    this.#event.target = to.number;
    this.#happensTo(EventType.move, from.number);
  }

  /** A message that waits, or has failed, goes to another queue. */
  transfer(slot: number, to: Queue): void {
    this.#event.target = to.number;
    this.#happens(EventType.transfer, slot);
  }

  /** Frees what is discarded up to a slot, NONE at the end of a round. */
  sweep(to: number): void {
    this.#event.type = EventType.sweep;
    this.#event.slot = to;
    this.#commit();
  }

  // Volatile changes: of these there is no record (state-machine.ts).

  /** A delayed message's time has come. */
  promote(slot: number): void {
    this.#state.promote(slot);
  }

  /** A delayed message becomes ready at another engine time than its record says. */
  postpone(slot: number, due: number): void {
    this.#state.postpone(slot, due);
  }

  /** A lease is over; what becomes of the message is about to be recorded. */
  lapse(slot: number): void {
    this.#state.lapse(slot);
  }

  /** It is known who holds a message. */
  describeLease(slot: number, holder: string): void {
    this.#state.describeLease(slot, holder, this.#state.leases.of(slot).since);
  }

  /** How far the holder of a message is. */
  setProgress(slot: number, text: string): void {
    this.#state.setProgress(slot, text);
  }

  /** The time of a scheduled job that was missed is left out. */
  skipTo(slot: number, time: number): void {
    this.#state.skipTo(slot, time);
  }

  /** Somebody waits for the end of a job, or nobody any more. */
  awaitEnd(slot: number, isAwaited: boolean): void {
    this.#state.awaitEnd(slot, isAwaited);
  }

  /** How much of a queue may run is another from now on. */
  setFlow(queue: Queue, flow: FlowRules): void {
    this.#state.setFlow(queue, flow);
  }

  /** Nothing of a queue may be started for a time; or it may again. */
  setHeld(queue: Queue, isHeld: boolean): void {
    this.#state.setHeld(queue, isHeld);
  }

  /** Puts a queue behind all others from which something can be taken. */
  rotate(queue: Queue): void {
    this.#state.rotate(queue);
  }

  /** A message is about to be taken for good: it is the turn of other groups first. */
  endTurn(slot: number): void {
    this.#state.endTurn(slot);
  }

  /** Puts aside what waits in a queue, or what has failed, for the time of an operation. */
  putAside(queue: Queue, of: Aside['of']): Aside {
    return this.#state.putAside(queue, of);
  }

  /** Ends that. */
  takeBack(queue: Queue): void {
    this.#state.takeBack(queue);
  }

  /** One that is aside stays in its queue. */
  stay(slot: number): void {
    this.#state.stay(slot);
  }

  /** Does something while a message that waits is not in its queue's list. */
  without(slot: number, act: () => void): void {
    this.#state.takeOut(slot);
    act();
    this.#state.putBack(slot);
  }

  /** The queue in which something became ready first since it was last taken from here; undefined when there is none. */
  takeNews(): Queue | undefined {
    return this.#state.takeNews();
  }

  /** The jobs whose end somebody waits for, and to which something has happened since they were last taken from here. */
  takeTold(): readonly number[] {
    return this.#state.takeTold();
  }

  // Answers.

  /** Answers an operation when all that has happened so far survives the end of this process; at once when it does. */
  whenWritten<T>(done: Completion<T>, value: T): void {
    this.#log.when('written', done, value);
  }

  /** The same for what survives a power cut, as far as the log is told to promise that. */
  whenDurable<T>(done: Completion<T>, value: T): void {
    this.#log.when('durable', done, value);
  }

  /** Answers what was only looked at, as long as it is certain that no other server has gone on from here. */
  whenCertain<T>(done: Completion<T>, value: T): void {
    this.#log.whenCertain(done, value);
  }

  /** Makes all that has happened so far durable. Rejects when the log has failed. */
  flush(): Promise<void> {
    return this.#log.flush();
  }

  /** The one place where something happens. */
  #commit(): void {
    const event = this.#event;
    this.#state.apply(event, this.#log.append(event));
  }

  /** All that is not a message, for the head of a segment: nothing happens by it. */
  #checkpoint(): void {
    const event = new Event();
    event.type = EventType.identifiers;
    event.order = this.#state.nextId;
    this.#log.append(event);
    event.type = EventType.queues;
    for (const { from, to, bytes } of this.#state.queues.checkpoint.pages()) {
      event.queue = from;
      event.target = to;
      event.page = bytes;
      this.#log.append(event);
    }
  }

  /** The log keeps space for a checkpoint. */
  #tellCheckpoint(): void {
    const { pageCount, bytes } = this.#state.queues.checkpoint;
    this.#log.checkpointBytes = checkpointCost(pageCount, bytes);
  }

  #reserve(slot: number, attempts: number, token: number, deadline: number): void {
    const event = this.#event;
    event.attempts = attempts;
    event.token = token;
    event.time = deadline;
    this.#happens(EventType.reserve, slot);
  }

  #happens(type: EventType, slot: number): void {
    const event = this.#event;
    event.type = type;
    event.slot = slot;
    event.order = this.#state.orderOf(slot);
    this.#commit();
  }

  #happensTo(type: EventType, queue: number): void {
    const event = this.#event;
    event.type = type;
    event.queue = queue;
    this.#commit();
  }
}
