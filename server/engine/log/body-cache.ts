import { type Block, firstBehind } from './codec/block.ts';
import type { Position, Range } from './log.ts';

/**
 * Blocks of the log that are in memory: those lately written and those lately read. Over the budget the oldest one
 * goes that was not used since it was last looked at ("second chance"), but never one that is not on the disk yet.
 */
export class BodyCache {
  readonly #budget: number;
  /** By their positions, ascending. They may overlap. */
  readonly #blocks: Block[] = [];
  /** In the order in which they are to go. */
  readonly #order = new Set<Block>();
  /** The block of the last hit: messages are read in the order in which they were written. */
  #last: Block | undefined;
  /** Bytes of the longest block that there ever was: none that begins further back can have what is looked for. */
  #longest = 0;
  bytes = 0;

  /** `budget` in bytes. */
  constructor(budget: number) {
    this.#budget = budget;
  }

  add(block: Block): void {
    this.#blocks.splice(firstBehind(this.#blocks, block.position), 0, block);
    this.#order.add(block);
    this.bytes += block.capacity;
    this.#longest = Math.max(this.#longest, block.capacity);
    if (this.bytes > this.#budget) this.#evict();
  }

  /** A block that has these bytes, if one has. */
  find(position: Position, size: number): Block | undefined {
    const found = this.#last?.holds(position, size) ? this.#last : this.#search(position, size);
    if (found === undefined) return undefined;
    found.isUsed = true;
    this.#last = found;
    return found;
  }

  /** The same, and the block is none the longer here for it. */
  peek(position: Position, size: number): Block | undefined {
    return this.#search(position, size);
  }

  /** Drops all that begins in a stretch of the log. */
  drop({ from, to }: Range): void {
    const first = firstBehind(this.#blocks, from - 1);
    for (const block of this.#blocks.splice(first, firstBehind(this.#blocks, to - 1) - first))
      this.#forget(block);
  }

  #search(position: Position, size: number): Block | undefined {
    // Overlaps come from reads at odd places and are rare: the block in question is nearly always the first looked at.
    for (let i = firstBehind(this.#blocks, position) - 1; i >= 0; i--) {
      const block = this.#blocks[i];
      if (block.holds(position, size)) return block;
      if (block.position + this.#longest <= position) return undefined;
    }
    return undefined;
  }

  #evict(): void {
    for (const block of this.#order) {
      if (this.bytes <= this.#budget) return;
      if (block.pinned) continue;
      this.#order.delete(block);
      if (block.isUsed) {
        block.isUsed = false;
        this.#order.add(block);
        continue;
      }
      this.#blocks.splice(this.#blocks.indexOf(block), 1);
      this.#forget(block);
    }
  }

  #forget(block: Block): void {
    this.#order.delete(block);
    this.bytes -= block.capacity;
    if (this.#last === block) this.#last = undefined;
  }
}
