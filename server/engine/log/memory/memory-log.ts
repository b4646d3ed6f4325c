import type { Completion } from '../../completion.ts';
import { Event } from '../../state/events.ts';
import { Block } from '../codec/block.ts';
import { readEvent, writeEvent } from '../codec/event-record.ts';
import { recordSizeAt } from '../codec/layout.ts';
import { MessageRecord } from '../codec/message-record.ts';
import { RecordType, typeAt } from '../codec/record.ts';
import { sizeOf } from '../codec/sizes.ts';
import { inSlices, SLICE } from '../in-slices.ts';
import { LiveBytes } from '../live-bytes.ts';
import {
  type Events,
  type IsLive,
  type Level,
  type Log,
  type Position,
  type Range,
  type SpaceKind,
  TrimmedError,
} from '../log.ts';
import { SpaceBound } from '../space-bound.ts';

const BLOCK_SIZE = 256 * 1024;

export interface MemoryLogOptions {
  /** Bytes of a stretch that is freed as a whole. */
  readonly segmentSize: number;
}

/**
 * The log of `--memory`: records in memory and nowhere else, one behind the other, without CRCs and without batches. It is
 * as safe as it will ever be as soon as it is appended.
 */
export class MemoryLog implements Log {
  readonly live = new LiveBytes();
  readonly refusal = undefined;
  readonly isMakingSpace = false;
  readonly failure = undefined;
  /** Most bytes of the events that `onSegment` appends. */
  checkpointBytes = 0;
  onAdmit = (): void => {};
  onSegment = (): void => {};
  onWritten = (): void => {};
  /** Bytes of all blocks. */
  bytes = 0;

  readonly #segmentSize: number;
  readonly #bound: SpaceBound;
  /** Ascending. Records are appended to the last one. */
  readonly #blocks: Block[] = [];
  #tail: Block;
  /** Where the stretches begin, ascending, and how far the last one may go. */
  readonly #starts: Position[] = [0];
  #limit = 0;
  /** The block in which a record was looked for last. */
  #last: Block;
  readonly #record = new MessageRecord();
  #isScheduled = false;

  static open(options: MemoryLogOptions): MemoryLog {
    return new MemoryLog(options);
  }

  private constructor({ segmentSize }: MemoryLogOptions) {
    this.#segmentSize = segmentSize;
    this.#bound = new SpaceBound(this.live, segmentSize);
    this.#tail = this.#last = this.#openBlock(0, 0);
  }

  async start(): Promise<void> {
    this.#begin(0);
  }

  admit(_bytes: number, _kind: SpaceKind): boolean {
    return true;
  }

  append(event: Event): Position {
    const size = sizeOf(event);
    if (this.#tail.end + size > this.#limit) this.#beginNext(size);
    if (this.#tail.used + size > this.#tail.capacity) this.#tail = this.#openBlock(this.end, size);
    const block = this.#tail;
    const at = block.used;
    block.used = at + size;
    event.size = size;
    writeEvent(block, at, event);
    this.#schedule();
    return block.position + at;
  }

  get end(): Position {
    return this.#tail.end;
  }

  get durable(): Position {
    return this.#tail.end;
  }

  when<T>(_level: Level, completion: Completion<T>, value: T): void {
    completion.resolve(value);
  }

  async flush(): Promise<void> {}

  find(position: Position, size: number): MessageRecord | undefined {
    return this.#findInto(this.#record, position, size);
  }

  async load(position: Position, size: number): Promise<MessageRecord> {
    const record = this.#findInto(new MessageRecord(), position, size);
    if (record === undefined) throw new TrimmedError(`what was at position ${position} is freed`);
    return record;
  }

  async replay(into: Events, from = this.oldest().from): Promise<Position> {
    const { end } = this;
    await inSlices(this.#tell(into, from, end));
    return end;
  }

  get compaction(): 'idle' | 'due' {
    if (this.#starts.length < 2) return 'idle';
    const heads = this.#starts.length * this.checkpointBytes;
    const isWasteful = this.#bound.isExceeded(this.bytes, 0, heads, this.#stretches());
    return isWasteful || this.live.of(this.oldest()) === 0 ? 'due' : 'idle';
  }

  oldest(): Range {
    return { from: this.#starts[0] as Position, to: this.#starts[1] ?? this.end };
  }

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

  async freeOldest(): Promise<void> {
    const oldest = this.oldest();
    const count = this.#firstBehind(oldest.to - 1);
    for (const block of this.#blocks.splice(0, count)) this.bytes -= block.capacity;
    this.#starts.shift();
    this.#last = this.#tail;
    this.live.forget(oldest);
  }

  compactedInVain(): void {}

  details(): Iterable<readonly [name: string, value: string]> {
    return [
      ['journal_segments', String(this.#starts.length)],
      ['journal_bytes', String(this.bytes)],
      ['journal_live_bytes', String(this.live.total)],
      ['journal_written_bytes', String(this.end)],
      ['journal_failure', 'none'],
      ['cache_bytes', String(this.bytes)],
    ];
  }

  async close(): Promise<void> {}

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#turnEnds);
  }

  readonly #turnEnds = (): void => {
    this.#isScheduled = false;
    this.onWritten();
  };

  /** Another stretch begins, for a record of `size` bytes among others. */
  #beginNext(size: number): void {
    const { end } = this;
    this.#tail = this.#openBlock(end, 0);
    this.#starts.push(end);
    this.live.begin(end);
    this.#begin(size);
  }

  #begin(size: number): void {
    this.#limit = this.end + Math.max(this.#segmentSize, 2 * this.checkpointBytes + size);
    this.onSegment();
  }

  #openBlock(position: Position, size: number): Block {
    const block = new Block(position, Math.max(size, Math.min(BLOCK_SIZE, this.#segmentSize)));
    this.#blocks.push(block);
    this.bytes += block.capacity;
    return block;
  }

  #findInto(record: MessageRecord, position: Position, size: number): MessageRecord | undefined {
    if (!this.#last.holds(position, size)) {
      const block = this.#blocks[this.#firstBehind(position) - 1];
      if (!block?.holds(position, size)) return undefined;
      this.#last = block;
    }
    return record.at(this.#last, position - this.#last.position);
  }

  *#tell(into: Events, from: Position, to: Position): Generator<void> {
    if (from < this.oldest().from) throw new TrimmedError(`the log is freed up to ${this.oldest().from}`);
    const event = new Event();
    let told = 0;
    for (const block of this.#blocksOf(from, to)) {
      const end = Math.min(block.used, to - block.position);
      for (let start = Math.max(0, from - block.position); start < end; start += event.size) {
        readEvent(block, start, event);
        into.apply(event, block.position + start);
        if (++told % SLICE === 0) yield;
      }
    }
  }

  /** The blocks that have a part of a stretch: they are there as long as somebody looks at them. */
  #blocksOf(from: Position, to: Position): Block[] {
    return this.#blocks.slice(Math.max(0, this.#firstBehind(from) - 1), this.#firstBehind(to - 1));
  }

  /** Index of the first block that begins behind `position`. */
  #firstBehind(position: Position): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#blocks[middle] as Block).position > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  *#stretches(): Generator<Range> {
    for (const [index, from] of this.#starts.entries())
      yield { from, to: this.#starts[index + 1] ?? this.end };
  }
}
