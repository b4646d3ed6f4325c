import {
  BATCH_HEADER_SIZE,
  FORMAT_VERSION,
  queueSize,
  SEGMENT_HEADER_SIZE,
  writeQueue,
  writeSegmentHeader,
} from '../codec/record.ts';
import type { Signature } from '../codec/signature.ts';
import type { Tail } from './tail.ts';

/** What every segment begins with: all that is not a message. */
export interface Checkpoint {
  nextId(): number;
  queues(): Iterable<{ readonly number: number; readonly name: string; readonly isPaused: boolean }>;
}

/** The head of a segment: its header and the checkpoint. */
export class SegmentHead {
  readonly #checkpoint: Checkpoint;
  readonly #signature: Signature;

  constructor(checkpoint: Checkpoint, signature: Signature) {
    this.#checkpoint = checkpoint;
    this.#signature = signature;
  }

  /** Puts the head at the beginning of the segment. `previousEnd`: where the records of the one before end. */
  write(tail: Tail, previousEnd: number): void {
    const nextId = this.#checkpoint.nextId();
    writeSegmentHeader(tail.block, {
      version: FORMAT_VERSION,
      previousEnd,
      nextId,
      signature: this.#signature,
    });
    for (const { number, name, isPaused } of this.#checkpoint.queues()) {
      tail.reserve(queueSize(name.length));
      writeQueue(tail.block, tail.at, number, name, isPaused);
    }
  }

  /** Bytes that a head takes at most: as if each of its records were a batch of its own. */
  measure(): number {
    let size = SEGMENT_HEADER_SIZE;
    for (const { name } of this.#checkpoint.queues()) size += BATCH_HEADER_SIZE + queueSize(name.length);
    return size;
  }
}
