import { cutUtf8 } from '../../shared/utf8.ts';

/** What is longer is cut. */
const MAX_LENGTH = 4096;
/** So many lines are kept. */
const LAST_LINES = 50;

/** What a program prints beside its answers. */
export class Printout {
  readonly #onLine: (stream: 'stdout' | 'stderr', text: string) => void;
  #lastLines: string[] = [];

  constructor(onLine: (stream: 'stdout' | 'stderr', text: string) => void) {
    this.#onLine = onLine;
  }

  /** A job begins, what was printed before has nothing to do with it. */
  begin(): void {
    this.#lastLines = [];
  }

  add(stream: 'stdout' | 'stderr', line: string): void {
    if (line === '') return;
    const text = line.slice(0, MAX_LENGTH);
    this.#lastLines.push(text);
    if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
    this.#onLine(stream, text);
  }

  /** The last lines since the job began, with a newline before each: as many as so many bytes have room for. */
  ending(bytes: number): string {
    let text = '';
    for (const line of this.#lastLines.toReversed()) {
      const room = bytes - Buffer.byteLength(text) - 1;
      if (Buffer.byteLength(line) <= room) text = `\n${line}${text}`;
      else return text === '' ? `\n${cutUtf8(Buffer.from(line), room)}` : text;
    }
    return text;
  }
}
