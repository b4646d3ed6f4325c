import { BATCH_HEADER_SIZE, RESERVE_SIZE, SMALL_SIZE } from '../codec/sizes.ts';
import type { LiveBytes } from '../live-bytes.ts';
import type { Range } from '../log.ts';

/** Bytes that a message takes until it is done with: it is opened and closed, each in a turn of its own. */
const ACKNOWLEDGED = RESERVE_SIZE + SMALL_SIZE + 2 * BATCH_HEADER_SIZE;

/**
 * What moving loses to batch headers, and where one segment ends and the next record does not fit, as a part of a segment: at
 * least, and where records are large.
 */
const UNUSED_SHARE = 1 / 8;
const MOST_UNUSED_SHARE = 1 / 4;

/** How much larger a record may become when it moves, as a part of it: while a message is held that has its holder. */
const GROWTH = 1 / 4;

/**
 * What a disk that becomes full has to keep space for, bytes. All messages that are stored can then be done with,
 * in whatever order: as long as that leaves garbage behind, there is space for the oldest segment's survivors to move,
 * and so to free it.
 */
export class KeptSpace {
  readonly #live: LiveBytes;
  readonly #segmentSize: number;

  constructor(live: LiveBytes, segmentSize: number) {
    this.#live = live;
    this.#segmentSize = segmentSize;
  }

  /** What happens to messages leaves this to compaction. */
  forCompaction(oldest: Range): number {
    // A single message may be larger than any segment; for that one nothing is kept.
    const survivors = Math.min(this.#live.of(oldest), 2 * this.#segmentSize);
    const unused = Math.max(
      this.#segmentSize * UNUSED_SHARE,
      Math.min(this.#live.largest, survivors, this.#segmentSize * MOST_UNUSED_SHARE),
    );
    return survivors * (1 + GROWTH) + unused;
  }

  /** New messages leave this to what happens to those that are there, and to compaction. */
  forEvents(oldest: Range): number {
    const { total, messages } = this.#live;
    // No more than files that are twice what lives have space for.
    const most = Math.min(this.#segmentSize, Math.max(total / 4, this.#segmentSize / 16));
    return this.forCompaction(oldest) + Math.min(messages * ACKNOWLEDGED, most);
  }
}
