import { NO_BYTES } from '../../state/events.ts';
import type { Block } from './block.ts';
import { crcOf } from './crc.ts';
import { intact } from './record.ts';
import { MESSAGE_HEADER_SIZE, messageSize } from './sizes.ts';

/** A view of one message record in a block, moved from record to record. */
export class MessageRecord {
  block!: Block;
  start = 0;

  at(block: Block, start: number): this {
    this.block = block;
    this.start = start;
    return this;
  }

  /** Its place in the whole log. */
  get position(): number {
    return this.block.position + this.start;
  }
  get state(): number {
    return this.block.bytes[this.start + 5];
  }
  get attempts(): number {
    return this.block.halves[(this.start >> 1) + 3];
  }
  get slot(): number {
    return this.block.words[(this.start >> 2) + 2];
  }
  get queue(): number {
    return this.block.words[(this.start >> 2) + 3];
  }
  get order(): number {
    return this.block.doubles[(this.start >> 3) + 2];
  }
  get priority(): number {
    return this.block.words[(this.start >> 2) + 6];
  }
  get flags(): number {
    return this.block.words[(this.start >> 2) + 7];
  }
  get enqueuedAt(): number {
    return this.block.doubles[(this.start >> 3) + 4];
  }
  get time(): number {
    return this.block.doubles[(this.start >> 3) + 5];
  }
  get expires(): number {
    return this.block.words[(this.start >> 2) + 12];
  }
  get bodyLength(): number {
    return this.block.words[(this.start >> 2) + 13];
  }
  get errorLength(): number {
    return this.block.halves[(this.start >> 1) + 30];
  }
  get attributesLength(): number {
    return this.block.halves[(this.start >> 1) + 31];
  }
  /** Bytes of the error and the attributes. */
  get extrasLength(): number {
    return this.errorLength + this.attributesLength;
  }
  get token(): number {
    return this.block.doubles[(this.start >> 3) + 8];
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
    if (this.errorLength === 0) return NO_BYTES;
    const from = this.start + MESSAGE_HEADER_SIZE;
    return this.block.bytes.subarray(from, from + this.errorLength);
  }
  get attributes(): Buffer {
    if (this.attributesLength === 0) return NO_BYTES;
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
