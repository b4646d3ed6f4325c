/** A message as it is found: what it is like, as text, and its id or, in a world, its number. */
export interface Found {
  readonly queue: string;
  readonly text: string;
  readonly id: number;
}

/**
 * All that can be found out about the queues of one client from outside. A census of an engine and one of a world go
 * the same way about it, and take everything out.
 */
export interface Census {
  /** Jobs by their ids, and how much there is of what; nothing was taken yet. */
  readonly outline: readonly Found[];
  /** All messages, as they could be had. */
  readonly messages: readonly Found[];
  /** Ids that were given before the start are lower, those that are given since are not. */
  readonly freshFrom: number;
}

/** Whom a census is taken of. */
export interface Subject {
  /** Has what comes first in a queue looked at, so that what has expired goes. */
  peek(queue: string): Promise<void>;
  status(queue: string, jobId: string): Promise<Found | undefined>;
  /** How much there is in a queue, and whether it is paused. */
  counts(queue: string): string;
  /** How many messages somebody holds. */
  reserved(queue: string): number;
  resume(queue: string): Promise<void>;
  /** Has a job repeat no more, if it does: it is cancelled, or scheduled no more. */
  endRepeating(queue: string, jobId: string): Promise<void>;
  /** All that is ready in a queue, in order, and then all that has failed. */
  takeAll(queue: string): Promise<Found[]>;
  /** To the next moment at which something may happen by itself, `until` at the latest; false when there is none. */
  later(until: number): Promise<boolean>;
  readonly now: number;
}

const JOB_IDS = ['j', 'k', 'tick'];
/** By then everything that repeats has done so. */
const REPEATED_MS = 25_000;

/** First half: the outline. */
export async function outlineOf(subject: Subject, queues: readonly string[]): Promise<Found[]> {
  for (const queue of queues) await subject.peek(queue);
  const outline: Found[] = [];
  for (const queue of queues) {
    outline.push({ queue, text: `${queue}: ${subject.counts(queue)}`, id: 0 });
    for (const jobId of JOB_IDS) {
      const found = await subject.status(queue, jobId);
      if (found !== undefined) outline.push({ ...found, text: `${queue}/${jobId}: ${found.text}` });
    }
  }
  return outline;
}

/** Second half: takes everything, as it comes. */
export async function messagesOf(subject: Subject, queues: readonly string[]): Promise<Found[]> {
  for (const queue of queues) await subject.resume(queue);
  const messages = await takeUntil(subject, queues, subject.now + REPEATED_MS);
  for (const queue of queues) {
    for (const jobId of JOB_IDS) await subject.endRepeating(queue, jobId);
  }
  return [...messages, ...(await takeUntil(subject, queues, Number.POSITIVE_INFINITY))];
}

async function takeUntil(subject: Subject, queues: readonly string[], until: number): Promise<Found[]> {
  const messages: Found[] = [];
  const reserved = new Map(queues.map((queue) => [queue, subject.reserved(queue)]));
  do {
    // When it goes by itself depends on what there was before.
    for (const queue of queues) await subject.peek(queue);
    // What is found to have expired may come to a queue that was looked at before.
    for (let quiet = 0; quiet < 2; quiet++) {
      const { length } = messages;
      for (const queue of queues) messages.push(...(await subject.takeAll(queue)));
      if (messages.length > length) quiet = -1;
    }
    // A lease may be over that nothing comes back from: the message has expired meanwhile.
    for (const queue of queues) {
      const count = subject.reserved(queue);
      if (count === reserved.get(queue)) continue;
      reserved.set(queue, count);
      messages.push({ queue, text: `${subject.now} ${queue}: ${count} reserved`, id: 0 });
    }
  } while (await subject.later(until));
  return messages;
}
