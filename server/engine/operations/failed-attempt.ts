import type { MessageRecord } from '../records.ts';
import { encodeAttempt } from '../state/attempt-history.ts';
import { type Attributes, decodeAttributes } from '../state/attributes.ts';
import type { StateView } from '../state/state-view.ts';

/** What the next record of a message tells of its attempt that has failed, and of those before it. */
export type FailedAttempt = Partial<Pick<Attributes, 'heldBy' | 'startedAt' | 'history'>>;

/** The attempt at a message that fails now. */
export function failedAttempt(
  state: StateView,
  slot: number,
  record: MessageRecord,
  error: Buffer,
  endedAt: number,
): FailedAttempt {
  const last = state.leases.lastAttempt(slot);
  if (last.heldBy === undefined) return {};
  const before = state.historyOf(slot, decodeAttributes(record.attributes).history);
  const attempt = encodeAttempt(last.startedAt ?? 0, endedAt, Buffer.from(last.heldBy), error);
  return { ...last, history: Buffer.concat([before, attempt]) };
}
