const NEWLINE = 10;

/**
 * Cuts a stream of bytes into lines, decoded as UTF-8 and without their end. Of a line that is longer than
 * `maxBytes` only the beginning is handed on, as soon as it is there and with `isCut`: so no more than that is
 * ever kept.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #onLine: (line: string, isCut: boolean) => void;
  #parts: Buffer[] = [];
  #length = 0;
  /** Within the rest of a line whose beginning has been handed on. */
  #isSkipping = false;

  constructor(maxBytes: number, onLine: (line: string, isCut: boolean) => void) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#append(chunk.subarray(start, end));
      this.#flush(false);
      this.#isSkipping = false;
      start = end + 1;
    }
    this.#append(chunk.subarray(start));
  }

  /** Hands on what came behind the last newline: the stream has ended, or what comes next is another line. */
  end(): void {
    if (this.#length > 0) this.#flush(false);
    this.#isSkipping = false;
  }

  #append(part: Buffer): void {
    if (this.#isSkipping || part.length === 0) return;
    const room = this.#maxBytes - this.#length;
    this.#parts.push(part.subarray(0, room));
    this.#length += Math.min(part.length, room);
    if (part.length > room) this.#flush(true);
  }

  #flush(isCut: boolean): void {
    if (this.#isSkipping) return;
    const line = Buffer.concat(this.#parts, this.#length).toString();
    this.#parts = [];
    this.#length = 0;
    this.#isSkipping = isCut;
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line, isCut);
  }
}
