import { isUtf8 } from 'node:buffer';
import { backoffText } from '../../shared/backoff.ts';
import { readableName } from '../../shared/latin1.ts';
import { cutUtf8 } from '../../shared/utf8.ts';
import type { MessageDetail } from '../engine/api.ts';
import { orNull } from './job-answer.ts';
import { firstLine, messageAnswer } from './message-answer.ts';
import { queueNames, utf8Text } from './names.ts';
import { callOf } from './payload-call.ts';
import type { MessageDetail as Answer } from './schemas/messages.ts';
import { timelineOf } from './timeline.ts';
import { isoTime } from './times.ts';

/** Bytes of a body that stand in the answer itself. */
const MOST_SHOWN = 65_536;

/** A message with all that is known of it. */
export function detailAnswer(detail: MessageDetail, { maxAttempts, backoff }: Rules): Answer {
  const { body, result, lastRun, origin, cron } = detail;
  const isText = isUtf8(body);
  const shown = isText ? cutUtf8(body, MOST_SHOWN) : body.subarray(0, MOST_SHOWN);
  const resultText = utf8Text(result);
  return {
    ...messageAnswer(detail),
    error: firstLine(detail.error),
    flags: detail.flags,
    payload: isText ? shown.toString() : null,
    payload_base64: isText ? null : shown.toString('base64'),
    body_bytes: body.length,
    truncated: shown.length < body.length,
    call: callOf(body),
    error_text: orNull(detail.error),
    outcome: detail.outcome ?? null,
    result: resultText === '' ? null : resultText,
    result_base64: resultText === null ? result.toString('base64') : null,
    max_attempts: detail.maxAttempts || maxAttempts,
    backoff: detail.backoff === undefined ? backoff : backoffText(detail.backoff),
    every: detail.everyMs > 0 ? detail.everyMs / 1000 : null,
    cron: cron?.pattern ?? null,
    last_run:
      lastRun === undefined
        ? null
        : {
            outcome: lastRun.state,
            at: new Date(lastRun.endedAt).toISOString(),
            error: orNull(lastRun.error),
          },
    origin:
      origin === undefined
        ? null
        : {
            queue: queueNames(origin.queue),
            id: origin.jobId === '' ? null : readableName(origin.jobId),
            attempts: origin.attempts,
            failed_at: isoTime(origin.failedAt),
            holder: orNull(origin.heldBy),
          },
    history: detail.history.map((attempt) => ({
      started_at: isoTime(attempt.startedAt),
      ended_at: isoTime(attempt.endedAt),
      holder: orNull(attempt.holder),
      error: attempt.error,
    })),
    timeline: timelineOf(detail),
  };
}

/** What the queue's policy says where the message does not. */
export interface Rules {
  readonly maxAttempts: number;
  readonly backoff: string;
}
