// Runs in the parent.

/** A line that is longer is told in pieces; characters. */
const MAX_LINE = 8192;

/** Cuts text into lines without their ends. Empty ones are left out; long ones come in pieces. */
export class TextLines {
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Whether what was pushed last ended within a line. */
  get isWithinLine(): boolean {
    return this.#rest !== '';
  }

  push(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#rest += text.slice(start, end);
      this.flush();
      start = end + 1;
    }
    this.#rest += text.slice(start);
    while (this.#rest.length > MAX_LINE) this.#cutPiece();
  }

  /** Hands on what came behind the last end of a line. */
  flush(): void {
    while (this.#rest.length > MAX_LINE) this.#cutPiece();
    const line = this.#rest.endsWith('\r') ? this.#rest.slice(0, -1) : this.#rest;
    this.#rest = '';
    if (line !== '') this.#onLine(line);
  }

  #cutPiece(): void {
    // Not in the middle of a character.
    const end = /[\ud800-\udbff]/.test(this.#rest.charAt(MAX_LINE - 1)) ? MAX_LINE - 1 : MAX_LINE;
    this.#onLine(this.#rest.slice(0, end));
    this.#rest = this.#rest.slice(end);
  }
}
