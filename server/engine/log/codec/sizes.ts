import { type Event, EventType } from '../../state/events.ts';

/** What records cost in bytes: a pure function of what they say. */

export const MESSAGE_HEADER_SIZE = 72;
/** Of what a name follows, or a page of names. */
export const QUEUE_HEADER_SIZE = 16;
export const RESERVE_SIZE = 40;
export const DELAY_SIZE = 32;
export const CANCEL_HELD_SIZE = 48;
/** Of a death, without the name behind it. */
export const DEATH_HEADER_SIZE = 48;
/** Of release, done, cancel, unname, identifiers, sweep and transfer. */
export const SMALL_SIZE = 24;
/** Of what happens to a whole queue: purge, drop, pause, resume and move. */
export const QUEUE_EVENT_SIZE = 16;
/** At the beginning of a segment. */
export const SEGMENT_HEADER_SIZE = 48;
/** In front of the records of one write. */
export const BATCH_HEADER_SIZE = 32;
/** Bytes of the batch headers between very many small records, for each of them. */
export const SHARE_OF_HEADERS = 8;

/** Bytes of a record in the log: its length, rounded up to where the next one can begin. */
export function padded(length: number): number {
  return (length + 7) & ~7;
}

/** `extrasLength`: of error and attributes. */
export function messageSize(extrasLength: number, bodyLength: number): number {
  return padded(MESSAGE_HEADER_SIZE + extrasLength + bodyLength);
}

/** Also of a page of that length. */
export function queueSize(nameLength: number): number {
  return padded(QUEUE_HEADER_SIZE + nameLength);
}

/** Bytes of an event's record. */
export function sizeOf(event: Event): number {
  switch (event.type) {
    case EventType.message:
      return messageSize(event.error.length + event.attributes.length, event.bodyEnd - event.bodyStart);
    case EventType.queue:
      return queueSize(event.name.length);
    case EventType.queues:
      return queueSize(event.page.length);
    case EventType.reserve:
      return RESERVE_SIZE;
    case EventType.delay:
      return DELAY_SIZE;
    case EventType.cancelHeld:
      return CANCEL_HELD_SIZE;
    case EventType.death:
      return padded(DEATH_HEADER_SIZE + event.holder.length);
    case EventType.release:
    case EventType.done:
    case EventType.cancel:
    case EventType.unname:
    case EventType.identifiers:
    case EventType.sweep:
    case EventType.transfer:
      return SMALL_SIZE;
    case EventType.purge:
    case EventType.drop:
    case EventType.pause:
    case EventType.resume:
    case EventType.move:
      return QUEUE_EVENT_SIZE;
  }
}
