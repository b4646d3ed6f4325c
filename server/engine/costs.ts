import {
  BATCH_HEADER_SIZE,
  messageSize,
  QUEUE_EVENT_SIZE,
  QUEUE_HEADER_SIZE,
  queueSize,
  RESERVE_SIZE,
  SHARE_OF_HEADERS,
  SMALL_SIZE,
} from './log/codec/sizes.ts';
import { MOST_ATTRIBUTES } from './state/attributes.ts';

/** Most bytes of a queue's name. */
const LONGEST_NAME = 250;
/** Of the deaths and of a cancel in a record, which ends where the next one may begin, and of a new history. */
const TOLD_SINCE_SIZE = 40;

/** Bytes that the records of one operation take, where they carry no message. */
export const SMALL_COST = 4 * RESERVE_SIZE;

/** Bytes of what happens to a whole queue. */
export const QUEUE_EVENT_COST = QUEUE_EVENT_SIZE;

/** Most bytes of a small event among very many. */
export const COST_OF_ONE_AMONG_MANY = RESERVE_SIZE + SHARE_OF_HEADERS;

/** Bytes that a message takes at least. */
export const LEAST_MESSAGE_COST = messageCost(0, 0);

/** Bytes of a checkpoint with so many pages, which take so many bytes; in the midst of others it may begin a batch. */
export function checkpointCost(pages: number, bytes: number): number {
  return BATCH_HEADER_SIZE + SMALL_SIZE + pages * (QUEUE_HEADER_SIZE + SHARE_OF_HEADERS) + bytes;
}

/**
 * Most bytes that a record takes which is written again as it is: deaths, and a cancel, that small events have told by then
 * come among its attributes. `since`: bytes of the attempts that have ended without a word by then.
 */
export function keptCost(size: number, since: number): number {
  return size + TOLD_SINCE_SIZE + since;
}

/** Bytes of a message's record. */
export function messageCost(extrasLength: number, bodyLength: number): number {
  return messageSize(extrasLength, bodyLength);
}

/**
 * Most bytes of a new queue, whose name may be of any length unless it is told. By no more a checkpoint grows: between two
 * names it takes from the second one what that has in common with the first.
 */
export function queueCost(nameLength = LONGEST_NAME): number {
  return BATCH_HEADER_SIZE + queueSize(nameLength) + LONGEST_NAME;
}

/**
 * Most bytes that the end of a message takes whose last record has `size` bytes, with a text (its result, or why it
 * failed) of that length: in place of the message there may be a copy in a new queue, and its status.
 */
export function endCost(size: number, textLength: number): number {
  return 2 * (size + MOST_ATTRIBUTES) + messageSize(textLength, 0) + queueCost() + SMALL_SIZE;
}
