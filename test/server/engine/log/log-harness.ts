import { expect } from 'vitest';
import { queueSize, sizeOf } from '../../../../server/engine/log/codec/sizes.ts';
import type { Log, Position } from '../../../../server/engine/log/log.ts';
import { Event } from '../../../../server/engine/state/events.ts';
import { fill, type Said, said, withoutBody } from './codec/arbitrary-events.ts';

/** Where logs are opened for the contract's tests, and what can be done to what lies below them. */
export interface LogHarness {
  /** Opens a log, on what the last one has left. */
  open(): Promise<Log>;
  /** Lets all go on that can. */
  settle(): Promise<void>;
  /** Nothing becomes durable until `release`; undefined where everything is at once. */
  readonly hold?: (() => void) | undefined;
  release?(): void;
  /** What is asked of the disk, or of the database, from here on ends the log; undefined where nothing can. */
  readonly breakDown?: (() => void) | undefined;
  /** The power goes, or the process is cut off: what the next `open` finds; undefined where nothing is left then. */
  readonly crash?: (() => void) | undefined;
}

/** What was told or appended, in order. */
export type Told = [position: Position, what: Said][];

/** Resolves a promise that may need something to go on. */
export async function driven<T>(harness: LogHarness, promise: Promise<T>): Promise<T> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  promise.then(done, done);
  for (let count = 0; count < 10_000 && !isDone; count++) await harness.settle();
  return promise;
}

/** The same for each of many. */
export async function* inSteps<T>(harness: LogHarness, all: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = all[Symbol.asyncIterator]();
  for (;;) {
    const next = await driven(harness, iterator.next());
    if (next.done) return;
    yield next.value;
  }
}

/** All that a log tells. */
export async function replayed(
  harness: LogHarness,
  log: Log,
  from?: Position,
): Promise<{ told: Told; end: Position }> {
  const told: Told = [];
  const apply = (event: Event, position: Position) => told.push([position, said(event)]);
  const end = await driven(harness, log.replay({ apply }, from));
  return { told, end };
}

/** A log in use, with an account of what was appended to it. */
export class Writer {
  readonly log: Log;
  readonly #harness: LogHarness;
  readonly #event = new Event();
  readonly appended: Told = [];
  /** Queues of the checkpoint. */
  readonly queues: string[] = ['first', 'second'];
  readonly segments: Position[] = [];
  order = 0;

  static async open(harness: LogHarness): Promise<Writer> {
    const writer = new Writer(harness, await harness.open());
    await replayed(harness, writer.log);
    await writer.start();
    return writer;
  }

  constructor(harness: LogHarness, log: Log) {
    this.#harness = harness;
    this.log = log;
  }

  async start(): Promise<void> {
    this.log.checkpointBytes = 32 + 24 + this.queues.reduce((sum, name) => sum + queueSize(name.length), 0);
    this.log.onSegment = () => this.#checkpoint();
    await driven(this.#harness, this.log.start());
  }

  append(what: Said): Position {
    const position = this.log.append(fill(this.#event, what));
    expect(this.#event.size).toBe(sizeOf(this.#event));
    this.appended.push([position, withoutBody(what)]);
    return position;
  }

  /** A message that lives: its position and size. */
  message(length = 1000): { position: Position; size: number; body: Buffer } {
    const order = ++this.order;
    const body = Buffer.alloc(length, `${order} `);
    const position = this.append(messageOf(order, body));
    this.log.live.add(position, this.#event.size);
    return { position, size: this.#event.size, body };
  }

  /** Appends so many messages with turns of the event loop between. */
  async messages(
    count: number,
    length = 1000,
  ): Promise<{ position: Position; size: number; body: Buffer }[]> {
    const all: { position: Position; size: number; body: Buffer }[] = [];
    for (let i = 0; i < count; i++) {
      for (let wait = 0; wait < 1000 && !this.log.admit(length + 200, 'message'); wait++)
        await this.#harness.settle();
      all.push(this.message(length));
      if (i % 7 === 0) await this.#harness.settle();
    }
    return all;
  }

  flushed(): Promise<void> {
    return driven(this.#harness, this.log.flush());
  }

  #checkpoint(): void {
    const event = new Event();
    const position = this.log.append(fill(event, { type: 'identifiers', order: this.order + 1 }));
    this.segments.push(position);
    this.appended.push([position, said(event)]);
    for (const [queue, name] of this.queues.entries()) {
      const queuePosition = this.log.append(
        fill(event, { type: 'queue', queue, name, isPaused: queue === 1 }),
      );
      this.appended.push([queuePosition, said(event)]);
    }
  }
}

export function messageOf(order: number, body: Buffer): Said {
  const numbers = {
    attempts: 2,
    token: 0,
    time: 3,
    state: 1,
    priority: 4,
    flags: 5,
    enqueuedAt: 6,
    expires: 7,
  };
  const error = Buffer.from('why');
  return {
    type: 'message',
    slot: order,
    order,
    queue: 1,
    ...numbers,
    error,
    attributes: Buffer.alloc(0),
    body,
  };
}
