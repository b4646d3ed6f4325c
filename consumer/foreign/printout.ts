/** What is longer is cut. */
const MAX_LENGTH = 4096;
/** So many lines of standard error are kept. */
const LAST_LINES = 10;

/** What a program prints beside its answers. */
export class Printout {
  /** The last lines on standard error. */
  readonly lastLines: string[] = [];
  readonly #onLine: (stream: 'stdout' | 'stderr', text: string) => void;

  constructor(onLine: (stream: 'stdout' | 'stderr', text: string) => void) {
    this.#onLine = onLine;
  }

  add(stream: 'stdout' | 'stderr', line: string): void {
    if (line === '') return;
    const text = line.slice(0, MAX_LENGTH);
    if (stream === 'stderr') {
      this.lastLines.push(text);
      if (this.lastLines.length > LAST_LINES) this.lastLines.shift();
    }
    this.#onLine(stream, text);
  }
}
