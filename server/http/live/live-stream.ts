import type { Follower, Topic } from './topic.ts';

/** Bytes that may wait for a reader, besides one event. */
const MOST_WAITING = 64 * 1024;
/** So that nobody between takes it for dead. */
const COMMENT_MS = 15_000;
/** Who takes nothing for so long is gone. */
const STALLED_MS = 60_000;

const encoder = new TextEncoder();
/** How long a client waits before it comes again. */
const BEGINNING = encoder.encode('retry: 2000\n\n');
const COMMENT = encoder.encode(':\n\n');

/**
 * The events of one client (server-sent events, text/event-stream). A slow one gets the newest of each topic when it has room,
 * not all that was between.
 */
export class LiveStream implements Follower {
  readonly body: ReadableStream<Uint8Array>;
  readonly topics: readonly Topic[];
  readonly #onEnd: (stream: LiveStream) => void;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  /** Topics whose last event it has not got. */
  readonly #behind = new Set<Topic>();
  #sentAt = performance.now();

  /** `onEnd`: it has gone, or has stalled. */
  constructor(topics: readonly Topic[], onEnd: (stream: LiveStream) => void) {
    this.topics = topics;
    this.#onEnd = onEnd;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          controller.enqueue(BEGINNING);
        },
        pull: () => this.#catchUp(),
        cancel: () => onEnd(this),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MOST_WAITING }),
    );
  }

  /** A topic has another event. */
  send(topic: Topic): void {
    this.#behind.add(topic);
    this.#catchUp();
  }

  /** Time has passed. */
  tick(now: number): void {
    if (!this.#hasRoom) {
      if (now - this.#sentAt < STALLED_MS) return;
      this.#controller.error(new Error('the reader of a stream has stalled'));
      this.#onEnd(this);
    } else if (now - this.#sentAt >= COMMENT_MS) this.#write(COMMENT);
  }

  get #hasRoom(): boolean {
    return (this.#controller.desiredSize ?? 0) > 0;
  }

  #catchUp(): void {
    for (const topic of this.#behind) {
      if (!this.#hasRoom) return;
      this.#behind.delete(topic);
      if (topic.event !== undefined) this.#write(topic.event);
    }
  }

  #write(bytes: Uint8Array): void {
    this.#controller.enqueue(bytes);
    this.#sentAt = performance.now();
  }
}
