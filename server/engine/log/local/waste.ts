import type { LiveBytes } from './live-bytes.ts';

/** A segment with this part of it alive is nearly all moved before it is freed. */
const NEARLY_FULL = 0.9;

/** Under full load so many bytes are written for each that is moved meanwhile. */
const WRITTEN_MEANWHILE = 0.75;

/** What the files have beside what lives. */
export class Waste {
  readonly #live: LiveBytes;
  /** Segments that are not freed, ascending. */
  readonly #segments: readonly number[];
  readonly #segmentSize: number;

  constructor(live: LiveBytes, segments: readonly number[], segmentSize: number) {
    this.#live = live;
    this.#segments = segments;
    this.#segmentSize = segmentSize;
  }

  /** Most bytes that the files are to take: twice what lives, and two segments. */
  get bound(): number {
    return 2 * (this.#live.total + this.#segmentSize);
  }

  /**
   * Whether files of so many `bytes` take more than that, or would before cleaning came to what it can free. Spares
   * alone are no reason to clean. `headSize`: bytes of a segment's head.
   */
  isTooMuch(bytes: number, spareBytes: number, headSize: number): boolean {
    const heads = this.#segments.length * headSize;
    if (bytes - spareBytes <= 1.5 * this.#live.total + this.#segmentSize + heads) return false;
    return bytes > this.bound || bytes + WRITTEN_MEANWHILE * this.#bytesInTheWay > this.bound;
  }

  /** What has to move before anything is gained: the oldest segments that are nearly full of what lives. */
  get #bytesInTheWay(): number {
    let bytes = 0;
    for (const segment of this.#segments) {
      const survivors = this.#live.of(segment);
      if (survivors < NEARLY_FULL * this.#segmentSize) break;
      bytes += survivors;
    }
    return bytes;
  }
}
