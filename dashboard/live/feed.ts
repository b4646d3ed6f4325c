import { type Connectedness, type ConnectionState, lostReason } from './connection-state.ts';
import type { Environment } from './environment.ts';
import { Rounds } from './rounds.ts';
import { SteadyStream } from './steady-stream.ts';
import { streamable } from './streamable.ts';
import { Timer } from './timer.ts';

/** How long topics wait for a stream that is being opened, and for one that was live a moment ago. */
const PATIENCE_MS = 5000;
const SHORT_PATIENCE_MS = 1000;

export interface FeedListener {
  /** A topic is not as it was. `text`: JSON. */
  onEvent(topic: string, text: string): void;
  onState(state: Connectedness): void;
}

/** Topics as they are: by a stream, and what that does not bring by asking again and again. */
export class Feed {
  readonly #listener: FeedListener;
  readonly #mayStream: boolean;
  readonly #stream: SteadyStream;
  readonly #rounds: Rounds;
  #topics: readonly string[] = [];
  #streamed: readonly string[] = [];
  readonly #last = new Map<string, string>();
  readonly #patience: Timer;
  #isImpatient = false;
  /** Of the last round since there was a stream. */
  #roundStatus: number | undefined;
  /** The status with which the server has sent us away: asking again would bring the same. */
  #denied: number | undefined;
  #state: ConnectionState = 'connecting';

  /** `mayStream`: whether it is this tab that has the stream. */
  constructor(env: Environment, mayStream: boolean, listener: FeedListener) {
    this.#listener = listener;
    this.#mayStream = mayStream;
    this.#patience = new Timer(env.clock);
    this.#stream = new SteadyStream(env, {
      onEvent: (topic, text) => this.#onEvent(topic, text),
      onChange: () => this.#divide(),
      onDenied: (status) => this.#deny(status),
    });
    this.#rounds = new Rounds(env, {
      onEvent: (topic, text) => this.#onEvent(topic, text),
      onRound: (status) => this.#onRound(status),
    });
  }

  /** Has these topics from now on. */
  follow(topics: readonly string[]): void {
    this.#topics = topics;
    for (const topic of this.#last.keys()) if (!topics.includes(topic)) this.#last.delete(topic);
    this.#divide();
  }

  /** The last event of a topic. */
  last(topic: string): string | undefined {
    return this.#last.get(topic);
  }

  /** Somebody does not want to wait for the next try. */
  retryNow(): void {
    this.#denied = undefined;
    this.#divide();
    this.#stream.retryNow();
    this.#rounds.retryNow();
  }

  close(): void {
    this.#patience.stop();
    this.#isImpatient = false;
    this.#stream.close();
    this.#rounds.close();
  }

  /** Which topics the stream has, and which are asked for. */
  #divide(): void {
    if (this.#denied === undefined) {
      this.#streamed = this.#mayStream ? streamable(this.#topics, this.#streamed) : [];
      this.#stream.follow(this.#streamed);
      const missing = this.#streamed.filter((topic) => !this.#stream.brings(topic));
      this.#wait(missing.length > 0);
      const others = this.#topics.filter((topic) => !this.#streamed.includes(topic));
      this.#rounds.follow(this.#isImpatient ? [...others, ...missing] : others);
      if (this.#stream.isLive) this.#roundStatus = undefined;
    }
    this.#tell();
  }

  /** After a while it is asked for what the stream should bring, and does not. */
  #wait(isMissing: boolean): void {
    if (!isMissing) {
      this.#isImpatient = false;
      this.#patience.stop();
    } else if (!this.#isImpatient) {
      this.#patience.setEarlier(this.#patienceMs, () => {
        this.#isImpatient = true;
        this.#divide();
      });
    }
  }

  get #patienceMs(): number {
    const { failures } = this.#stream;
    if (failures === 0) return PATIENCE_MS;
    return failures === 1 ? SHORT_PATIENCE_MS : 0;
  }

  #onEvent(topic: string, text: string): void {
    if (!this.#topics.includes(topic) || this.#last.get(topic) === text) return;
    this.#last.set(topic, text);
    this.#listener.onEvent(topic, text);
  }

  #onRound(status: number): void {
    if (status === 401 || status === 403) return this.#deny(status);
    const isBack = status === 200 && this.#roundStatus !== undefined && this.#roundStatus !== 200;
    this.#roundStatus = status;
    if (isBack) this.#stream.retryNow();
    this.#tell();
  }

  #deny(status: number): void {
    this.#denied = status;
    this.close();
    this.#tell();
  }

  #tell(): void {
    const failure = this.#denied ?? (this.#roundStatus === 200 ? undefined : this.#roundStatus);
    const state = this.#stateNow(failure);
    if (state === this.#state && state !== 'lost') return;
    this.#state = state;
    this.#listener.onState({ state, reason: state === 'lost' ? lostReason(failure as number) : undefined });
  }

  #stateNow(failure: number | undefined): ConnectionState {
    if (this.#denied === undefined && this.#stream.isLive) return 'live';
    if (failure !== undefined) return 'lost';
    return this.#roundStatus === 200 ? 'polling' : 'connecting';
  }
}
