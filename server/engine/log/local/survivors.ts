import type { Block } from '../codec/block.ts';
import { LEAST_HEADER, recordSizeAt } from '../codec/layout.ts';
import { MessageReader } from '../codec/message-record.ts';
import { padded, RecordType, SEGMENT_HEADER_SIZE, typeAt } from '../codec/record.ts';
import type { SegmentWindow } from './segment-window.ts';

/** Whether the record at an offset of its segment is its message's last. */
export type IsLast = (record: MessageReader, offset: number) => boolean;

/**
 * The message records of a segment that are the last of their message, in their order, read from its file a stretch at
 * a time. Each is valid until the next one is asked for. `end`: where the segment's records end. What is damaged is
 * passed over; damage to what lives no more may hide some that do. Rejects with the disk's error.
 */
export async function* survivorsInFile(
  window: SegmentWindow,
  end: number,
  isLast: IsLast,
): AsyncGenerator<MessageReader> {
  const reader = new MessageReader();
  for (let offset = SEGMENT_HEADER_SIZE, next: number; offset < end; offset = next) {
    // Nearly all is in the window already, and most lives no more: neither waits for a promise, or has its CRC checked.
    if (!window.has(offset, LEAST_HEADER)) await window.moveTo(offset, LEAST_HEADER);
    const { block } = window;
    const start = window.place(offset);
    const size = recordSizeAt(block, start);
    next = offset + (size || padded(1));
    if (typeAt(block, start) !== RecordType.message || !isLast(reader.at(block, start), offset)) continue;
    if (!window.has(offset, size)) await window.moveTo(offset, size);
    reader.at(window.block, window.place(offset));
    if (reader.headerIntact && reader.bodyIntact) yield reader;
    // There may be a record wherever one can begin.
    else next = offset + padded(1);
  }
}

/** The same for a segment that is in memory: its blocks in their order. */
export async function* survivorsInMemory(
  blocks: readonly Block[],
  isLast: IsLast,
): AsyncGenerator<MessageReader> {
  const reader = new MessageReader();
  for (const block of blocks) {
    let start = block.start === 0 ? SEGMENT_HEADER_SIZE : 0;
    for (; start < block.used; start += recordSizeAt(block, start)) {
      if (typeAt(block, start) !== RecordType.message) continue;
      if (isLast(reader.at(block, start), block.start + start)) yield reader;
    }
  }
}
