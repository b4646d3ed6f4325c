import { copyBytes } from '../../../../shared/copy-bytes.ts';
import { type Event, EventType, NO_BYTES } from '../../state/events.ts';
import type { Block } from './block.ts';
import { crcOf } from './crc.ts';
import { holderLengthAt } from './layout.ts';
import { seal, typeAt } from './record.ts';
import {
  DEATH_HEADER_SIZE,
  MESSAGE_HEADER_SIZE,
  messageSize,
  QUEUE_EVENT_SIZE,
  QUEUE_HEADER_SIZE,
  queueSize,
  RESERVE_SIZE,
  SMALL_SIZE,
  sizeOf,
} from './sizes.ts';

/** In the byte behind the type of a queue's record. */
const PAUSED = 1 << 8;
/** In the byte behind the type of a release or a delay. */
const DIED_SILENTLY = 1 << 8;

/** Writes an event's record, of `sizeOf(event)` bytes, at `start` in a block; its CRCs are up to `sealEvent`. */
export function writeEvent(block: Block, start: number, event: Event): void {
  const { words, doubles } = block;
  const word = start >> 2;
  const double = start >> 3;
  switch (event.type) {
    case EventType.message:
      writeMessage(block, start, event);
      return;
    case EventType.reserve:
      words[word + 1] = event.type | (event.attempts << 16);
      words[word + 2] = event.slot;
      words[word + 3] = 0;
      doubles[double + 2] = event.order;
      doubles[double + 3] = event.token;
      doubles[double + 4] = event.time;
      return;
    case EventType.release:
    case EventType.delay:
      words[word + 1] = event.type | (event.diedSilently ? DIED_SILENTLY : 0) | (event.attempts << 16);
      words[word + 2] = event.slot;
      words[word + 3] = event.deaths;
      doubles[double + 2] = event.order;
      if (event.type === EventType.delay) doubles[double + 3] = event.time;
      return;
    case EventType.death:
      doubles[(start + sizeOf(event) - 8) >> 3] = 0;
      words[word + 1] = event.type | (event.holder.length << 8) | (event.attempts << 16);
      words[word + 2] = event.slot;
      words[word + 3] = event.deaths;
      doubles[double + 2] = event.order;
      doubles[double + 3] = event.time;
      doubles[double + 4] = event.startedAt;
      doubles[double + 5] = event.endedAt;
      event.holder.copy(block.bytes, start + DEATH_HEADER_SIZE);
      return;
    case EventType.cancelHeld:
      words[word + 1] = event.type;
      words[word + 2] = event.slot;
      words[word + 3] = 0;
      doubles[double + 2] = event.order;
      doubles[double + 3] = event.endedAt;
      doubles[double + 4] = event.time;
      doubles[double + 5] = event.token;
      return;
    case EventType.done:
    case EventType.cancel:
    case EventType.unname:
    case EventType.transfer:
      words[word + 1] = event.type;
      words[word + 2] = event.slot;
      words[word + 3] = event.type === EventType.transfer ? event.target : 0;
      doubles[double + 2] = event.order;
      return;
    case EventType.sweep:
      words[word + 1] = event.type;
      words[word + 2] = event.slot;
      words[word + 3] = 0;
      doubles[double + 2] = 0;
      return;
    case EventType.identifiers:
      words[word + 1] = event.type;
      words[word + 2] = 0;
      words[word + 3] = 0;
      doubles[double + 2] = event.order;
      return;
    case EventType.queue:
      words[word + 1] = event.type | (event.isPaused ? PAUSED : 0) | (event.name.length << 16);
      words[word + 2] = event.queue;
      words[word + 3] = 0;
      doubles[(start + queueSize(event.name.length) - 8) >> 3] = 0;
      block.bytes.write(event.name, start + QUEUE_HEADER_SIZE, 'latin1');
      return;
    case EventType.queues:
      doubles[(start + queueSize(event.page.length) - 8) >> 3] = 0;
      words[word + 1] = event.type | (event.page.length << 16);
      words[word + 2] = event.queue;
      words[word + 3] = event.target;
      event.page.copy(block.bytes, start + QUEUE_HEADER_SIZE);
      return;
    default:
      words[word + 1] = event.type;
      words[word + 2] = event.queue;
      words[word + 3] = event.type === EventType.move ? event.target : 0;
  }
}

function writeMessage(block: Block, start: number, event: Event): void {
  const { bytes, words, doubles } = block;
  const { error, attributes, bodyStart, bodyEnd } = event;
  const word = start >> 2;
  const double = start >> 3;
  const errorEnd = start + MESSAGE_HEADER_SIZE + error.length;
  doubles[(start + messageSize(error.length + attributes.length, bodyEnd - bodyStart) - 8) >> 3] = 0;
  words[word + 1] = event.type | (event.state << 8) | (event.attempts << 16);
  words[word + 2] = event.slot;
  words[word + 3] = event.queue;
  doubles[double + 2] = event.order;
  words[word + 6] = event.priority;
  words[word + 7] = event.flags;
  doubles[double + 4] = event.enqueuedAt;
  doubles[double + 5] = event.time;
  words[word + 12] = event.expires;
  words[word + 13] = bodyEnd - bodyStart;
  words[word + 14] = 0;
  words[word + 15] = error.length | (attributes.length << 16);
  doubles[double + 8] = event.token;
  if (error.length > 0) error.copy(bytes, start + MESSAGE_HEADER_SIZE);
  if (attributes.length > 0) attributes.copy(bytes, errorEnd);
  copyBytes(event.body, bodyStart, bodyEnd, bytes, errorEnd + attributes.length);
}

