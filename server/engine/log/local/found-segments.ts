import type { Bounds } from '../codec/bounds.ts';
import type { SegmentHeader } from '../codec/headers.ts';
import type { Signature } from '../codec/signature.ts';
import { SEGMENT_HEADER_SIZE } from '../codec/sizes.ts';
import { searchSignature } from './lost-signature.ts';
import type { SegmentFiles } from './segment-files.ts';
import { hasContent, headerOf, recordFrom, syncedClaim } from './segment-reader.ts';
import type { SegmentWindow } from './segment-window.ts';

/** The first version that has what is on record of a log as a whole. */
const FIRST_WITH_BOUNDS = 3;

/**
 * Which segments a log has: by the names of its files, by their headers, and by what is on record of all of them.
 */
export class FoundSegments {
  /** Of all files, ascending. */
  numbers: readonly number[];
  readonly headers = new Map<number, SegmentHeader>();
  readonly signature: Signature | undefined;
  /** What is on record; undefined where nothing is that can be used. */
  bounds: Bounds | undefined;
  /** Why nothing is, where something should be. */
  readonly boundsProblem: 'file' | 'bounds' | undefined;
  /** The oldest segment, and the newest one; 0 when there is none. Behind it there are spares. */
  readonly first: number;
  readonly last: number;
  readonly #files: SegmentFiles;
  /** Whether whatever can be read counts. */
  readonly #takesAll: boolean;

  constructor(files: SegmentFiles, takesAll: boolean) {
    this.#files = files;
    this.#takesAll = takesAll;
    this.numbers = this.#scan();
    // A listing may miss a file that is made meanwhile, and have one that is made later.
    if (!this.#isComplete) this.numbers = this.#scan();
    this.#readHeaders(this.numbers);
    this.boundsProblem = this.#problemOfBounds();
    if (this.boundsProblem !== undefined) this.bounds = undefined;
    this.signature = this.bounds?.signature ?? this.#findSignature();
    this.#dropForeignHeaders();
    this.last = this.#findLast();
    // What had none may have been begun meanwhile, where a server is writing.
    this.#readHeaders(this.numbers.filter((number) => number <= this.last && !this.headers.has(number)));
    this.#dropForeignHeaders();
    this.first = Math.min(
      this.numbers[0] ?? Number.POSITIVE_INFINITY,
      this.bounds?.oldest ?? Number.POSITIVE_INFINITY,
    );
  }

  get spares(): number[] {
    return this.numbers.filter((number) => number > this.last);
  }

  /** Where the records of a segment end, as far as its follower tells. */
  endOf(number: number): number | undefined {
    return this.headers.get(number + 1)?.previousEnd;
  }

  /** Where they ended when the log was closed, if it was: the end of the last segment, unless it was written to since. */
  closedEndOf(number: number): number | undefined {
    const { bounds } = this;
    return bounds?.isClosed && bounds.newest === number ? bounds.synced : undefined;
  }

  /** Up to where the records of a segment are known to have been on the disk, by what is on record of all. */
  syncedOf(number: number): number {
    return this.bounds?.newest === number ? this.bounds.synced : 0;
  }

  /** What is on record is read last, so that it tells of all that was freed before. */
  #scan(): number[] {
    const numbers = this.#files.scan();
    this.bounds = this.#files.bounds.read();
    return numbers;
  }

  get #isComplete(): boolean {
    const { numbers, bounds } = this;
    const [first = 0] = numbers;
    if (numbers.some((number, i) => number !== first + i)) return false;
    return bounds === undefined || (first <= bounds.oldest && (numbers.at(-1) ?? 0) >= bounds.newest);
  }

  #problemOfBounds(): 'file' | 'bounds' | undefined {
    const { bounds } = this;
    const headers = [...this.headers.values()];
    if (bounds === undefined) {
      if (headers.every(({ version }) => version < FIRST_WITH_BOUNDS)) return undefined;
      return this.#files.bounds.exists ? 'bounds' : 'file';
    }
    const isOurs = headers.some(({ signature }) => isSame(signature, bounds.signature));
    return headers.length === 0 || isOurs ? undefined : 'bounds';
  }

  /** A file of another log is no segment of this one. */
  #dropForeignHeaders(): void {
    const { bounds } = this;
    if (bounds === undefined) return;
    for (const [number, { signature }] of this.headers) {
      if (!isSame(signature, bounds.signature)) this.headers.delete(number);
    }
  }

  #readHeaders(numbers: readonly number[]): void {
    for (const number of numbers) {
      const header = headerOf(this.#files, this.#files.window(number));
      if (header !== undefined) this.headers.set(number, header);
    }
  }

  #findSignature(): Signature | undefined {
    for (const { signature } of this.headers.values()) return signature;
    for (const number of this.numbers) {
      const signature = searchSignature(this.#files.window(number));
      if (signature !== undefined) return signature;
    }
    return undefined;
  }

  #findLast(): number {
    const { numbers, bounds } = this;
    let last = Math.max(0, ...this.headers.keys());
    if (bounds !== undefined) {
      // One that is not on record yet was about to begin, and is none before it has its whole checkpoint.
      while (last > bounds.newest && !this.#hasCheckpoint(last)) last--;
      return Math.max(last, bounds.newest);
    }
    return numbers.findLast((number) => number === last || this.#wasWritten(number)) ?? 0;
  }

  /** Whether the header of a segment is there, and all of the checkpoint behind it. */
  #hasCheckpoint(number: number): boolean {
    const header = this.headers.get(number);
    if (header === undefined) return false;
    const window = this.#window(number);
    let at = SEGMENT_HEADER_SIZE;
    while (at < header.checkpointEnd && window.find(at)) at += window.size;
    return at >= header.checkpointEnd;
  }

  /** Whether a file without a header is a segment all the same. */
  #wasWritten(number: number): boolean {
    const window = this.#window(number);
    // Where no header is left at all, the first file is no spare once there is anything in it.
    if (this.headers.size === 0 && number === this.numbers[0] && hasContent(window)) return true;
    if (this.signature === undefined) return hasContent(window);
    if (this.#takesAll) return recordFrom(window, 0, window.length) < window.length;
    return syncedClaim(window, 0) > 0;
  }

  #window(number: number): SegmentWindow {
    const window = this.#files.window(number);
    if (this.signature !== undefined) window.sign(this.signature);
    return window;
  }
}

function isSame(a: Signature, b: Signature): boolean {
  return a.seed === b.seed && a.mark === b.mark;
}
