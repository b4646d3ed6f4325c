import { cutText } from '../../shared/utf8.ts';
import { MAX_REASON } from '../reason.ts';

/** An error, as a program tells it. */
export interface ToldError {
  readonly message: string;
  /** Where it was, innermost first, a line each; '' where that is not told. */
  readonly trace: string;
}

/** Of so many errors at most something is kept when not all have room: the first, and those next to the root. */
const MAX_ERRORS = 4;

/**
 * The reason of a failure: all messages, then all places, from the error down to its root cause. What is too long is
 * cut so that something is left of each.
 */
export function reasonOfErrors(errors: readonly ToldError[]): string {
  const whole = joined([...errors.map(messageLine), ...errors.map(traceLines)]);
  if (Buffer.byteLength(whole) <= MAX_REASON) return whole;
  const kept =
    errors.length <= MAX_ERRORS ? errors : [...errors.slice(0, 1), ...errors.slice(1 - MAX_ERRORS)];
  const places = kept.map(traceLines);
  const wanted = joined(places) === '' ? 0 : Buffer.byteLength(joined(places)) + 1;
  const messages = evenly(kept.map(messageLine), MAX_REASON - Math.min(wanted, MAX_REASON / 2));
  const rest = MAX_REASON - Buffer.byteLength(joined(messages)) - 1;
  const cut = evenly(places, rest).map((place, index) => wholeLines(place, places[index] ?? ''));
  return joined([...messages, ...cut]);
}

/** The text, cut to what the server keeps. */
export function cutReason(text: string): string {
  return cutText(text, MAX_REASON);
}

function messageLine({ message }: ToldError, index: number): string {
  return index === 0 ? message : `caused by ${message}`;
}

function traceLines({ trace }: ToldError, index: number): string {
  return index === 0 || trace === '' ? trace : `caused at ${trace}`;
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n');
}

/** The texts, the longest of them cut, so that they and the newlines between them take at most so many bytes. */
function evenly(texts: readonly string[], bytes: number): string[] {
  // An empty one is left out, and so is its newline.
  const lengths = texts.map((text) => Buffer.byteLength(text) + (text === '' ? 0 : 1)).sort((a, b) => a - b);
  let rest = bytes + 1;
  let share = rest;
  for (const [index, length] of lengths.entries()) {
    share = Math.floor(rest / (lengths.length - index));
    if (length > share) break;
    rest -= length;
  }
  return texts.map((text) => cutText(text, share - 1));
}

/** Without a last line that was cut, unless there is no other. */
function wholeLines(cut: string, whole: string): string {
  return cut === whole || whole[cut.length] === '\n' ? cut : cut.replace(/\n[^\n]*$/, '');
}
