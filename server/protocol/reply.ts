import { ReplyWriter } from './reply-writer.ts';

/** Bytes for the client: strings are latin1, one character a byte; large values are passed on uncopied. */
export type Reply = SettledReply | LateReply;
type SettledReply = string | readonly (string | Buffer)[];

/**
 * A value of up to `INLINE_LIMIT` bytes, which is put together with what stands around it only as it leaves. Until then it
 * lies in the memory of the log, so it has to leave at once, or be settled.
 */
export abstract class LateReply {
  protected readonly value: Value;
  /** What comes behind the value. */
  end: string;

  constructor(value: Value, end: string) {
    this.value = value;
    this.end = end;
  }

  /** Bytes before the value, at most. */
  protected abstract readonly headSize: number;
  protected abstract writeHead(writer: ReplyWriter): void;

  /** How many bytes it has, at most. */
  get size(): number {
    return this.headSize + lengthOf(this.value) + this.end.length;
  }

  writeTo(writer: ReplyWriter): void {
    const { preface, body, start, end } = this.value;
    this.writeHead(writer);
    writer.text(preface);
    writer.bytes(body, start, end);
    writer.text(this.end);
  }
}

/** One of which all that comes before the value is known. */
export class InlineValue extends LateReply {
  readonly #head: string;

  constructor(head: string, value: Value, end: string) {
    super(value, end);
    this.#head = head;
  }

  protected get headSize(): number {
    return this.#head.length;
  }

  protected writeHead(writer: ReplyWriter): void {
    writer.text(this.#head);
  }
}

const writer = new ReplyWriter();

/** The same reply, for later: what has to wait for its turn holds no block of the log. */
export function settled(reply: Reply): SettledReply {
  if (!(reply instanceof LateReply)) return reply;
  reply.writeTo(writer);
  return writer.take();
}

/** Two replies as one. */
export function concat(first: Reply, second: string): Reply {
  if (typeof first === 'string') return first + second;
  if (!(first instanceof LateReply)) return [...first, second];
  first.end += second;
  return first;
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

/** Bytes of a value as the client gets it. */
export function lengthOf({ preface, start, end }: Value): number {
  return preface.length + end - start;
}

/** Values up to this size are copied among the other bytes; sending them apart costs more than the copy. */
export const INLINE_LIMIT = 2048;

/** A body up to this size is copied: it would hold a whole block of the log in memory until it has been sent. */
const COPY_LIMIT = 64 * 1024;

/** The bytes of a value that is too large for a string. */
export function bodyBytes({ body, start, end }: Value): Buffer {
  const bytes = body.subarray(start, end);
  return bytes.length <= COPY_LIMIT ? Buffer.from(bytes) : bytes;
}
