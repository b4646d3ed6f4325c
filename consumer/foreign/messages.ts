import { exactJson } from '../../shared/payload/exact.ts';
import type { JobResult } from '../executor.ts';
import type { JobInfo } from '../job-info.ts';
import type { Call } from '../payload/payload.ts';
import { cutReason, reasonOfErrors, type ToldError } from './told-error.ts';

/** What a line that a program wrote says. */
export type Message =
  /** Whether it has loaded what it needs. */
  | { readonly kind: 'start'; readonly isReady: boolean }
  | { readonly kind: 'progress'; readonly id: unknown; readonly percent: number; readonly text?: string }
  | { readonly kind: 'answer'; readonly id: unknown; readonly result: JobResult };

/** How an object of JSON begins. */
export const OBJECT = /^\s*\{/;

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
  } catch {
    return undefined;
  }
  const { id, ready, progress, text } = message;
  if ('ok' in message || 'error' in message) return { kind: 'answer', id, result: readAnswer(message, line) };
  if (typeof progress === 'number') {
    return { kind: 'progress', id, percent: progress, ...(typeof text === 'string' && { text }) };
  }
  return typeof ready === 'boolean' ? { kind: 'start', isReady: ready } : undefined;
}

/** A job that failed for a `reason` of any length. */
export function failed(reason: string): JobResult & { kind: 'failed' } {
  return { kind: 'failed', reason: cutReason(reason) };
}

/** A job that no other time will make work. */
export function rejected(reason: string): JobResult & { readonly kind: 'rejected' } {
  return { kind: 'rejected', reason: cutReason(reason) };
}

function readAnswer(answer: Record<string, unknown>, line: string): JobResult {
  const { ok, result, error, causes, final } = answer;
  if (ok === true) return { kind: 'done', value: result };
  if (error === undefined || error === null)
    return failed(`the program answered neither ok nor an error: ${line}`);
  const reason = reasonOfErrors([answer, ...(Array.isArray(causes) ? causes : [])].map(readError));
  return final === true ? { ...rejected(reason), isThrown: true } : failed(reason);
}

/** What is told of an error: an object with `error` and perhaps `trace`, or only what it would have as `error`. */
function readError(told: unknown): ToldError {
  const { error, trace } = Object(told) as Record<string, unknown>;
  const name = error ?? told;
  const message = typeof name === 'string' ? name : JSON.stringify(name);
  if (typeof trace !== 'string') return { message, trace: '' };
  if (!trace.startsWith(message)) return { message, trace };
  // A trace that tells the error as well, as V8's does.
  const end = trace.indexOf('\n', message.length);
  return end < 0
    ? { message: trace, trace: '' }
    : { message: trace.slice(0, end), trace: trace.slice(end + 1) };
}
