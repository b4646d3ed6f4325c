import type { BodySource, Stretch } from '../body-reader.ts';
import { Block } from '../codec/block.ts';
import type { Signature } from '../codec/signature.ts';
import type { Position } from '../log.ts';
import type { Segment, SegmentList } from '../segment-list.ts';
import { damagedMessage } from './damage.ts';
import { readAround } from './read-around.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { Tail } from './tail.ts';

/** Bytes that are read at once, since messages are mostly wanted in the order of the log. */
const READ_AHEAD = 256 * 1024;

/** Records as they are in the files of the segments. */
export class FileBodies implements BodySource {
  readonly #tail: Tail;
  readonly #signature: Signature;
  readonly #files: SegmentFiles;
  readonly #segments: SegmentList;

  constructor(tail: Tail, signature: Signature, files: SegmentFiles, segments: SegmentList) {
    this.#tail = tail;
    this.#signature = signature;
    this.#files = files;
    this.#segments = segments;
  }

  read(position: Position, size: number): Stretch {
    const { number, from, end } = this.#segmentOf(position);
    const offset = position - from;
    const length = Math.min(
      Math.min(end, this.#tail.writtenEnd(number)) - offset,
      Math.max(size, READ_AHEAD),
    );
    return { to: position + length, block: this.#read(number, position, offset, length) };
  }

  damage(position: Position): Error {
    const { number, from } = this.#segmentOf(position);
    return damagedMessage(this.#files.path(number), position - from);
  }

  async #read(number: number, position: Position, offset: number, length: number): Promise<Block> {
    const block = new Block(position, length, number, this.#signature);
    block.isLoaded = true;
    block.used = await readAround(this.#files.open(number), block.bytes, offset);
    return block;
  }

  #segmentOf(position: Position): Segment {
    const segment = this.#segments.at(position);
    if (segment === undefined) throw new Error(`what was at position ${position} of the log is freed`);
    return segment;
  }
}
