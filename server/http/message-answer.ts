import { readableName } from '../../shared/latin1.ts';
import { type MessageRow, type Preview, refText } from '../engine/api.ts';
import { orNull } from './job-answer.ts';
import { queueNames } from './names.ts';
import type { Message } from './schemas/messages.ts';
import { isoTime } from './times.ts';

/** A message in a list. */
export function messageAnswer(row: MessageRow, preview?: Preview): Message {
  return {
    ref: refText(row.ref),
    queue: queueNames(row.queue),
    state: row.state,
    id: row.jobId === '' ? null : readableName(row.jobId),
    group: row.group === '' ? null : readableName(row.group),
    priority: row.priority,
    attempts: row.attempts,
    deaths: row.deaths,
    bytes: row.bytes,
    enqueued_at: isoTime(row.enqueuedAt),
    due_at: isoTime(row.dueAt),
    expires_at: isoTime(row.expiresAt),
    started_at: isoTime(row.startedAt),
    deadline: isoTime(row.deadline),
    ended_at: isoTime(row.endedAt),
    holder: orNull(row.holder),
    progress: orNull(row.progress),
    cancelled: row.isCancelled,
    repeats: row.repeats,
    held_by: row.heldBack ?? null,
    error_group: orNull(row.errorGroup),
    outcome: preview?.outcome ?? null,
    error: preview === undefined ? null : firstLine(preview.error),
    ...(preview !== undefined && { preview: beginning(preview) }),
  };
}

/** As text, whatever it is: for people. A character that is cut at the end is left out. */
function beginning({ body, bodyBytes }: Preview): string {
  return new TextDecoder().decode(body, { stream: body.length < bodyBytes });
}

export function firstLine(error: string): string | null {
  return orNull(error.split('\n', 1)[0] as string);
}
