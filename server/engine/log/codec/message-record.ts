import { NO_ATTRIBUTES } from '../../state/attributes.ts';
import type { Block } from './block.ts';
import { crcOf } from './crc.ts';
import { intact, padded, RecordType, seal } from './record.ts';

export const MESSAGE_HEADER_SIZE = 72;

/** All that a message record says, but its body. */
export interface MessageFields {
  slot: number;
  sequence: number;
  queue: number;
  priority: number;
  /** One of `MessageState`. */
  state: number;
  attempts: number;
  flags: number;
  /** Milliseconds since the epoch. */
  enqueuedAt: number;
  /**
   * Milliseconds since the epoch: the end of the delay or of the lease (an open read: 0), when it failed, or when
   * its status is to be forgotten.
   */
  time: number;
  /** Epoch seconds; 0 never. */
  expires: number;
  /** The reservation while reserved, else 0. */
  token: number;
  /** Why the last attempt failed: UTF-8. */
  error: Buffer;
  /** See attributes.ts. */
  attributes: Buffer;
}

/** `extrasLength`: of error and attributes. */
export function messageSize(extrasLength: number, bodyLength: number): number {
  return padded(MESSAGE_HEADER_SIZE + extrasLength + bodyLength);
}

export function writeMessage(
  block: Block,
  start: number,
  fields: MessageFields,
  body: Buffer,
  bodyStart: number,
  bodyEnd: number,
): void {
  const { words, doubles } = block;
  const { error, attributes } = fields;
  const word = start >> 2;
  const double = start >> 3;
  const errorEnd = start + MESSAGE_HEADER_SIZE + error.length;
  const headerEnd = errorEnd + attributes.length;
  doubles[(start + messageSize(error.length + attributes.length, bodyEnd - bodyStart) - 8) >> 3] = 0;
  words[word + 1] = RecordType.message | (fields.state << 8) | (fields.attempts << 16);
  words[word + 2] = fields.slot;
  words[word + 3] = fields.queue;
  doubles[double + 2] = fields.sequence;
  words[word + 6] = fields.priority;
  words[word + 7] = fields.flags;
  doubles[double + 4] = fields.enqueuedAt;
  doubles[double + 5] = fields.time;
  words[word + 12] = fields.expires;
  words[word + 13] = bodyEnd - bodyStart;
  words[word + 15] = error.length | (attributes.length << 16);
  doubles[double + 8] = fields.token;
  if (error.length > 0) error.copy(block.bytes, start + MESSAGE_HEADER_SIZE);
  if (attributes.length > 0) attributes.copy(block.bytes, errorEnd);
  body.copy(block.bytes, headerEnd, bodyStart, bodyEnd);
  words[word + 14] = crcOf(block, headerEnd, headerEnd + bodyEnd - bodyStart);
  seal(block, start, headerEnd - start);
}

/** A view of one message record, moved from record to record. */
export class MessageReader {
  block!: Block;
  start = 0;

  at(block: Block, start: number): this {
    this.block = block;
    this.start = start;
    return this;
  }

  get state(): number {
    return this.block.bytes[this.start + 5] as number;
  }
  get attempts(): number {
    return this.block.halves[(this.start >> 1) + 3] as number;
  }
  get slot(): number {
    return this.block.words[(this.start >> 2) + 2] as number;
  }
  get queue(): number {
    return this.block.words[(this.start >> 2) + 3] as number;
  }
  get sequence(): number {
    return this.block.doubles[(this.start >> 3) + 2] as number;
  }
  get priority(): number {
    return this.block.words[(this.start >> 2) + 6] as number;
  }
  get flags(): number {
    return this.block.words[(this.start >> 2) + 7] as number;
  }
  get enqueuedAt(): number {
    return this.block.doubles[(this.start >> 3) + 4] as number;
  }
  get time(): number {
    return this.block.doubles[(this.start >> 3) + 5] as number;
  }
  get expires(): number {
    return this.block.words[(this.start >> 2) + 12] as number;
  }
  get bodyLength(): number {
    return this.block.words[(this.start >> 2) + 13] as number;
  }
  get errorLength(): number {
    return this.block.halves[(this.start >> 1) + 30] as number;
  }
  get token(): number {
    return this.block.doubles[(this.start >> 3) + 8] as number;
  }
  /** Bytes of the error and the attributes. */
  get extrasLength(): number {
    return this.errorLength + this.attributesLength;
  }
  get attributesLength(): number {
    return this.block.halves[(this.start >> 1) + 31] as number;
  }
  get bodyStart(): number {
    return this.start + MESSAGE_HEADER_SIZE + this.extrasLength;
  }
  get bodyEnd(): number {
    return this.bodyStart + this.bodyLength;
  }
  get size(): number {
    return messageSize(this.extrasLength, this.bodyLength);
  }
  get error(): Buffer {
    const from = this.start + MESSAGE_HEADER_SIZE;
    return this.block.bytes.subarray(from, from + this.errorLength);
  }
  get attributes(): Buffer {
    if (this.attributesLength === 0) return NO_ATTRIBUTES;
    const from = this.start + MESSAGE_HEADER_SIZE + this.errorLength;
    return this.block.bytes.subarray(from, from + this.attributesLength);
  }
  get headerIntact(): boolean {
    return intact(this.block, this.start, MESSAGE_HEADER_SIZE + this.extrasLength);
  }
  get bodyIntact(): boolean {
    return (
      this.bodyEnd <= this.block.used &&
      crcOf(this.block, this.bodyStart, this.bodyEnd) === this.block.words[(this.start >> 2) + 14]
    );
  }
}
