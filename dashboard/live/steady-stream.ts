import { backoffMs } from './backoff.ts';
import type { Environment } from './environment.ts';
import { Timer } from './timer.ts';

/** A stream that has brought nothing so far is kept back by something on the way. */
const SILENT_MS = 5000;
/** How long until it is tried again: each try costs the one who is in between a connection. */
const AFTER_SILENCE_MS = 60_000;
/** The server lets something come at least every 15 seconds. */
const DEAD_MS = 35_000;

export interface StreamListener {
  onEvent(topic: string, text: string): void;
  /** It has become live, has ended, or another try has failed. */
  onChange(): void;
  /** The server does not let us. */
  onDenied(status: number): void;
}

/** One stream of changing topics: it comes again by itself, and other topics make no gap. */
export class SteadyStream {
  readonly #env: Pick<Environment, 'clock' | 'random' | 'connect'>;
  readonly #listener: StreamListener;
  readonly #retry: Timer;
  #topics: readonly string[] = [];
  /** The one whose events count. */
  #current: Connection | undefined;
  /** The one that takes its place with its first event. */
  #next: Connection | undefined;
  #failures = 0;

  constructor(env: Pick<Environment, 'clock' | 'random' | 'connect'>, listener: StreamListener) {
    this.#env = env;
    this.#listener = listener;
    this.#retry = new Timer(env.clock);
  }

  get isLive(): boolean {
    return this.#current !== undefined;
  }

  /** How often it failed since it was live. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether the events of this topic come. */
  brings(topic: string): boolean {
    return this.#current?.brought.has(topic) === true;
  }

  /** Has these topics from now on. */
  follow(topics: readonly string[]): void {
    if (isSame(topics, this.#topics)) return;
    this.#topics = topics;
    if (topics.length === 0) this.close();
    else if (!this.#retry.isSet) this.#open();
  }

  /** Does not wait any longer for the next try. */
  retryNow(): void {
    if (this.#retry.isSet) this.#open();
  }

  close(): void {
    this.#topics = [];
    this.#retry.stop();
    this.#current?.close();
    this.#next?.close();
    this.#current = undefined;
    this.#next = undefined;
    this.#failures = 0;
  }

  #open(): void {
    this.#retry.stop();
    this.#next?.close();
    const connection: Connection = new Connection(this.#env, this.#topics, {
      onEvent: (topic, text) => this.#onEvent(connection, topic, text),
      onEnd: (end) => this.#onEnd(connection, end),
    });
    this.#next = connection;
  }

  #onEvent(connection: Connection, topic: string, text: string): void {
    const isFirst = connection === this.#next;
    if (isFirst) {
      this.#current?.close();
      this.#current = connection;
      this.#next = undefined;
      this.#failures = 0;
    }
    const isNew = !connection.brought.has(topic);
    connection.brought.add(topic);
    this.#listener.onEvent(topic, text);
    if (isFirst || isNew) this.#listener.onChange();
  }

  #onEnd(connection: Connection, end: End): void {
    if (connection === this.#current) this.#current = undefined;
    else this.#next = undefined;
    if (end === 401 || end === 403) {
      this.close();
      this.#listener.onDenied(end);
      return;
    }
    if (this.#next === undefined) {
      this.#failures++;
      const wait = end === 'silent' ? AFTER_SILENCE_MS : backoffMs(this.#failures, this.#env.random());
      this.#retry.set(wait, () => this.#open());
    }
    this.#listener.onChange();
  }
}

/** How a connection ended: with an answer of this status (0: there was none), or because nothing came. */
type End = number | 'silent' | 'dead';

/** One connection, until it ends, is closed, or shows no sign of life. */
class Connection {
  /** Topics of which at least one event has come. */
  readonly brought = new Set<string>();
  readonly close: () => void;

  constructor(
    { clock, connect }: Pick<Environment, 'clock' | 'connect'>,
    topics: readonly string[],
    listener: { onEvent(topic: string, text: string): void; onEnd(end: End): void },
  ) {
    const watch = new Timer(clock);
    const end = (how: End): void => {
      this.close();
      listener.onEnd(how);
    };
    watch.set(SILENT_MS, () => end('silent'));
    const disconnect = connect(topics, {
      onEvent: (topic, text) => {
        if (this.brought.size === 0) watch.set(DEAD_MS, () => end('dead'));
        listener.onEvent(topic, text);
      },
      onSign: () => {
        if (this.brought.size > 0) watch.set(DEAD_MS, () => end('dead'));
      },
      onEnd: end,
    });
    this.close = () => {
      watch.stop();
      disconnect();
    };
  }
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((each) => others.includes(each));
}
