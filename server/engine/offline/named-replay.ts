import type { Events, Position } from '../log/log.ts';
import { decodeAttributes } from '../state/attributes.ts';
import { decodePage, type PageEntry } from '../state/checkpoint-page.ts';
import { ALL_QUEUES, Event, EventType } from '../state/events.ts';
import { row } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import type { State } from '../state/state-machine.ts';
import type { QueueNames } from './queue-names.ts';

/** Notes what a log says of the names of its queues, and nothing else. */
export class NameReplay implements Events {
  readonly #names: QueueNames;

  constructor(names: QueueNames) {
    this.#names = names;
  }

  apply(event: Event): void {
    const names = this.#names;
    switch (event.type) {
      case EventType.queue:
        return names.note(event.queue, event.name);
      case EventType.queues:
        for (const [number, entry] of toldOf(event, names.end)) names.note(number, entry?.name);
        return;
      case EventType.drop:
        return names.note(event.queue, undefined);
      case EventType.message:
        return names.see(event.queue);
    }
  }
}

/** What a page of a checkpoint says of each number below `end`, and of those above that have a queue. */
function* toldOf(
  { queue: from, target, page }: Event,
  end: number,
): Generator<[number: number, entry: PageEntry | undefined]> {
  const entries = decodePage(page);
  const count = Math.max(entries.length, Math.min(target, end) - from);
  for (let i = 0; i < count; i++) yield [from + i, entries[i]];
}

/**
 * Replays a log that has gaps into a state, by the names of its queues: there each name has a number of its own,
 * so that a number which has gone from one queue to another in a gap mixes nothing up.
 *
 * In doubt a message stays. What was stored before a gap may have been reserved in it, or may have moved to another
 * queue, so that nothing tells whether a purge or a drop behind the gap was about it, or a job with the same id.
 */
export class NamedReplay implements Events {
  readonly #names: QueueNames;
  readonly #state: State;
  readonly #numbers = new Map<string, number>();
  /** What is told to the state instead of what the log says. */
  readonly #event = new Event();
  /** What was stored before this may have been touched in a gap. */
  #gap: Position = 0;
  /** Messages whose queue is not certain. */
  doubtful = 0;
  /** Jobs that have lost their id to another. */
  unnamed = 0;
  /** Ids of messages of which no record is left but of what happened to them, so that they are lost. */
  readonly missing = new Set<number>();

  constructor(names: QueueNames, state: State) {
    this.#names = names;
    this.#state = state;
  }

  /** Something is missing in the log from that position on; or before it, nobody knows where. */
  gap(position: Position): void {
    this.#names.gap();
    this.#gap = Math.max(this.#gap, position);
  }

  apply(event: Event, position: Position): void {
    switch (event.type) {
      case EventType.queue:
        return this.#queueIs(event.queue, event.name, event.isPaused);
      case EventType.queues:
        return this.#queuesAre(event);
      case EventType.drop:
        return this.#drop(event.queue);
      case EventType.message:
        return this.#message(event, position);
      case EventType.purge:
        return this.#purge(event.queue);
      case EventType.pause:
      case EventType.resume: {
        const queue = this.#queue(event.queue);
        if (queue !== undefined) this.#tellOf(event.type, queue.number);
        return;
      }
      case EventType.move:
        return this.#move(event);
      case EventType.transfer:
        return this.#transfer(event, position);
      case EventType.sweep:
        // What was purged or dropped has ended with that event.
        return;
      default:
        if (event.type !== EventType.identifiers) this.#happens(event);
        this.#state.apply(event, position);
    }
  }

  /** Something happens to a message, which may have been stored where a gap is now. */
  #happens({ type, slot, order }: Event): void {
    const { table } = this.#state;
    if (table.has(slot) && this.#state.orderOf(slot) === order) return;
    const id = Math.abs(order);
    // Where it ends nothing is lost.
    if (type === EventType.done || type === EventType.cancel) this.missing.delete(id);
    else this.missing.add(id);
  }

