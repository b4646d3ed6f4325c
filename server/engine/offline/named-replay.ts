import { MessageReader } from '../log/codec/message-record.ts';
import { ALL_QUEUES } from '../log/codec/record.ts';
import type { Replay } from '../log/local/recovery.ts';
import { decodeAttributes } from '../state/attributes.ts';
import { at } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import type { State } from '../state/state-machine.ts';
import type { QueueNames } from './queue-names.ts';

/** Notes what a journal says of the names of its queues, and nothing else. */
export class NameReplay implements Replay {
  readonly #names: QueueNames;

  constructor(names: QueueNames) {
    this.#names = names;
  }

  queue(number: number, name: string): void {
    this.#names.note(number, name);
  }
  drop(number: number): void {
    this.#names.note(number, undefined);
  }
  message(): void {}
  reserve(): void {}
  release(): void {}
  done(): void {}
  cancel(): void {}
  unname(): void {}
  purge(): void {}
  pause(): void {}
  resume(): void {}
  move(): void {}
}

/** A message record as if it said another queue's number. */
class MessageOf extends MessageReader {
  number = 0;

  override get queue(): number {
    return this.number;
  }
}

/**
 * Replays a journal that has gaps into a state, by the names of its queues: there each name has a number of its own,
 * so that a number which has gone from one queue to another in a gap mixes nothing up.
 *
 * In doubt a message stays. What was stored before a gap may have been reserved in it, or may have moved to another
 * queue, so that nothing tells whether a purge or a drop behind the gap was about it, or a job with the same id.
 */
export class NamedReplay implements Replay {
  readonly #names: QueueNames;
  readonly #state: State;
  readonly #numbers = new Map<string, number>();
  readonly #message = new MessageOf();
  /** The place of the last gap. */
  #gapSegment = 0;
  #gapOffset = 0;
  /** Messages whose queue is not certain. */
  doubtful = 0;
  /** Jobs that have lost their id to another. */
  unnamed = 0;

  constructor(names: QueueNames, state: State) {
    this.#names = names;
    this.#state = state;
  }

  /** Something is missing in the journal from that place on. */
  gap(segment: number, offset: number): void {
    this.#names.gap();
    this.#gapSegment = segment;
    this.#gapOffset = offset;
  }

  queue(number: number, name: string, isPaused: boolean): void {
    this.#names.pass(number, name);
    const own = this.#open(name);
    if (isPaused) this.#state.pause(own);
    else this.#state.resume(own);
  }

  drop(number: number): void {
    const queue = this.#queue(number);
    this.#names.pass(number, undefined);
    if (queue === undefined) return;
    for (const slot of queue.all()) this.#end(slot);
    if (queue.all().length === 0) this.#state.drop(queue.number);
  }

  message(record: MessageReader, segment: number, offset: number): void {
    const { name, isKnown } = this.#names.at(record.queue);
    // As at a start: of a queue that was dropped.
    if (isKnown && name === undefined) return;
    if (!isKnown) this.doubtful++;
    const own = this.#open(name ?? `lost-queue-${record.queue}`);
    if (record.attributesLength > 0) this.#keepTwin(own, record);
    this.#message.at(record.block, record.start).number = own;
    this.#state.message(this.#message, segment, offset);
  }

  reserve(slot: number, sequence: number, attempts: number, token: number, deadline: number): void {
    this.#state.reserve(slot, sequence, attempts, token, deadline);
  }
  release(slot: number, sequence: number, attempts: number): void {
    this.#state.release(slot, sequence, attempts);
  }
  done(slot: number, sequence: number): void {
    this.#state.done(slot, sequence);
  }
  cancel(slot: number, sequence: number): void {
    this.#state.cancel(slot, sequence);
  }
  unname(slot: number, sequence: number): void {
    this.#state.unname(slot, sequence);
  }

  purge(number: number): void {
    const { queues, repeating } = this.#state;
    const queue = this.#queue(number);
    const purged = number === ALL_QUEUES ? [...queues.all()] : queue === undefined ? [] : [queue];
    for (const slot of purged.flatMap((each) => each.waiting())) if (!repeating.has(slot)) this.#end(slot);
  }
  pause(number: number): void {
    const queue = this.#queue(number);
    if (queue !== undefined) this.#state.pause(queue.number);
  }
  resume(number: number): void {
    const queue = this.#queue(number);
    if (queue !== undefined) this.#state.resume(queue.number);
  }

  move(number: number, target: number): void {
    const from = this.#queue(number);
    const { name } = this.#names.at(target);
    if (from !== undefined) this.#state.move(from.number, this.#open(name ?? `lost-queue-${target}`));
  }

  /** The queue of a number in the journal, if the state has it. */
  #queue(number: number): Queue | undefined {
    const { name } = this.#names.at(number);
    return name === undefined ? undefined : this.#state.queues.get(name);
  }

  /** Ends a message, unless a gap leaves room for doubt. */
  #end(slot: number): void {
    if (!this.#isDoubtful(slot)) this.#state.done(slot, this.#sequence(slot));
  }

  /** A job whose id another one gets loses the id only, where it is in doubt whether it was there any more. */
  #keepTwin(own: number, record: MessageReader): void {
    const { jobId } = decodeAttributes(record.attributes);
    const twin = jobId === '' ? undefined : this.#state.queues.at(own)?.jobs?.get(jobId);
    if (twin === undefined || Math.abs(this.#sequence(twin)) === Math.abs(record.sequence)) return;
    if (!this.#isDoubtful(twin)) return;
    this.unnamed++;
    this.#state.unname(twin, this.#sequence(twin));
  }

  /** Whether a message's record is from before a gap. */
  #isDoubtful(slot: number): boolean {
    const page = this.#state.table.page(slot);
    const segment = page.segment[at(slot)] as number;
    if (segment !== this.#gapSegment) return segment < this.#gapSegment;
    return (page.offset[at(slot)] as number) < this.#gapOffset;
  }

  #sequence(slot: number): number {
    return this.#state.table.page(slot).sequence[at(slot)] as number;
  }

  /** The state's number for a queue, which is made where it has none. */
  #open(name: string): number {
    const own = this.#numbers.get(name) ?? this.#numbers.size;
    this.#numbers.set(name, own);
    this.#state.queue(own, name, false);
    return own;
  }
}
