import type { Event } from '../../state/events.ts';
import type { Block } from '../codec/block.ts';
import { writeEvent } from '../codec/event-record.ts';
import { Completions } from '../completions.ts';
import type { Position } from '../log.ts';
import type { Batch } from './log-database.ts';

/** Records that lie together in a block. */
interface Piece {
  readonly block: Block;
  readonly from: number;
  to: number;
}

/** Records that one statement is to append, and who waits for that. */
export class GrowingBatch {
  readonly position: Position;
  readonly segment: number;
  readonly isSegment: boolean;
  length = 0;
  readonly waiting = new Completions();
  /** As it is sent, and sent again. */
  sealed: Batch | undefined;
  readonly #pieces: Piece[] = [];

  constructor(position: Position, segment: number, isSegment: boolean) {
    this.position = position;
    this.segment = segment;
    this.isSegment = isSegment;
  }

  get end(): Position {
    return this.position + this.length;
  }

  /** Writes an event's record into a block that has space for it and ends where the batch does. */
  write(block: Block, event: Event): Position {
    const at = block.used;
    let piece = this.#pieces.at(-1);
    if (piece?.block !== block) {
      piece = { block, from: at, to: at };
      this.#pieces.push(piece);
    }
    block.used += event.size;
    piece.to = block.used;
    this.length += event.size;
    writeEvent(block, at, event);
    return block.position + at;
  }

  /** Nothing comes to it any more: whatever becomes of it, the same is sent again. */
  seal(id: number, epoch: number, time: number): Batch {
    const { position, segment, isSegment, length } = this;
    const parts = this.#pieces.map(({ block, from, to }) => block.bytes.subarray(from, to));
    const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    this.sealed = { id, position, length, epoch, time, segment, isSegment, bytes };
    return this.sealed;
  }
}