  #queueIs(number: number, name: string, isPaused: boolean): void {
    this.#names.pass(number, name);
    this.#tellOf(isPaused ? EventType.pause : EventType.resume, this.#open(name));
  }

  /** Where a number has no queue any more, that went in a gap: what it had may have moved to another one before. */
  #queuesAre(page: Event): void {
    for (const [number, entry] of toldOf(page, this.#names.end)) {
      if (entry === undefined) this.#names.pass(number, undefined);
      else this.#queueIs(number, entry.name, entry.isPaused);
    }
  }

  #drop(number: number): void {
    const queue = this.#queue(number);
    this.#names.pass(number, undefined);
    if (queue === undefined) return;
    for (const slot of queue.all()) this.#end(slot);
    if (queue.all().length === 0) this.#tellOf(EventType.drop, queue.number);
  }

  #message(event: Event, position: Position): void {
    this.missing.delete(Math.abs(event.order));
    this.#names.see(event.queue);
    const { name, isKnown } = this.#names.at(event.queue);
    // As at a start: of a queue that was dropped.
    if (isKnown && name === undefined) return;
    if (!isKnown) this.doubtful++;
    event.queue = this.#open(name ?? `lost-queue-${event.queue}`);
    if (event.attributes.length > 0) this.#keepTwin(event);
    this.#state.apply(event, position);
  }

  #purge(number: number): void {
    const { queues, repeating } = this.#state;
    const queue = this.#queue(number);
    const purged = number === ALL_QUEUES ? [...queues.all()] : queue === undefined ? [] : [queue];
    for (const slot of purged.flatMap((each) => each.waiting())) if (!repeating.has(slot)) this.#end(slot);
  }

  #move({ queue, target }: Event): void {
    const from = this.#queue(queue);
    const { name } = this.#names.at(target);
    if (from === undefined) return;
    this.#event.target = this.#open(name ?? `lost-queue-${target}`);
    this.#tellOf(EventType.move, from.number);
  }

  #transfer(event: Event, position: Position): void {
    this.#happens(event);
    const { name } = this.#names.at(event.target);
    event.target = this.#open(name ?? `lost-queue-${event.target}`);
    this.#state.apply(event, position);
  }

  /** The queue of a number in the log, if the state has it. */
  #queue(number: number): Queue | undefined {
    const { name } = this.#names.at(number);
    return name === undefined ? undefined : this.#state.queues.get(name);
  }

  /** Ends a message, unless a gap leaves room for doubt. */
  #end(slot: number): void {
    if (!this.#isDoubtful(slot)) this.#tellOfMessage(EventType.done, slot);
  }

  /** A job whose id another one gets loses the id only, where it is in doubt whether it was there any more. */
  #keepTwin({ queue, order, attributes }: Event): void {
    const { jobId } = decodeAttributes(attributes);
    const twin = jobId === '' ? undefined : this.#state.queues.byNumber(queue)?.jobs?.get(jobId);
    if (twin === undefined || Math.abs(this.#state.orderOf(twin)) === Math.abs(order)) return;
    if (!this.#isDoubtful(twin)) return;
    this.unnamed++;
    this.#tellOfMessage(EventType.unname, twin);
  }

  /** Whether a message's record is from before a gap. */
  #isDoubtful(slot: number): boolean {
    return this.#state.table.page(slot).position[row(slot)] < this.#gap;
  }

  /** The state's number for a queue, which is made where it has none. */
  #open(name: string): number {
    const own = this.#numbers.get(name) ?? this.#numbers.size;
    this.#numbers.set(name, own);
    this.#event.name = name;
    this.#event.isPaused = false;
    this.#tellOf(EventType.queue, own);
    return own;
  }

  #tellOf(type: EventType, queue: number): void {
    this.#event.type = type;
    this.#event.queue = queue;
    this.#state.apply(this.#event, 0);
  }

  #tellOfMessage(type: EventType, slot: number): void {
    this.#event.type = type;
    this.#event.slot = slot;
    this.#event.order = this.#state.orderOf(slot);
    this.#state.apply(this.#event, 0);
  }
}
