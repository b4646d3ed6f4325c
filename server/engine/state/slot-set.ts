/** Slots of one chunk: a bit each. */
const CHUNK_BITS = 15;
const CHUNK_MASK = (1 << CHUNK_BITS) - 1;

/** Very many slots, a bit each. Chunks come with the first slot that is in them. */
export class SlotSet {
  readonly #chunks: (Uint32Array | undefined)[] = [];
  size = 0;

  /** Adds a slot that is not in here. Slots come in ascending order, or nearly so. */
  add(slot: number): void {
    const index = slot >>> CHUNK_BITS;
    while (this.#chunks.length <= index) this.#chunks.push(undefined);
    this.#chunks[index] ??= new Uint32Array(1 << (CHUNK_BITS - 5));
    const chunk = this.#chunks[index];
    const bit = slot & CHUNK_MASK;
    chunk[bit >>> 5] = (chunk[bit >>> 5] as number) | (1 << (bit & 31));
    this.size++;
  }

  /** In ascending order. */
  *[Symbol.iterator](): Iterator<number> {
    for (const [index, chunk] of this.#chunks.entries()) {
      if (chunk === undefined) continue;
      for (const [place, word] of chunk.entries()) {
        for (let left = word; left !== 0; left &= left - 1) {
          const bit = 31 - Math.clz32(left & -left);
          yield index * (1 << CHUNK_BITS) + place * 32 + bit;
        }
      }
    }
  }
}
