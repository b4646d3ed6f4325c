import type { Key } from './key.ts';
import type { Problem } from './problem.ts';
import type { Command } from './request.ts';

/** Bytes of an answer: strings are latin1, one character a byte; large values are passed on uncopied. */
export type Reply = string | readonly (string | Buffer)[];

/** Two answers as one. */
export function concat(first: Reply, second: Reply): Reply {
  if (typeof first === 'string' && typeof second === 'string') return first + second;
  return [first, second].flat();
}

export type Status = 'stored' | 'not_stored' | 'exists' | 'deleted' | 'not_found' | 'touched' | 'ok';

/** A message as a read answers it. */
export interface Value {
  readonly flags: number;
  /** `gets` and binary: the message's id, or the lease's token. */
  readonly cas: number;
  /** With `/info`: the line that comes before the body, LF included; latin1. */
  readonly preface: string;
  readonly body: Buffer;
  /** The body is `body[start..end)`. */
  readonly start: number;
  readonly end: number;
}

/** Commands' outcomes as bytes, for one protocol. Whether an outcome is answered at all is decided here, too. */
export interface Replies {
  /** `cas`: of the message that was stored; 0 where it is not known. */
  status(command: Command, status: Status, cas?: number): Reply;
  problem(command: Command, problem: Problem): Reply;
  /** One message; `end` follows. */
  value(command: Command, key: Key, value: Value): Reply;
  /** A key of a read that had nothing; `end` follows. */
  miss(command: Command, key: Key): Reply;
  /** Behind all values and misses of one read. */
  end(command: Command): Reply;
  version(command: Command, version: string): Reply;
  noop(command: Command): Reply;
  /** One statistic; `statsEnd` follows. */
  stat(command: Command, name: string, value: string): Reply;
  statsEnd(command: Command): Reply;
  saslMechanisms(command: Command, mechanisms: string): Reply;
  authenticated(command: Command): Reply;
}

/** Values up to this size are copied into the answer's string; sending them apart costs more than the copy. */
export const INLINE_LIMIT = 2048;

/** A body up to this size is copied: it would hold a whole block of the journal in memory until it has been sent. */
const COPY_LIMIT = 64 * 1024;

/** The bytes of a value that is too large for a string. */
export function bodyBytes({ body, start, end }: Value): Buffer {
  const bytes = body.subarray(start, end);
  return bytes.length <= COPY_LIMIT ? Buffer.from(bytes) : bytes;
}
