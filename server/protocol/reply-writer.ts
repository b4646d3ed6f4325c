import { copyBytes } from '../../shared/copy-bytes.ts';

/** Bytes that are put together at a time: more than any reply that is written here has. */
const CAPACITY = 64 * 1024;
/** Up to so many characters a loop is faster than the call of what copies strings. */
const SHORT = 48;

const ZERO = 48;

/** Puts the bytes of replies together, for all connections in the same place. */
export class ReplyWriter {
  readonly #bytes = Buffer.allocUnsafeSlow(CAPACITY);
  #used = 0;

  /** Whether there is room for so many bytes. */
  fits(count: number): boolean {
    return this.#used + count <= CAPACITY;
  }

  get isEmpty(): boolean {
    return this.#used === 0;
  }

  /** One character a byte. */
  text(text: string): void {
    const { length } = text;
    if (length > SHORT) this.#bytes.write(text, this.#used, 'latin1');
    else for (let i = 0; i < length; i++) this.#bytes[this.#used + i] = text.charCodeAt(i);
    this.#used += length;
  }

  /** A whole number from 0 on, in decimal. */
  number(value: number): void {
    if (value > 0xffff_ffff) {
      this.text(String(value));
      return;
    }
    let end = this.#used + 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end++;
    this.#used = end;
    let rest = value;
    do {
      this.#bytes[--end] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    } while (rest > 0);
  }

  bytes(source: Buffer, start: number, end: number): void {
    copyBytes(source, start, end, this.#bytes, this.#used);
    this.#used += end - start;
  }

  /** All that was written since this was last called, one character a byte: node sends short strings without a buffer. */
  take(): string {
    const text = this.#bytes.toString('latin1', 0, this.#used);
    this.#used = 0;
    return text;
  }
}
