/** What is longer is cut. */
const MAX_LENGTH = 4096;
/** What is printed beyond so many lines is left out. */
const MAX_LINES = 1000;
/** So many lines of standard error are kept. */
const LAST_LINES = 10;

/** What a program prints beside its answers, as much of it as a log can bear. */
export class Printout {
  /** The last lines on standard error. */
  readonly lastLines: string[] = [];
  readonly #onLine: (stream: 'stdout' | 'stderr', text: string) => void;
  #count = 0;

  constructor(onLine: (stream: 'stdout' | 'stderr', text: string) => void) {
    this.#onLine = onLine;
  }

  /** A job begins, which may print as much as the last one. */
  begin(): void {
    this.#count = 0;
  }

  add(stream: 'stdout' | 'stderr', line: string): void {
    if (line === '') return;
    const text = line.slice(0, MAX_LENGTH);
    if (stream === 'stderr') {
      this.lastLines.push(text);
      if (this.lastLines.length > LAST_LINES) this.lastLines.shift();
    }
    this.#count++;
    if (this.#count < MAX_LINES) this.#onLine(stream, text);
    else if (this.#count === MAX_LINES)
      this.#onLine(stream, 'what else the program prints for this job is left out');
  }
}
