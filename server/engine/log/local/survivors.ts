import { LEAST_HEADER, recordSizeAt } from '../codec/layout.ts';
import { MessageRecord } from '../codec/message-record.ts';
import { RecordType, typeAt } from '../codec/record.ts';
import { padded, SEGMENT_HEADER_SIZE } from '../codec/sizes.ts';
import type { IsLive } from '../log.ts';
import type { SegmentWindow } from './segment-window.ts';

/**
 * The message records of a segment that are alive, in their order, read from its file a stretch at a time. Each is valid
 * until the next one is asked for. `from` and `end`: offsets between which there are records. What is damaged is passed
 * over; damage to what lives no more may hide some that do. Rejects with the disk's error.
 */
export async function* survivorsInFile(
  window: SegmentWindow,
  from: number,
  end: number,
  isLive: IsLive,
): AsyncGenerator<MessageRecord> {
  const record = new MessageRecord();
  for (let offset = Math.max(SEGMENT_HEADER_SIZE, from), next: number; offset < end; offset = next) {
    // Nearly all is in the window already, and most lives no more: neither waits for a promise, or has its CRC checked.
    if (!window.has(offset, LEAST_HEADER)) await window.moveTo(offset, LEAST_HEADER);
    const { block } = window;
    const start = window.place(offset);
    const size = recordSizeAt(block, start);
    next = offset + (size || padded(1));
    if (typeAt(block, start) !== RecordType.message) continue;
    if (!isLive(record.at(block, start), window.position + offset)) continue;
    if (!window.has(offset, size)) await window.moveTo(offset, size);
    record.at(window.block, window.place(offset));
    if (record.headerIntact && record.bodyIntact) yield record;
    // There may be a record wherever one can begin.
    else next = offset + padded(1);
  }
}
