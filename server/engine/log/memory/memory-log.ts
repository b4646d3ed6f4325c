import type { Completion } from '../../completion.ts';
import type { Event } from '../../state/events.ts';
import { Block } from '../codec/block.ts';
import { writeEvent } from '../codec/event-record.ts';
import { MessageRecord } from '../codec/message-record.ts';
import { sizeOf } from '../codec/sizes.ts';
import { Completions } from '../completions.ts';
import { inSlices } from '../in-slices.ts';
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
import { BlockList } from './block-list.ts';

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
  readonly isStalled = false;
  readonly isMakingSpace = false;
  readonly failure = undefined;
  readonly syncs = undefined;
  /** Most bytes of the events that `onSegment` appends. */
  checkpointBytes = 0;
  onAdmit = (): void => {};
  onSegment = (): void => {};
  onWritten = (): void => {};
  readonly #segmentSize: number;
  readonly #bound: SpaceBound;
  readonly #blocks = new BlockList();
  /** The last one, to which records are appended. */
  #tail: Block;
  /** Where the stretches begin, ascending, and how far the last one may go. */
  readonly #starts: Position[] = [0];
  #limit = 0;
  readonly #record = new MessageRecord();
  #isScheduled = false;
  readonly #waiting = new Completions();

  static open(options: MemoryLogOptions): MemoryLog {
    return new MemoryLog(options);
  }

  private constructor({ segmentSize }: MemoryLogOptions) {
    this.#segmentSize = segmentSize;
    this.#bound = new SpaceBound(this.live, segmentSize);
    this.#tail = this.#openBlock(0, 0);
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

  /** At the end of the turn where something was appended in it: answers that leave together cost less. */
  when<T>(_level: Level, completion: Completion<T>, value: T): void {
    if (this.#isScheduled) this.#waiting.add(completion, value);
    else completion.resolve(value);
  }

  whenCertain<T>(completion: Completion<T>, value: T): void {
    completion.resolve(value);
  }

  async flush(): Promise<void> {
    this.#waiting.resolve();
  }

  find(position: Position, size: number): MessageRecord | undefined {
    return this.#blocks.find(this.#record, position, size);
  }

  async load(position: Position, size: number): Promise<MessageRecord> {
    const record = this.#blocks.find(new MessageRecord(), position, size);
    if (record === undefined) throw new TrimmedError(`what was at position ${position} is freed`);
    return record;
  }

  look(position: Position, size: number): Promise<MessageRecord> {
    return this.load(position, size);
  }

  async replay(into: Events, from = this.oldest().from): Promise<Position> {
    const { end } = this;
    if (from < this.oldest().from) throw new TrimmedError(`the log is freed up to ${this.oldest().from}`);
    await inSlices(this.#blocks.tell(into, { from, to: end }));
    return end;
  }

  get bytes(): number {
    return this.#blocks.bytes;
  }

  get compaction(): 'idle' | 'due' {
    if (this.#starts.length < 2) return 'idle';
    const heads = this.#starts.length * this.checkpointBytes;
    const isWasteful = this.#bound.isExceeded(this.bytes, 0, heads, this.#stretches());
    return isWasteful || this.live.of(this.oldest()) === 0 ? 'due' : 'idle';
  }

  oldest(): Range {
    return { from: this.#starts[0], to: this.#starts[1] ?? this.end };
  }

  survivors(range: Range, isLive: IsLive): AsyncIterable<MessageRecord> {
    return this.#blocks.survivors(range, isLive);
  }

  async freeOldest(): Promise<void> {
    const oldest = this.oldest();
    this.#blocks.dropUpTo(oldest.to);
    this.#starts.shift();
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

  async close(): Promise<void> {
    this.#waiting.resolve();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#turnEnds);
  }

  readonly #turnEnds = (): void => {
    this.#isScheduled = false;
    this.#waiting.resolve();
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
    this.#blocks.add(block);
    return block;
  }

  *#stretches(): Generator<Range> {
    for (const [index, from] of this.#starts.entries())
      yield { from, to: this.#starts[index + 1] ?? this.end };
  }
}
