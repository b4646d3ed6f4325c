import { MemqError } from '../shared/errors.ts';
import { MAX_ERROR_BYTES } from '../shared/limits.ts';
import { clipBytes } from './error-text/clip-bytes.ts';
import { type Detail, ErrorChain } from './error-text/error-chain.ts';
import { isErrorLike } from './error-text/peek.ts';
import { valueText } from './error-text/properties.ts';

/** How many bytes of a reason are passed on, in UTF-8: what the server keeps. */
export const MAX_REASON = MAX_ERROR_BYTES;

/** From all that is of use to what has room in any case: message and place of the first error and of the root. */
const DETAILS: readonly Detail[] = [
  { bytes: 3500, frames: 10, errors: 8 },
  { bytes: 1500, frames: 4, errors: 6 },
  { bytes: 700, frames: 2, errors: 4 },
  { bytes: 500, frames: 1, errors: 2 },
];

const NO_ERROR = ' (thrown as it is, not as an Error: its place in the code is not known)';

/** Why a job cannot be run: the message of an error of ours, else all of the error. */
export function reasonOf(error: unknown): string {
  return error instanceof MemqError ? clipBytes(error.message, MAX_REASON) : errorText(error);
}

/**
 * An error as text: name, message, properties and stack, and the same of what it says led to it. Anything can be
 * thrown.
 */
export function errorText(thrown: unknown): string {
  try {
    if (isErrorLike(thrown)) return clipBytes(chainText(thrown), MAX_REASON);
    return clipBytes(valueText(thrown), MAX_REASON - NO_ERROR.length) + NO_ERROR;
  } catch {
    return 'the method threw something that cannot be shown';
  }
}

/** With as much detail as there is room for. */
function chainText(thrown: object): string {
  const chain = new ErrorChain(thrown);
  let text = '';
  for (const detail of DETAILS) {
    text = chain.toString(detail);
    if (Buffer.byteLength(text) <= MAX_REASON) break;
  }
  return text;
}

/** Both, on lines of their own. */
export function joinReasons(first: string, second: string): string {
  const both = `${first}\n${second}`;
  if (Buffer.byteLength(both) <= MAX_REASON) return both;
  const room = MAX_REASON - 1;
  const rest = Math.max(room >> 1, room - Buffer.byteLength(first));
  return `${clipBytes(first, room - rest)}\n${clipBytes(second, rest)}`;
}
