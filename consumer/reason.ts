import { inspect } from 'node:util';
import { MemqError } from '../shared/errors.ts';
import { MAX_ERROR_BYTES } from '../shared/limits.ts';

/** How many characters of a reason are passed on. */
export const MAX_REASON = MAX_ERROR_BYTES;

/** Why a job cannot be run: the message of an error of ours, else all of the error. */
export function reasonOf(error: unknown): string {
  return error instanceof MemqError ? error.message.slice(0, MAX_REASON) : errorText(error);
}

/** An error as text: its stack, which begins with its name and message. Anything can be thrown. */
export function errorText(error: unknown): string {
  try {
    const text = error instanceof Error && typeof error.stack === 'string' ? error.stack : inspect(error);
    return text.slice(0, MAX_REASON);
  } catch {
    return 'the method threw something that cannot be shown';
  }
}
