import type { Delivery } from '../engine.ts';
import { decodeAttributes } from './journal/attributes.ts';
import type { MessageReader } from './journal/message-record.ts';
import { MessageState } from './message-table.ts';

const NO_ATTRIBUTES = { heldBy: '', jobId: '' };

/** What a reader gets of a message record. */
export function toDelivery(queue: string, record: MessageReader, attempt: number, token: number): Delivery {
  const isFailed = record.state === MessageState.failed;
  const { heldBy, jobId } =
    record.attributes.length === 0 ? NO_ATTRIBUTES : decodeAttributes(record.attributes);
  return {
    queue,
    id: Math.abs(record.sequence),
    token,
    flags: record.flags,
    attempt,
    enqueuedAt: record.enqueuedAt,
    body: record.block.bytes,
    start: record.bodyStart,
    end: record.bodyEnd,
    error: record.errorLength === 0 ? '' : record.error.toString('utf8'),
    // A record of another state has its due time there, or the end of its lease.
    failedAt: isFailed ? record.time : 0,
    heldBy: isFailed ? heldBy : '',
    jobId,
  };
}
