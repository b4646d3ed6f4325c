import type { MessageFilter } from '../api.ts';
import type { Foundation } from '../foundation.ts';
import type { MessageRecord } from '../records.ts';
import { isShown, listedStateOf } from './message-row.ts';

/** Whether a message of the filter's queue is what it asks for, but for its text. */
export function matches(base: Foundation, slot: number, filter: MessageFilter): boolean {
  const { state } = base;
  if (listedStateOf(base, slot) !== filter.state || !isShown(base, slot)) return false;
  if (filter.group !== undefined && (state.groupOf(slot) ?? '') !== filter.group) return false;
  return filter.errorGroup === undefined || state.errorGroupOf(slot) === filter.errorGroup;
}

/** Whether a text is part of a message's id, its error or its body. */
export function hasText(jobId: string, record: MessageRecord, text: Buffer): boolean {
  if (Buffer.from(jobId, 'latin1').includes(text) || record.error.includes(text)) return true;
  return record.block.bytes.subarray(record.bodyStart, record.bodyEnd).includes(text);
}
