import type { Block } from './block.ts';
import { recordSizeAt } from './layout.ts';
import { MessageReader } from './message-record.ts';
import { padded, RecordType, SEGMENT_HEADER_SIZE, typeAt } from './record.ts';
import type { SegmentWindow } from './segment-window.ts';

/** Whether the record at an offset of its segment is its message's last. */
export type IsLast = (record: MessageReader, offset: number) => boolean;

/**
 * The message records of a segment that are the last of their message, in their order, read from its file a stretch at
 * a time. Each is valid until the next one is asked for. `end`: where the segment's records end. What is damaged is
 * passed over. Rejects with the disk's error.
 */
export async function* survivorsInFile(
  window: SegmentWindow,
  end: number,
  isLast: IsLast,
): AsyncGenerator<MessageReader> {
  const reader = new MessageReader();
  for (let offset = SEGMENT_HEADER_SIZE, next: number; offset < end; offset = next) {
    const isWhole = await window.findLater(offset);
    // There may be a record wherever one can begin.
    next = offset + (isWhole ? window.size : padded(1));
    const { block, start, size } = window;
    if (!isWhole || typeAt(block, start) !== RecordType.message) continue;
    if (!isLast(reader.at(block, start), offset)) continue;
    const place = await window.locateLater(offset, size);
    if (reader.at(window.block, place).bodyIntact) yield reader;
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
