import { LiveStream } from './live-stream.ts';
import { type Ask, Topic } from './topic.ts';
import type { TopicName } from './topics.ts';

const PERIOD_MS = 1000;

/** All streams. Each topic is looked at once a second, however many follow it, and not at all where nobody does. */
export class LiveHub {
  readonly #ask: Ask;
  readonly #topics = new Map<string, Topic>();
  readonly #streams = new Set<LiveStream>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** How many streams there are. */
  get size(): number {
    return this.#streams.size;
  }

  /** The events of these topics, each at once as it is now. */
  open(names: readonly TopicName[]): ReadableStream<Uint8Array> {
    const topics = names.map((each) => this.#topic(each));
    const stream = new LiveStream(topics, (gone) => this.#close(gone));
    this.#streams.add(stream);
    for (const topic of topics) {
      topic.followers.add(stream);
      if (topic.event === undefined) void this.#refresh(topic);
      else stream.send(topic);
    }
    this.#timer ??= setTimeout(() => this.#tick(), PERIOD_MS).unref();
    return stream.body;
  }

  #topic({ name, path }: TopicName): Topic {
    const topic = this.#topics.get(name) ?? new Topic(name, path);
    this.#topics.set(name, topic);
    return topic;
  }

  #close(stream: LiveStream): void {
    this.#streams.delete(stream);
    for (const topic of stream.topics) {
      topic.followers.delete(stream);
      if (topic.followers.size === 0) this.#topics.delete(topic.name);
    }
  }

  async #tick(): Promise<void> {
    const began = performance.now();
    // One after the other: no turn has more than one of them.
    for (const topic of [...this.#topics.values()]) await this.#refresh(topic);
    const now = performance.now();
    for (const stream of this.#streams) stream.tick(now);
    this.#timer = undefined;
    if (this.#streams.size === 0) return;
    const wait = Math.max(0, PERIOD_MS - (now - began));
    this.#timer ??= setTimeout(() => this.#tick(), wait).unref();
  }

  async #refresh(topic: Topic): Promise<void> {
    try {
      await topic.refresh(this.#ask);
    } catch {
      // The request has been told in the log where it failed; the next second has another.
    }
  }
}
