import { Event } from '../../state/events.ts';
import { type Block, firstBehind } from '../codec/block.ts';
import { readEvent } from '../codec/event-record.ts';
import { recordSizeAt } from '../codec/layout.ts';
import { MessageRecord } from '../codec/message-record.ts';
import { RecordType, typeAt } from '../codec/record.ts';
import { SLICE, workOf } from '../in-slices.ts';
import type { Events, IsLive, Position, Range } from '../log.ts';

/** Blocks of records by their positions, ascending, each of which begins where the last one ends or further on. */
export class BlockList {
  readonly #blocks: Block[] = [];
  /** The one in which a record was looked for last. */
  #last: Block | undefined;
  /** Of all of them. */
  bytes = 0;

  /** Adds one behind all others. */
  add(block: Block): void {
    this.#blocks.push(block);
    this.bytes += block.capacity;
  }

  /** Points `record` to what is at a position; undefined when that is not here. */
  find(record: MessageRecord, position: Position, size: number): MessageRecord | undefined {
    if (!this.#last?.holds(position, size)) {
      const block = this.#blocks[firstBehind(this.#blocks, position) - 1];
      if (!block?.holds(position, size)) return undefined;
      this.#last = block;
    }
    return record.at(this.#last, position - this.#last.position);
  }

  /** Tells the events of a stretch; yields now and then. */
  *tell(into: Events, { from, to }: Range): Generator<void> {
    const event = new Event();
    let told = 0;
    for (const block of this.#blocksOf(from, to)) {
      const end = Math.min(block.used, to - block.position);
      for (let start = Math.max(0, from - block.position); start < end; start += event.size) {
        readEvent(block, start, event);
        into.apply(event, block.position + start);
        told += workOf(event);
        if (told < SLICE) continue;
        told = 0;
        yield;
      }
    }
  }

  /** The records of messages of a stretch that are alive, each valid until the next one. */
  async *survivors({ from, to }: Range, isLive: IsLive): AsyncGenerator<MessageRecord> {
    const record = new MessageRecord();
    for (const block of this.#blocksOf(from, to)) {
      const end = Math.min(block.used, to - block.position);
      for (let start = Math.max(0, from - block.position); start < end; start += recordSizeAt(block, start)) {
        if (typeAt(block, start) !== RecordType.message) continue;
        if (isLive(record.at(block, start), block.position + start)) yield record;
      }
    }
  }

  /** Drops all that begins before a position. */
  dropUpTo(position: Position): void {
    for (const block of this.#blocks.splice(0, firstBehind(this.#blocks, position - 1)))
      this.bytes -= block.capacity;
    this.#last = undefined;
  }

  /** The blocks that have a part of a stretch: they are there as long as somebody looks at them. */
  #blocksOf(from: Position, to: Position): Block[] {
    return this.#blocks.slice(
      Math.max(0, firstBehind(this.#blocks, from) - 1),
      firstBehind(this.#blocks, to - 1),
    );
  }
}
