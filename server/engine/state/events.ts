/** What an event says happened. The numbers are part of the log's format. */
export const EventType = {
  queue: 3,
  message: 4,
  reserve: 5,
  release: 6,
  done: 7,
  purge: 8,
  drop: 9,
  cancel: 10,
  pause: 11,
  resume: 12,
  move: 13,
  unname: 14,
  /** Ids and lease tokens below `order` were given out. */
  identifiers: 15,
  /** What is discarded is freed, up to `slot`. */
  sweep: 16,
  /** A message that waits, or has failed, goes to the queue `target`. */
  transfer: 17,
  /** A page of a checkpoint: of the numbers from `queue` on and below `target` these queues have one, and no others. */
  queues: 18,
  /** As a release, but ready only at `time`. */
  delay: 19,
  /** A job is cancelled: it is held still, or for its record to be written, until `time` at the latest. */
  cancelHeld: 20,
  /** As a release, or as a delay where there is a time: whoever held it died without a word. */
  death: 21,
} as const;
export type EventType = (typeof EventType)[keyof typeof EventType];

/** Instead of a queue's number: a purge of all of them. It is above all numbers. */
export const ALL_QUEUES = 0xffff_ffff;

/**
 * How many numbers have their queues told in one page of a checkpoint. With the longest names a page is not longer than
 * other records' headers are: whoever looks for records behind damage tries each place.
 */
export const PAGE_QUEUES = 32;

export const NO_BYTES: Buffer = Buffer.alloc(0);

/**
 * One event: a decision that was made, never a request. Whoever applies the same events in the same order has the same
 * state.
 *
 * There is one object for very many events, filled anew for each, so that an event costs no allocation: what is not
 * said to belong to the type holds whatever the last event left there. It is valid during the call only.
 */
export class Event {
  type: EventType = EventType.done;
  /** Bytes of its record in the log; set by the log, when it appends or reads it. */
  size = 0;

  /**
   * The message's slot, and the order that tells whether it is still the message there. Not of queue events. sweep: the slot
   * behind the slice, NONE at the end of a round.
   */
  slot = 0;
  /** The message's place among those of its priority; its id is the absolute value. Negative: prepended. */
  order = 0;
  /** message, queue and all that happens to a whole queue: the queue's number. queues: the first of the page. */
  queue = 0;
  /** message, reserve, release, delay, death: attempts that count, the one under way included. */
  attempts = 0;
  /** release, delay, death (which is silent): see `Setbacks`; a message has them among its attributes. */
  deaths = 0;
  diedSilently = false;
  /** message (0 unless it is reserved), reserve and cancelHeld: the lease. */
  token = 0;
  /**
   * reserve: the end of the lease. message: the end of the delay or of the lease, when it failed, or when its status is
   * to be forgotten. delay: when it becomes ready. death: the same, or 0 for at once. cancelHeld: until when it is held. Milliseconds since the epoch; 0: an open read.
   */
  time = 0;
  /** cancelHeld, death: when that was, milliseconds since the epoch. */
  endedAt = 0;
  /** death: since when it was held (0: not known), and by whom: UTF-8, up to 255 bytes. */
  startedAt = 0;
  holder: Buffer = NO_BYTES;

  /** move, transfer: the number of the queue that it goes to. queues: the number behind the last one of the page. */
  target = 0;
  /** queues: see checkpoint-page.ts. */
  page: Buffer = NO_BYTES;
  /** queue: one latin1 character a byte. */
  name = '';
  isPaused = false;

  /** message, up to `bodyEnd`: one of `MessageState`. */
  state = 0;
  priority = 0;
  /** uint32 of the client's. */
  flags = 0;
  /** Milliseconds since the epoch. */
  enqueuedAt = 0;
  /** Epoch seconds; 0 never. */
  expires = 0;
  /** Why the last attempt failed: UTF-8. */
  error: Buffer = NO_BYTES;
  /** See attributes.ts. */
  attributes: Buffer = NO_BYTES;
  /** The body is `body[bodyStart..bodyEnd)`. A replay leaves it empty: bodies stay in the log. */
  body: Buffer = NO_BYTES;
  bodyStart = 0;
  bodyEnd = 0;
}
