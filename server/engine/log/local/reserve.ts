import { BATCH_HEADER_SIZE, DONE_SIZE, RESERVE_SIZE } from '../codec/record.ts';
import type { LiveBytes } from './live-bytes.ts';

/** Bytes that a message takes until it is done with: it is opened and closed, each in a turn of its own. */
const ACKNOWLEDGED = RESERVE_SIZE + DONE_SIZE + 2 * BATCH_HEADER_SIZE;

/** What moving loses to batch headers, and where one segment ends and the next record does not fit: a part of a segment. */
const LOST_SHARE = 1 / 8;

/**
 * What a disk that becomes full has to leave room for, bytes. All messages that are stored can then be done with,
 * in whatever order: as long as that leaves garbage behind, there is room for the oldest segment's survivors to move,
 * and so to free it.
 */
export class Reserve {
  readonly #live: LiveBytes;
  readonly #segmentSize: number;

  constructor(live: LiveBytes, segmentSize: number) {
    this.#live = live;
    this.#segmentSize = segmentSize;
  }

  /** What happens to messages leaves this to the cleaner. */
  forMoving(oldest: number): number {
    // A single message may be larger than any segment; for that one nothing is set aside.
    const survivors = Math.min(this.#live.of(oldest), 2 * this.#segmentSize);
    return survivors + this.#segmentSize * LOST_SHARE;
  }

  /** New messages leave this to what happens to those that are there, and to the cleaner. */
  forOutcomes(oldest: number): number {
    const { total, messages } = this.#live;
    // No more than files that are twice what lives have room for.
    const most = Math.min(this.#segmentSize, Math.max(total / 4, this.#segmentSize / 16));
    return this.forMoving(oldest) + Math.min(messages * ACKNOWLEDGED, most);
  }
}
