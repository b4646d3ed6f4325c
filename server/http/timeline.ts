import type { z } from '@hono/zod-openapi';
import type { MessageDetail } from '../engine/api.ts';
import { orNull } from './job-answer.ts';
import type { TimelineEntry } from './schemas/messages.ts';
import { isoTime } from './times.ts';

type Entry = z.infer<typeof TimelineEntry>;

/** What has happened to a message and what is to come, in the order of time. */
export function timelineOf(detail: MessageDetail): Entry[] {
  const { state, history, error, attempts } = detail;
  const moments: { at: number; entry: Entry }[] = [];
  const add = (at: number, event: Entry['event'], worker = '', text = '') => {
    if (at > 0)
      moments.push({ at, entry: { at: isoTime(at), event, worker: orNull(worker), text: orNull(text) } });
  };
  add(detail.enqueuedAt, 'enqueued');
  for (const attempt of history) {
    add(attempt.startedAt, 'started', attempt.holder);
    add(attempt.endedAt, 'failed', attempt.holder, attempt.error);
  }
  // The last attempt stands in the history as well where it failed.
  const isTold = history.some(({ startedAt }) => startedAt === detail.startedAt);
  if (!isTold) add(detail.startedAt, 'started', detail.holder || detail.heldBy);
  const end = state === 'failed' ? 'failed' : END_EVENTS[detail.outcome ?? 'failed'];
  const hasEnded = state === 'failed' || state === 'ended';
  if (hasEnded && !history.some(({ endedAt }) => endedAt === detail.endedAt))
    add(detail.endedAt, end, detail.heldBy, state === 'failed' ? error : '');
  if (state === 'delayed') add(detail.dueAt, attempts > 0 ? 'retry' : 'due');
  if (!hasEnded) add(detail.expiresAt, 'expires');
  return moments.sort((a, b) => a.at - b.at).map(({ entry }) => entry);
}

const END_EVENTS = { complete: 'completed', failed: 'failed', cancelled: 'cancelled' } as const;
