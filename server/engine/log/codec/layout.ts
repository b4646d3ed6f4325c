import type { Block } from './block.ts';
import { readBatchHeader } from './headers.ts';
import { MessageRecord } from './message-record.ts';
import { intact, RecordType, typeAt } from './record.ts';
import {
  BATCH_HEADER_SIZE,
  CANCEL_HELD_SIZE,
  DEATH_HEADER_SIZE,
  DELAY_SIZE,
  MESSAGE_HEADER_SIZE,
  padded,
  QUEUE_EVENT_SIZE,
  QUEUE_HEADER_SIZE,
  queueSize,
  RESERVE_SIZE,
  SMALL_SIZE,
} from './sizes.ts';

/** Enough bytes of any record to tell how long its header is. */
export const LEAST_HEADER = MESSAGE_HEADER_SIZE;

/** Of records that are all of one size; 0 where no record can be. */
const SIZES = new Uint8Array(256);
for (const type of ['release', 'done', 'cancel', 'unname', 'identifiers', 'sweep', 'transfer'] as const) {
  SIZES[RecordType[type]] = SMALL_SIZE;
}
for (const type of ['purge', 'drop', 'pause', 'resume', 'move'] as const) {
  SIZES[RecordType[type]] = QUEUE_EVENT_SIZE;
}
SIZES[RecordType.reserve] = RESERVE_SIZE;
SIZES[RecordType.delay] = DELAY_SIZE;
SIZES[RecordType.cancelHeld] = CANCEL_HELD_SIZE;
SIZES[RecordType.batch] = BATCH_HEADER_SIZE;

const message = new MessageRecord();

/** Bytes that the CRC at `start` covers, and itself; 0 where no record can be. */
export function headerSizeAt(block: Block, start: number): number {
  const type = typeAt(block, start);
  switch (type) {
    case RecordType.message:
      return MESSAGE_HEADER_SIZE + message.at(block, start).extrasLength;
    case RecordType.queue:
    case RecordType.queues:
      return QUEUE_HEADER_SIZE + nameLengthAt(block, start);
    case RecordType.death:
      return DEATH_HEADER_SIZE + holderLengthAt(block, start);
    default:
      return SIZES[type];
  }
}

/** Bytes of the record at `start`, up to where the next one can begin. Its header must be whole. */
export function recordSizeAt(block: Block, start: number): number {
  const type = typeAt(block, start);
  switch (type) {
    case RecordType.message:
      return message.at(block, start).size;
    case RecordType.queue:
    case RecordType.queues:
      return queueSize(nameLengthAt(block, start));
    case RecordType.death:
      return padded(DEATH_HEADER_SIZE + holderLengthAt(block, start));
    default:
      return SIZES[type];
  }
}

/** True when there is a record at `start`, its header whole. `size`: what `headerSizeAt` says. */
export function isRecordAt(block: Block, start: number, size = headerSizeAt(block, start)): boolean {
  if (typeAt(block, start) === RecordType.batch) return readBatchHeader(block, start) !== undefined;
  return size > 0 && intact(block, start, size);
}

/** Of a death. */
export function holderLengthAt(block: Block, start: number): number {
  return block.bytes[start + 5];
}

function nameLengthAt(block: Block, start: number): number {
  return block.halves[(start >> 1) + 3];
}
