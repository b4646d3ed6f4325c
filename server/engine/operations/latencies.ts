import { Histogram, type QueueLatency } from '../api.ts';
import type { MessageRecord } from '../records.ts';
import { MessageState } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';

/** Most queues of which it is kept. */
const MOST_QUEUES = 1000;

/** One queue's, in the order in which they were last active. */
class Entry implements QueueLatency {
  queue: Queue;
  readonly wait = new Histogram();
  readonly run = new Histogram();
  newer: Entry | undefined;
  older: Entry | undefined;

  constructor(queue: Queue) {
    this.queue = queue;
  }
}

/**
 * How long messages wait until they are first taken, and how long they are held until they are done: of all queues together,
 * and of each of the thousand that were last active. The one that was least recently so gives its place to another.
 *
 * A wait begins when the message was enqueued, or when it was due, or was put back to be tried anew, or came among the dead
 * letters: as its record says, to a millisecond. One that was returned as if it had never been taken waits again, from the
 * same time on. What was taken before the server started has no known beginning, and is left out when it is done.
 */
export class Latencies {
  readonly all: QueueLatency = { wait: new Histogram(), run: new Histogram() };
  readonly #entries = new Map<Queue, Entry>();
  #newest: Entry | undefined;
  #oldest: Entry | undefined;

  of(queue: Queue): QueueLatency | undefined {
    return this.#entries.get(queue);
  }

  /** A message was taken for the first time. `failedAt`: of a dead letter when it became one, else 0. */
  waited(queue: Queue, record: MessageRecord, failedAt: number, now: number): void {
    // What somebody had run before its time, and was taken before that, has not waited.
    const ms = Math.max(0, now - Math.max(readySince(record), failedAt));
    this.all.wait.add(ms, this.#entry(queue).wait);
  }

  /** A message is done that was held since then; 0: that is not known. */
  ran(queue: Queue, since: number, now: number): void {
    if (since === 0) return;
    const ms = now - since;
    this.all.run.add(ms, this.#entry(queue).run);
  }

  /** The queue's own, which is now the newest. */
  #entry(queue: Queue): Entry {
    if (this.#newest?.queue === queue) return this.#newest;
    const known = this.#entries.get(queue);
    const entry = known ?? this.#place(queue);
    if (known !== undefined) this.#takeOut(known);
    entry.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    return entry;
  }

  /** A new one, or that of the queue that gives its place. */
  #place(queue: Queue): Entry {
    let entry = this.#entries.size < MOST_QUEUES ? undefined : this.#oldest;
    if (entry === undefined) entry = new Entry(queue);
    else {
      this.#takeOut(entry);
      this.#entries.delete(entry.queue);
      entry.queue = queue;
      entry.wait.clear();
      entry.run.clear();
    }
    this.#entries.set(queue, entry);
    return entry;
  }

  #takeOut(entry: Entry): void {
    const { newer, older } = entry;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    entry.newer = entry.older = undefined;
  }
}

/** When what was never taken became ready. */
function readySince({ enqueuedAt, state, time }: MessageRecord): number {
  // The time of any other state is not that.
  const hasWaited = state === MessageState.ready || state === MessageState.delayed;
  return hasWaited ? Math.max(enqueuedAt, time) : enqueuedAt;
}
