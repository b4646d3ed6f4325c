import { type Event, EventType, PAGE_QUEUES } from '../state/events.ts';

/** How many records a replay tells in one turn of the event loop: what takes one to two milliseconds. */
export const SLICE = 1000;

/** How many records an event takes as long as. */
export function workOf({ type }: Event): number {
  return type === EventType.queues ? PAGE_QUEUES : 1;
}

/** Does long work a part in each turn of the event loop: it yields where others may have theirs. */
export async function inSlices<T>(work: Generator<void, T>): Promise<T> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** The same at once: for those who have nothing else to do. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
