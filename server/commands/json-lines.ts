import { isUtf8 } from 'node:buffer';
import { backoffText } from '../../shared/backoff.ts';
import { readableName, utf8AsLatin1 } from '../../shared/latin1.ts';
import type { Delivery, JobStatus, Origin } from '../engine/api.ts';

/** `/info`: one line of JSON before the body, LF included; latin1. */
export function infoLine(delivery: Delivery): string {
  const { queue, id, attempt, isLast, deaths, enqueuedAt, error, failedAt, heldBy, jobId, origin } = delivery;
  const { group } = delivery;
  const hasFailed = error !== '' || failedAt > 0;
  return `${utf8AsLatin1(
    JSON.stringify({
      queue: readableName(queue),
      id: String(id),
      job: jobId === '' ? undefined : readableName(jobId),
      group: group === '' ? undefined : readableName(group),
      attempt,
      last: isLast || undefined,
      deaths: deaths || undefined,
      enqueued: Math.round(enqueuedAt),
      error: hasFailed ? error : undefined,
      failed: time(failedAt),
      by: jsonOrText(heldBy),
      dead: origin && originOf(origin),
    }),
  )}\n`;
}

function originOf({ queue, jobId, attempts, failedAt, heldBy }: Origin): object {
  return {
    queue: readableName(queue),
    job: jobId === '' ? undefined : readableName(jobId),
    attempts,
    failed: time(failedAt),
    by: jsonOrText(heldBy),
  };
}

/** A job's status, as JSON in UTF-8. Times are milliseconds since the epoch. */
export function statusLine(status: JobStatus): Buffer {
  const { result, everyMs, lastRun, maxAttempts, backoff } = status;
  const isText = isUtf8(result);
  return Buffer.from(
    JSON.stringify({
      id: readableName(status.jobId),
      queue: readableName(status.queue),
      state: status.state,
      attempts: status.attempts,
      max_attempts: maxAttempts || undefined,
      backoff: backoff && backoffText(backoff),
      priority: status.priority,
      group: status.group === '' ? undefined : readableName(status.group),
      enqueued: time(status.enqueuedAt),
      due: time(status.dueAt),
      held: status.heldBack,
      started: time(status.startedAt),
      ended: time(status.endedAt),
      error: status.error || undefined,
      earlier_error: status.earlierError || undefined,
      by: jsonOrText(status.heldBy),
      progress: jsonOrText(status.progress),
      result: result.length > 0 && isText ? result.toString('utf8') : undefined,
      result_base64: isText ? undefined : result.toString('base64'),
      every: everyMs > 0 ? everyMs / 1000 : undefined,
      cron: status.cron || undefined,
      disabled: status.isDisabled || undefined,
      last: lastRun && {
        state: lastRun.state,
        ended: time(lastRun.endedAt),
        error: lastRun.error || undefined,
      },
      message: String(status.id),
    }),
  );
}

/** A time that is known. */
function time(ms: number): number | undefined {
  return ms > 0 ? Math.round(ms) : undefined;
}

/** What a client said, of itself or of its job: as it is meant where it is JSON, else as text. */
function jsonOrText(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
