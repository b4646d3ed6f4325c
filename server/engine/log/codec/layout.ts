import type { Block } from './block.ts';
import { MESSAGE_HEADER_SIZE, MessageReader } from './message-record.ts';
import {
  BATCH_HEADER_SIZE,
  CANCEL_SIZE,
  DONE_SIZE,
  intact,
  QUEUE_HEADER_SIZE,
  QUEUE_OPERATION_SIZE,
  queueNameLength,
  queueSize,
  RELEASE_SIZE,
  RESERVE_SIZE,
  RecordType,
  readBatchHeader,
  typeAt,
  UNNAME_SIZE,
} from './record.ts';

/** Enough bytes of any record to tell how long its header is. */
export const LEAST_HEADER = MESSAGE_HEADER_SIZE;

const SIZES: Readonly<Record<number, number>> = {
  [RecordType.batch]: BATCH_HEADER_SIZE,
  [RecordType.reserve]: RESERVE_SIZE,
  [RecordType.release]: RELEASE_SIZE,
  [RecordType.done]: DONE_SIZE,
  [RecordType.cancel]: CANCEL_SIZE,
  [RecordType.unname]: UNNAME_SIZE,
  [RecordType.purge]: QUEUE_OPERATION_SIZE,
  [RecordType.drop]: QUEUE_OPERATION_SIZE,
  [RecordType.pause]: QUEUE_OPERATION_SIZE,
  [RecordType.resume]: QUEUE_OPERATION_SIZE,
  [RecordType.move]: QUEUE_OPERATION_SIZE,
};

const message = new MessageReader();

/** Bytes that the CRC at `start` covers, and itself; 0 where no record can be. */
export function headerSizeAt(block: Block, start: number): number {
  switch (typeAt(block, start)) {
    case RecordType.message:
      return MESSAGE_HEADER_SIZE + message.at(block, start).extrasLength;
    case RecordType.queue:
      return QUEUE_HEADER_SIZE + queueNameLength(block, start);
    default:
      return SIZES[typeAt(block, start)] ?? 0;
  }
}

/** Bytes of the record at `start`, up to where the next one can begin. Its header must be whole. */
export function recordSizeAt(block: Block, start: number): number {
  switch (typeAt(block, start)) {
    case RecordType.message:
      return message.at(block, start).size;
    case RecordType.queue:
      return queueSize(queueNameLength(block, start));
    default:
      return SIZES[typeAt(block, start)] ?? 0;
  }
}

/** True when there is a record at `start`, its header whole. */
export function isRecordAt(block: Block, start: number): boolean {
  if (typeAt(block, start) === RecordType.batch) return readBatchHeader(block, start) !== undefined;
  const size = headerSizeAt(block, start);
  return size > 0 && intact(block, start, size);
}
