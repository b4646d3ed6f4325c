/** Smallest buffer that holds on to bytes between two pushes. */
const MIN_CAPACITY = 4096;

/**
 * The bytes of one connection that no request has consumed yet: `bytes[start..end)`.
 *
 * While a whole chunk can be parsed at once nothing is copied: `bytes` is then the chunk itself, which the
 * caller may reuse as soon as `settle()` returned. Only what is left over is copied into a buffer of our own.
 */
export class Input {
  bytes: Buffer = EMPTY;
  start = 0;
  end = 0;
  /** How many of the next bytes are to be dropped unseen (the body of an item that is too large). */
  #skip = 0;
  #own: Buffer = EMPTY;

  get length(): number {
    return this.end - this.start;
  }

  /** True while bytes that `skip` promised to drop are still to come. */
  get skipping(): boolean {
    return this.#skip > 0;
  }

  /** Appends `length` bytes of `chunk`. */
  push(chunk: Buffer, length: number = chunk.length): void {
    if (this.start === this.end) {
      this.bytes = chunk;
      this.start = 0;
      this.end = length;
      this.#drop();
      return;
    }
    this.#makeSpace(length);
    chunk.copy(this.bytes, this.end, 0, length);
    this.end += length;
  }

  /** Drops the next `count` bytes, also those that have not arrived yet. */
  skip(count: number): void {
    this.#skip += count;
    this.#drop();
  }

  /** Takes what is left over out of the caller's chunk. */
  settle(): void {
    if (this.start === this.end) {
      this.bytes = EMPTY;
      this.#own = EMPTY;
      this.start = this.end = 0;
    } else if (this.bytes !== this.#own) {
      this.#makeSpace(0);
    }
  }

  #drop(): void {
    const dropped = Math.min(this.#skip, this.end - this.start);
    this.#skip -= dropped;
    this.start += dropped;
  }

  /** Makes room for `more` bytes behind `end`, in a buffer of our own that grows by doubling. */
  #makeSpace(more: number): void {
    const length = this.length;
    if (this.bytes === this.#own && this.end + more <= this.#own.length) return;
    const fits = this.bytes === this.#own && (length + more) * 2 <= this.#own.length;
    const target = fits ? this.#own : Buffer.allocUnsafeSlow(Math.max(MIN_CAPACITY, (length + more) * 2));
    this.bytes.copy(target, 0, this.start, this.end);
    this.bytes = this.#own = target;
    this.start = 0;
    this.end = length;
  }
}

const EMPTY = Buffer.alloc(0);
