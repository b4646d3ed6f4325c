import { FORMAT_VERSION } from '../log/codec/headers.ts';
import type { Damage } from '../log/local/reading.ts';
import { NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import type { LostMessage, Survey } from './survey.ts';

export interface SegmentInspection {
  readonly path: string;
  /** Of its file; of the records in it; of those that still count. */
  readonly bytes: number;
  readonly written: number;
  readonly live: number;
  readonly records: number;
  /** When the first and the last of its messages were enqueued, milliseconds since the epoch; 0 where it has none. */
  readonly earliest: number;
  readonly latest: number;
}

export interface QueueInspection {
  /** Latin1, a character a byte. */
  readonly name: string;
  readonly waiting: number;
  readonly delayed: number;
  readonly reserved: number;
  readonly failed: number;
  /** Jobs that have ended, of which the status is kept. */
  readonly finished: number;
  readonly isPaused: boolean;
  readonly bytes: number;
  /** When the next message was enqueued, milliseconds since the epoch; 0 where none waits. */
  readonly oldest: number;
}

/** What a data directory has, and whether it is sound. */
export interface Inspection {
  /** The newest that is read, and the one that is written. */
  readonly format: number;
  /** The server that had it has come to its end on purpose, and what it left is there. */
  readonly isClosed: boolean;
  readonly nextId: number;
  readonly segments: readonly SegmentInspection[];
  readonly spares: readonly { readonly path: string; readonly bytes: number }[];
  readonly queues: readonly QueueInspection[];
  /** Written when the power went, and never acknowledged: left out. */
  readonly tornBytes: number;
  readonly damage: readonly Damage[];
  /** Undefined where bodies were not looked at. */
  readonly lost: readonly LostMessage[] | undefined;
}

export function inspect(survey: Survey, withBodies: boolean): Inspection {
  const { state, live, reading, damage } = survey.contents;
  return {
    format: FORMAT_VERSION,
    isClosed: reading.isClosed,
    nextId: reading.nextId,
    segments: reading.segments.map(({ path, from, bytes, end, records, earliest, latest }) => {
      const alive = live.of({ from, to: from + end });
      return { path, bytes, written: end, live: alive, records, earliest, latest };
    }),
    spares: reading.spares,
    queues: [...state.queues.all()].map((queue) => inspectQueue(queue, survey)),
    tornBytes: reading.tornBytes,
    damage,
    lost: withBodies ? lostOf(survey) : undefined,
  };
}

function inspectQueue(queue: Queue, survey: Survey): QueueInspection {
  const next = queue.ready.peek();
  const finished = queue.endedCount;
  return {
    name: queue.name,
    waiting: queue.ready.size,
    delayed: queue.delayedCount,
    reserved: queue.reservedCount,
    failed: queue.failedCount,
    finished,
    isPaused: queue.isPaused,
    bytes: queue.bytes,
    oldest: next === NONE ? 0 : survey.enqueuedAt(next),
  };
}

/** What cannot be read of all that lives. */
export function lostOf(survey: Survey): LostMessage[] {
  const lost: LostMessage[] = [];
  for (const message of survey.messages()) if (!('slot' in message)) lost.push(message);
  return lost;
}
