import { cutUtf8 } from '../../../shared/utf8.ts';
import { firstLine } from './error-key.ts';
import { NO_BYTES } from './events.ts';

/** An attempt that failed. Times are milliseconds since the epoch, 0 where that is not known. */
export interface AttemptRecord {
  readonly startedAt: number;
  readonly endedAt: number;
  /** The beginning of its name; '' where that is not known. */
  readonly holder: string;
  /** The beginning of the first line of its error. */
  readonly error: string;
}

/** As many of the last attempts are kept. */
export const MOST_ATTEMPTS = 8;
/** Most bytes that are kept of a holder's name, and of an error. */
const LONGEST_HOLDER = 64;
const LONGEST_ERROR = 200;

/** Of each: when it began and ended (f64 each), the lengths of holder and error (u8 each). */
const HEADER = 18;

/** What is kept of a holder's name in a history. */
export function cutHolder(holder: Buffer): Buffer {
  return cutUtf8(holder, LONGEST_HOLDER);
}

/** Why an attempt failed whose connection or lease ended. */
export function endedSilently(attempt: number): Buffer {
  return Buffer.from(`attempt ${attempt} ended without an answer`);
}

/** One attempt, as a history has it. */
export function encodeAttempt(startedAt: number, endedAt: number, holder: Buffer, error: Buffer): Buffer {
  const name = cutHolder(holder);
  const line = Buffer.from(firstLine(error, LONGEST_ERROR));
  const header = Buffer.alloc(HEADER);
  header.writeDoubleLE(startedAt, 0);
  header.writeDoubleLE(endedAt, 8);
  header[16] = name.length;
  header[17] = line.length;
  return Buffer.concat([header, name, line]);
}

/** Of a history, the oldest first, what is kept in so many bytes: the last ones. */
export function lastAttempts(history: Buffer, mostBytes: number): Buffer {
  if (history.length === 0) return NO_BYTES;
  const starts = startsOf(history);
  const first = starts.findIndex(
    (start, i) => starts.length - i <= MOST_ATTEMPTS && history.length - start <= mostBytes,
  );
  return first < 0 ? NO_BYTES : history.subarray(starts[first]);
}

/** The attempts of a history, the oldest first. */
export function decodeHistory(history: Buffer): AttemptRecord[] {
  return startsOf(history).map((start) => {
    const nameStart = start + HEADER;
    const nameEnd = nameStart + (history[start + 16] as number);
    return {
      startedAt: history.readDoubleLE(start),
      endedAt: history.readDoubleLE(start + 8),
      holder: history.toString('utf8', nameStart, nameEnd),
      error: history.toString('utf8', nameEnd, nameEnd + (history[start + 17] as number)),
    };
  });
}

function startsOf(history: Buffer): number[] {
  const starts: number[] = [];
  for (let at = 0; at + HEADER <= history.length; ) {
    starts.push(at);
    at += HEADER + (history[at + 16] as number) + (history[at + 17] as number);
  }
  return starts;
}
