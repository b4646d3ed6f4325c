import { errorMessage } from '../../shared/errors.ts';
import type { JobInfo, JobResult } from '../executor.ts';
import { exactJson } from '../payload/exact.ts';
import type { Call } from '../payload/payload.ts';
import { MAX_REASON } from '../reason.ts';

/** What a line that a program wrote says. */
export type Message =
  /** It has loaded what it needs. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly id: unknown; readonly percent: number; readonly text?: string }
  | { readonly kind: 'answer'; readonly id: unknown; readonly result: JobResult }
  /** It was meant as a message, and cannot be read. */
  | { readonly kind: 'broken'; readonly reason: string };

/** How a line begins that was meant as a message, whatever follows. */
const OBJECT = /^\s*\{\s*"/;

/**
 * The line that gives a program a job, with its newline. Integers keep all their digits, floats that they are some, and
 * objects the order of their keys, where the payload was read for that (`isExact`).
 *
 * @throws TypeError that names the argument that JSON cannot carry, PHP's NAN
 */
export function jobLine(className: string | undefined, call: Call, info: JobInfo): string {
  const { id, job = null, queue, attempt } = info;
  const about = JSON.stringify({ class: className, method: call.method, id, job, queue, attempt });
  return `${about.slice(0, -1)},"args":${exactJson(call.args)}}\n`;
}

/** Reads a line that a program wrote; undefined when it is none of our messages, but something it printed. */
export function readMessage(line: string): Message | undefined {
  if (!OBJECT.test(line)) return undefined;
  let message: Record<string, unknown>;
  try {
    message = JSON.parse(line);
  } catch (error) {
    return {
      kind: 'broken',
      reason: `the program answered what is not JSON: ${errorMessage(error)}: ${line}`,
    };
  }
  const { id, ready, progress, text } = message;
  if ('ok' in message || 'error' in message) return { kind: 'answer', id, result: readAnswer(message, line) };
  if (typeof progress === 'number') {
    return { kind: 'progress', id, percent: progress, ...(typeof text === 'string' && { text }) };
  }
  return ready === true ? { kind: 'ready' } : undefined;
}

/** A job that failed for a `reason` of any length. */
export function failed(reason: string): JobResult {
  return { kind: 'failed', reason: reason.slice(0, MAX_REASON) };
}

/** A job that no other time will make work. */
export function rejected(reason: string): JobResult & { readonly kind: 'rejected' } {
  return { kind: 'rejected', reason: reason.slice(0, MAX_REASON) };
}

function readAnswer({ ok, result, error, trace, final }: Record<string, unknown>, line: string): JobResult {
  if (ok === true) return { kind: 'done', value: result };
  if (error === undefined || error === null)
    return failed(`the program answered neither ok nor an error: ${line}`);
  let reason = typeof error === 'string' ? error : JSON.stringify(error);
  if (typeof trace === 'string') reason = trace.startsWith(reason) ? trace : `${reason}\n${trace}`;
  return final === true ? { ...rejected(reason), isThrown: true } : failed(reason);
}
