/** Bytes for the client: strings are latin1, one character a byte; large values are passed on uncopied. */
export type Reply = string | readonly (string | Buffer)[];

/** Two replies as one. */
export function concat(first: Reply, second: Reply): Reply {
  if (typeof first === 'string' && typeof second === 'string') return first + second;
  return [first, second].flat();
}

/** How a request ended that asks for no value. */
export type Status = 'stored' | 'not_stored' | 'exists' | 'deleted' | 'not_found' | 'touched' | 'ok';

/** What a read has found. */
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

/** Values up to this size are copied into the reply's string; sending them apart costs more than the copy. */
export const INLINE_LIMIT = 2048;

/** A body up to this size is copied: it would hold a whole block of the log in memory until it has been sent. */
const COPY_LIMIT = 64 * 1024;

/** The bytes of a value that is too large for a string. */
export function bodyBytes({ body, start, end }: Value): Buffer {
  const bytes = body.subarray(start, end);
  return bytes.length <= COPY_LIMIT ? Buffer.from(bytes) : bytes;
}
