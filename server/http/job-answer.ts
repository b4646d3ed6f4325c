import { readableName } from '../../shared/latin1.ts';
import type { JobStatus } from '../engine/api.ts';
import { queueNames, utf8Text } from './names.ts';
import type { Job } from './schemas/messages.ts';
import { isoTime } from './times.ts';

/** What is known of a job, as answers have it. */
export function jobAnswer(status: JobStatus, ref: string | null): Job {
  const { result } = status;
  const text = utf8Text(result);
  return {
    id: readableName(status.jobId),
    queue: queueNames(status.queue),
    ref,
    message_id: String(status.id),
    status: status.state,
    attempts: status.attempts,
    priority: status.priority,
    enqueued_at: isoTime(status.enqueuedAt),
    due_at: isoTime(status.dueAt),
    started_at: isoTime(status.startedAt),
    ended_at: isoTime(status.endedAt),
    error: orNull(status.error),
    earlier_error: orNull(status.earlierError),
    holder: orNull(status.heldBy),
    result: text === '' ? null : text,
    result_base64: text === null ? result.toString('base64') : null,
    progress: orNull(status.progress),
    group: status.group === '' ? null : readableName(status.group),
    held_by: status.heldBack ?? null,
    every: status.everyMs > 0 ? status.everyMs / 1000 : null,
    cron: orNull(status.cron),
  };
}

export function orNull(text: string): string | null {
  return text === '' ? null : text;
}
