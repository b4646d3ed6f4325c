import { type AnswerLines, type BodyCheck, WRONG } from './protocol.ts';

const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

/** Splits what one connection receives into lines and bodies, and reports every finished answer. */
export class AnswerReader {
  readonly #lines: AnswerLines;
  readonly #check: BodyCheck;
  readonly #answered: (verdict: number) => void;
  /** The beginning of a line whose end has not arrived. */
  #rest = NOTHING;
  #bodyLeft = 0;
  #bodyDiffers = false;

  /** An answer whose body does not pass the check is WRONG. */
  constructor(lines: AnswerLines, check: BodyCheck, answered: (verdict: number) => void) {
    this.#lines = lines;
    this.#check = check;
    this.#answered = answered;
  }

  /** Takes the first `length` bytes of `chunk`, which may be overwritten afterwards. */
  read(chunk: Buffer, length: number): void {
    if (this.#rest.length === 0) {
      this.#parse(chunk, length);
    } else {
      const joined = Buffer.concat([this.#rest, chunk.subarray(0, length)]);
      this.#parse(joined, joined.length);
    }
  }

  #parse(bytes: Buffer, end: number): void {
    let at = 0;
    while (at < end) {
      if (this.#bodyLeft > 0) {
        at = this.#skipBody(bytes, at, end);
        continue;
      }
      const lineFeed = bytes.indexOf(LINE_FEED, at);
      if (lineFeed < 0 || lineFeed >= end) break;
      this.#line(bytes, at, lineFeed);
      at = lineFeed + 1;
    }
    this.#rest = at < end ? Buffer.from(bytes.subarray(at, end)) : NOTHING;
  }

  #line(bytes: Buffer, start: number, end: number): void {
    const verdict = this.#lines.judge(bytes, start, end);
    if (verdict >= 0) {
      this.#bodyLeft = verdict;
      if (verdict > 0 && verdict !== this.#check.length) this.#bodyDiffers = true;
      return;
    }
    this.#answered(this.#bodyDiffers ? WRONG : verdict);
    this.#bodyDiffers = false;
  }

  #skipBody(bytes: Buffer, at: number, end: number): number {
    const length = Math.min(this.#bodyLeft, end - at);
    const { length: whole } = this.#check;
    if (!this.#bodyDiffers)
      this.#bodyDiffers = !this.#check.isPart(bytes, at, whole - this.#bodyLeft, length);
    this.#bodyLeft -= length;
    if (this.#bodyLeft === 0 && !this.#bodyDiffers) this.#bodyDiffers = !this.#check.isWhole();
    return at + length;
  }
}
