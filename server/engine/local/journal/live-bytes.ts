/** Bytes of message records that still count, by segment: what freeing a segment would have to keep. */
export class LiveBytes {
  readonly #segments = new Map<number, number>();
  total = 0;

  add(segment: number, size: number): void {
    this.#segments.set(segment, this.of(segment) + size);
    this.total += size;
  }

  remove(segment: number, size: number): void {
    const rest = this.of(segment) - size;
    if (rest === 0) this.#segments.delete(segment);
    else this.#segments.set(segment, rest);
    this.total -= size;
  }

  of(segment: number): number {
    return this.#segments.get(segment) ?? 0;
  }
}
