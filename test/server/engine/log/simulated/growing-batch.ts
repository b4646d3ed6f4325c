import type { Completion } from '../../../../../server/engine/completion.ts';
import { Block } from '../../../../../server/engine/log/codec/block.ts';
import { writeEvent } from '../../../../../server/engine/log/codec/event-record.ts';
import type { Position } from '../../../../../server/engine/log/log.ts';
import type { BlockList } from '../../../../../server/engine/log/memory/block-list.ts';
import type { Event } from '../../../../../server/engine/state/events.ts';
import type { Batch } from './simulated-database.ts';

const BLOCK_SIZE = 16 * 1024;

/** Records that one statement is to append, and who waits for that. */
export class GrowingBatch {
  readonly position: Position;
  readonly isSegment: boolean;
  readonly #blocks: Block[] = [];
  #all: BlockList;
  readonly waiting: { readonly completion: Completion<unknown>; readonly value: unknown }[] = [];
  /** As it was sent, and will be sent again. */
  sealed: Batch | undefined;

  /** Its blocks go to `all` as well. */
  constructor(position: Position, isSegment: boolean, all: BlockList) {
    this.position = position;
    this.isSegment = isSegment;
    this.#all = all;
  }

  get end(): Position {
    return this.#blocks.at(-1)?.end ?? this.position;
  }

  get length(): number {
    return this.end - this.position;
  }

  write(event: Event): Position {
    let block = this.#blocks.at(-1);
    if (block === undefined || block.used + event.size > block.capacity) {
      block = new Block(this.end, Math.max(BLOCK_SIZE, event.size));
      this.#blocks.push(block);
      this.#all.add(block);
    }
    const at = block.used;
    block.used += event.size;
    writeEvent(block, at, event);
    return block.position + at;
  }

  /** Nothing comes to it any more. */
  seal(id: number, time: number): Batch {
    const bytes = Buffer.concat(this.#blocks.map((block) => block.bytes.subarray(0, block.used)));
    const { position, length, isSegment } = this;
    this.sealed = { id, position, length, time, isSegment, bytes };
    return this.sealed;
  }

  resolve(): void {
    for (const { completion, value } of this.waiting) completion.resolve(value);
  }

  reject(reason: Error): void {
    for (const { completion } of this.waiting) completion.reject(reason);
  }
}
