import type { Block } from '../codec/block.ts';

/**
 * Blocks of the journal that are in memory: those lately written and those lately read. Over the budget the oldest one
 * goes that was not used since it was last looked at ("second chance"), but never one that is not on the disk yet.
 */
export class BodyCache {
  readonly #budget: number;
  /** Blocks of a segment by their start, ascending. They may overlap. */
  readonly #segments = new Map<number, Block[]>();
  /** In the order in which they are to go. */
  readonly #order = new Set<Block>();
  /** The block of the last hit: messages are read in the order in which they were written. */
  #last: Block | undefined;
  bytes = 0;

  /** `budget` in bytes; Infinity keeps every block until its segment is freed. */
  constructor(budget: number) {
    this.#budget = budget;
  }

  add(block: Block): void {
    const blocks = this.#segments.get(block.segment);
    if (blocks === undefined) this.#segments.set(block.segment, [block]);
    else blocks.splice(firstAfter(blocks, block.start), 0, block);
    this.#order.add(block);
    this.bytes += block.capacity;
    if (this.bytes > this.#budget) this.#evict();
  }

  /** The block that has these bytes, if one has. */
  find(segment: number, offset: number, size: number): Block | undefined {
    const found = this.#last?.holds(segment, offset, size) ? this.#last : this.#search(segment, offset, size);
    if (found === undefined) return undefined;
    found.isUsed = true;
    this.#last = found;
    return found;
  }

  #search(segment: number, offset: number, size: number): Block | undefined {
    const blocks = this.#segments.get(segment);
    if (blocks === undefined) return undefined;
    // Overlaps come from reads at odd places and are rare: the block in question is nearly always the first looked at.
    for (let i = firstAfter(blocks, offset) - 1; i >= 0; i--) {
      const block = blocks[i] as Block;
      if (block.holds(segment, offset, size)) return block;
    }
    return undefined;
  }

  /** Those of a segment, by their start. */
  blocksOf(segment: number): readonly Block[] {
    return this.#segments.get(segment) ?? [];
  }

  dropSegment(segment: number): void {
    for (const block of this.#segments.get(segment) ?? []) {
      this.#order.delete(block);
      this.bytes -= block.capacity;
    }
    this.#segments.delete(segment);
    if (this.#last?.segment === segment) this.#last = undefined;
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
      this.bytes -= block.capacity;
      const blocks = this.#segments.get(block.segment) as Block[];
      blocks.splice(blocks.indexOf(block), 1);
      if (blocks.length === 0) this.#segments.delete(block.segment);
      if (this.#last === block) this.#last = undefined;
    }
  }
}

/** Index of the first block that starts behind `offset`. */
function firstAfter(blocks: readonly Block[], offset: number): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((blocks[middle] as Block).start > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}
