import type { Delivery } from '../api.ts';
import type { MessageRecord } from '../records.ts';
import { decodeAttributes } from '../state/attributes.ts';
import { idOf, MessageState } from '../state/message-table.ts';

/**
 * What a reader gets of a message record. `attemptLimit`: how often it is tried at most. `jobId`, `deaths`, `group`: as they are now,
 * which its record may not know.
 */
export function toDelivery(
  queue: string,
  record: MessageRecord,
  attempt: number,
  attemptLimit: number,
  token: number,
  jobId: string,
  deaths: number,
  group: string,
): Delivery {
  const isFailed = record.state === MessageState.failed;
  // A dead letter has no id, which spares most jobs the reading of theirs.
  const mayTell = record.attributesLength > 0 && (isFailed || jobId === '');
  const attributes = mayTell ? decodeAttributes(record.attributes) : undefined;
  return {
    queue,
    id: idOf(record.order),
    token,
    flags: record.flags,
    attempt,
    // One that failed had it.
    isLast: attempt >= attemptLimit && !isFailed,
    deaths,
    enqueuedAt: record.enqueuedAt,
    body: record.block.bytes,
    start: record.bodyStart,
    end: record.bodyEnd,
    error: record.errorLength === 0 ? '' : record.error.toString('utf8'),
    // A record of another state has its due time there, or the end of its lease.
    failedAt: isFailed ? record.time : 0,
    heldBy: isFailed ? (attributes?.heldBy ?? '') : '',
    jobId,
    origin: attributes?.origin,
    group,
  };
}
