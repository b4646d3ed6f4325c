interface Count {
  bytes: number;
}

/** Bytes of message records that still count, by segment: what freeing a segment would have to keep. */
export class LiveBytes {
  readonly #segments = new Map<number, Count>();
  /** The segment that was asked for last: nearly always it is the one that comes next. */
  #last: Count = { bytes: 0 };
  #lastSegment = 0;
  total = 0;
  /** How many messages they are. */
  messages = 0;

  add(segment: number, size: number): void {
    this.#count(segment).bytes += size;
    this.total += size;
    this.messages++;
  }

  remove(segment: number, size: number): void {
    this.#count(segment).bytes -= size;
    this.total -= size;
    this.messages--;
  }

  of(segment: number): number {
    return this.#segments.get(segment)?.bytes ?? 0;
  }

  /** The segment is gone; nothing in it counts any more. */
  forget(segment: number): void {
    this.#segments.delete(segment);
    if (segment === this.#lastSegment) this.#lastSegment = 0;
  }

  #count(segment: number): Count {
    if (segment === this.#lastSegment) return this.#last;
    let count = this.#segments.get(segment);
    if (count === undefined) {
      count = { bytes: 0 };
      this.#segments.set(segment, count);
    }
    this.#last = count;
    this.#lastSegment = segment;
    return count;
  }
}
