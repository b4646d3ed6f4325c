import { QueueFullError } from '../../../shared/errors.ts';
import type { Completion, EnqueueRequest, QueueName } from '../engine.ts';
import type { Core } from './core.ts';
import { messageSize } from './journal/message-record.ts';
import { BATCH_HEADER_SIZE, queueSize } from './journal/record.ts';
import type { Queue } from './queue.ts';

/** Longest exptime that is relative, seconds (protocol.txt, "Expiration times"). */
const LONGEST_RELATIVE = 60 * 60 * 24 * 30;
/** Epoch seconds; the journal has 32 bits for them. */
const LATEST_EXPIRY = 2 ** 32 - 1;

/** Takes messages in, as soon as the journal has room for them. */
export class Intake {
  readonly #core: Core;
  readonly #maxQueues: number;
  /** Since the start or the last reset. */
  enqueued = 0;

  constructor(core: Core, maxQueues: number) {
    this.#core = core;
    this.#maxQueues = maxQueues;
  }

  enqueue(request: EnqueueRequest, done: Completion<number>): void {
    if (this.#enqueueNow(request, done)) return;
    const { queue, flags, exptime, ahead, start, end } = request;
    const body = Buffer.from(request.body.subarray(start, end));
    this.#enqueueLater({ queue, flags, exptime, ahead, body, start: 0, end: end - start }, done);
  }

  #enqueueLater(request: EnqueueRequest, done: Completion<number>): void {
    this.#core.stalled.add(done, () => {
      if (!this.#enqueueNow(request, done)) this.#enqueueLater(request, done);
    });
  }

  /** Stores or refuses it; false when it has to wait for room. */
  #enqueueNow(request: EnqueueRequest, done: Completion<number>): boolean {
    const { state, journal, stalled } = this.#core;
    if (this.#core.refuses(done)) return true;
    if (state.queues.size >= this.#maxQueues && !state.queues.has(request.queue)) {
      done.reject(new QueueFullError(`there are ${this.#maxQueues} queues already`));
      return true;
    }
    if (stalled.isEmpty && journal.hasRoom(this.#recordSize(request))) {
      this.#store(request, done);
      return true;
    }
    if (journal.roomProblem === undefined) return false;
    done.reject(journal.roomProblem);
    return true;
  }

  /** Bytes that storing takes, the record of a new queue included. */
  #recordSize({ queue, start, end }: EnqueueRequest): number {
    const size = messageSize(0, end - start);
    return this.#core.state.queues.has(queue) ? size : size + BATCH_HEADER_SIZE + queueSize(queue.length);
  }

  #store(request: EnqueueRequest, done: Completion<number>): void {
    const { state, journal, recorder, deliveries, clock } = this.#core;
    const queue = state.queues.get(request.queue) ?? this.#createQueue(request.queue);
    queue.enqueued++;
    this.enqueued++;
    const now = clock();
    const expires = this.#expiry(request, now);
    if (expires < 0) {
      // What is dead on arrival leaves no record but the count.
      queue.expired++;
      done.resolve(0);
      return;
    }
    state.ages.note(state.nextId, now);
    const id = recorder.enqueue(queue, request, now, expires);
    journal.committer.whenSynced(done, id);
    deliveries.serve(queue);
  }

  #createQueue(name: QueueName): Queue {
    const { state, journal } = this.#core;
    const number = state.freeQueueNumber();
    journal.appendQueue(number, name);
    state.queue(number, name);
    return state.queues.get(name) as Queue;
  }

  /** Epoch seconds, 0 for never, negative when it is over already. */
  #expiry({ queue, exptime }: EnqueueRequest, now: number): number {
    if (exptime === 0 || this.#core.policyOf(queue).exptime === 'ignore') return 0;
    const seconds = Math.ceil(now / 1000);
    if (exptime > 0 && exptime <= LONGEST_RELATIVE) return seconds + exptime;
    return exptime > seconds ? Math.min(exptime, LATEST_EXPIRY) : -1;
  }
}
