import type { LiveBytes } from './live-bytes.ts';
import type { Range } from './position.ts';

/** A segment with this part of it alive is nearly all moved before it is freed. */
const NEARLY_FULL = 0.9;

/** Under full load so many bytes are written for each that is moved meanwhile. */
const WRITTEN_MEANWHILE = 0.75;

/** How much a log may take: twice what lives in it, and two segments. */
export class SpaceBound {
  readonly #live: LiveBytes;
  readonly #segmentSize: number;

  constructor(live: LiveBytes, segmentSize: number) {
    this.#live = live;
    this.#segmentSize = segmentSize;
  }

  get bytes(): number {
    return 2 * (this.#live.total + this.#segmentSize);
  }

  /**
   * Whether a log takes more than that with so many `bytes`, or would before compaction came to what it can free.
   * `segments`: from the oldest on; `heads`: bytes of their heads. Spares alone are no reason to compact.
   */
  isExceeded(bytes: number, spareBytes: number, heads: number, segments: Iterable<Range>): boolean {
    if (bytes - spareBytes <= 1.5 * this.#live.total + this.#segmentSize + heads) return false;
    return bytes > this.bytes || bytes + WRITTEN_MEANWHILE * this.#bytesInTheWay(segments) > this.bytes;
  }

  /** What has to move before anything is gained: the oldest segments that are nearly full of what lives. */
  #bytesInTheWay(segments: Iterable<Range>): number {
    let bytes = 0;
    for (const segment of segments) {
      const survivors = this.#live.of(segment);
      if (survivors < NEARLY_FULL * this.#segmentSize) break;
      bytes += survivors;
    }
    return bytes;
  }
}