/** Puts the CRCs into the record of an event that has been written. */
export function sealEvent(block: Block, start: number, event: Event): void {
  switch (event.type) {
    case EventType.message: {
      const headerSize = MESSAGE_HEADER_SIZE + event.error.length + event.attributes.length;
      const body = start + headerSize;
      block.words[(start >> 2) + 14] = crcOf(block, body, body + event.bodyEnd - event.bodyStart);
      seal(block, start, headerSize);
      return;
    }
    case EventType.queue:
      seal(block, start, QUEUE_HEADER_SIZE + event.name.length);
      return;
    case EventType.queues:
      seal(block, start, QUEUE_HEADER_SIZE + event.page.length);
      return;
    case EventType.death:
      seal(block, start, DEATH_HEADER_SIZE + event.holder.length);
      return;
    default:
      seal(block, start, sizeOf(event));
  }
}

/**
 * Fills an event with what its record at `start` says; its header must be whole. The body is left empty; error and
 * attributes lie in the block.
 */
export function readEvent(block: Block, start: number, event: Event): void {
  const { words, halves, doubles } = block;
  event.type = typeAt(block, start) as EventType;
  switch (event.type) {
    case EventType.message:
      readMessage(block, start, event);
      return;
    case EventType.release:
    case EventType.delay:
      event.size = sizeOf(event);
      event.attempts = halves[(start >> 1) + 3];
      event.slot = words[(start >> 2) + 2];
      event.order = doubles[(start >> 3) + 2];
      event.deaths = words[(start >> 2) + 3];
      event.diedSilently = (words[(start >> 2) + 1] & DIED_SILENTLY) !== 0;
      if (event.type === EventType.delay) event.time = doubles[(start >> 3) + 3];
      return;
    case EventType.death: {
      const holder = start + DEATH_HEADER_SIZE;
      event.holder = block.bytes.subarray(holder, holder + holderLengthAt(block, start));
      event.size = sizeOf(event);
      event.attempts = halves[(start >> 1) + 3];
      event.slot = words[(start >> 2) + 2];
      event.deaths = words[(start >> 2) + 3];
      event.diedSilently = true;
      event.order = doubles[(start >> 3) + 2];
      event.time = doubles[(start >> 3) + 3];
      event.startedAt = doubles[(start >> 3) + 4];
      event.endedAt = doubles[(start >> 3) + 5];
      return;
    }
    case EventType.cancelHeld:
      event.size = sizeOf(event);
      event.slot = words[(start >> 2) + 2];
      event.order = doubles[(start >> 3) + 2];
      event.endedAt = doubles[(start >> 3) + 3];
      event.time = doubles[(start >> 3) + 4];
      event.token = doubles[(start >> 3) + 5];
      return;
    case EventType.reserve:
    case EventType.done:
    case EventType.cancel:
    case EventType.unname:
    case EventType.identifiers:
    case EventType.sweep:
    case EventType.transfer:
      event.size = SMALL_SIZE;
      event.attempts = halves[(start >> 1) + 3];
      event.slot = words[(start >> 2) + 2];
      event.order = doubles[(start >> 3) + 2];
      event.target = words[(start >> 2) + 3];
      if (event.type !== EventType.reserve) return;
      event.size = RESERVE_SIZE;
      event.token = doubles[(start >> 3) + 3];
      event.time = doubles[(start >> 3) + 4];
      return;
    case EventType.queue: {
      const length = halves[(start >> 1) + 3];
      const name = start + QUEUE_HEADER_SIZE;
      event.size = queueSize(length);
      event.queue = words[(start >> 2) + 2];
      event.name = block.bytes.toString('latin1', name, name + length);
      event.isPaused = (words[(start >> 2) + 1] & PAUSED) !== 0;
      return;
    }
    case EventType.queues: {
      const length = halves[(start >> 1) + 3];
      const page = start + QUEUE_HEADER_SIZE;
      event.size = queueSize(length);
      event.queue = words[(start >> 2) + 2];
      event.target = words[(start >> 2) + 3];
      event.page = block.bytes.subarray(page, page + length);
      return;
    }
    default:
      event.size = QUEUE_EVENT_SIZE;
      event.queue = words[(start >> 2) + 2];
      event.target = words[(start >> 2) + 3];
  }
}

function readMessage(block: Block, start: number, event: Event): void {
  const { bytes, words, halves, doubles } = block;
  const word = start >> 2;
  const double = start >> 3;
  const errorLength = halves[(start >> 1) + 30];
  const attributesLength = halves[(start >> 1) + 31];
  event.state = bytes[start + 5];
  event.attempts = halves[(start >> 1) + 3];
  event.slot = words[word + 2];
  event.queue = words[word + 3];
  event.order = doubles[double + 2];
  event.priority = words[word + 6];
  event.flags = words[word + 7];
  event.enqueuedAt = doubles[double + 4];
  event.time = doubles[double + 5];
  event.expires = words[word + 12];
  event.size = messageSize(errorLength + attributesLength, words[word + 13]);
  event.token = doubles[double + 8];
  const error = start + MESSAGE_HEADER_SIZE;
  const attributes = error + errorLength;
  event.error = errorLength === 0 ? NO_BYTES : bytes.subarray(error, attributes);
  event.attributes =
    attributesLength === 0 ? NO_BYTES : bytes.subarray(attributes, attributes + attributesLength);
  event.body = NO_BYTES;
  event.bodyStart = 0;
  event.bodyEnd = 0;
}
