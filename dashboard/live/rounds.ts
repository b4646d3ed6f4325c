import { backoffMs } from './backoff.ts';
import type { Answer, Environment } from './environment.ts';
import { Timer } from './timer.ts';
import { topicPath } from './topics.ts';

const PERIOD_MS = 2000;

export interface RoundsListener {
  onEvent(topic: string, text: string): void;
  /** `status`: 200, or of the answer that says why all of it failed; 0: the server cannot be reached. */
  onRound(status: number): void;
}

interface Polled {
  readonly topic: string;
  etag: string | undefined;
  isAnswered: boolean;
}

/** Asks for topics again and again, for want of a stream. One after the other: the server bounds how many lists it makes. */
export class Rounds {
  readonly #env: Pick<Environment, 'clock' | 'random' | 'ask'>;
  readonly #listener: RoundsListener;
  readonly #timer: Timer;
  readonly #polled = new Map<string, Polled>();
  #round: AbortController | undefined;
  #failures = 0;

  constructor(env: Pick<Environment, 'clock' | 'random' | 'ask'>, listener: RoundsListener) {
    this.#env = env;
    this.#listener = listener;
    this.#timer = new Timer(env.clock);
  }

  /** Asks for these from now on, and at once where some are new. */
  follow(topics: readonly string[]): void {
    for (const topic of this.#polled.keys()) if (!topics.includes(topic)) this.#polled.delete(topic);
    const added = topics.filter((topic) => !this.#polled.has(topic));
    for (const topic of added) this.#polled.set(topic, { topic, etag: undefined, isAnswered: false });
    if (this.#polled.size === 0) this.close();
    else if (this.#failures === 0 && this.#round === undefined && this.#isWaiting())
      this.#timer.setEarlier(0, () => this.#go());
  }

  retryNow(): void {
    this.#failures = 0;
    if (this.#polled.size > 0 && this.#round === undefined) this.#timer.set(0, () => this.#go());
  }

  close(): void {
    this.#timer.stop();
    this.#round?.abort();
    this.#round = undefined;
    this.#failures = 0;
    this.#polled.clear();
  }

  /** Whether there is one that was not asked for yet. */
  #isWaiting(): boolean {
    return [...this.#polled.values()].some(({ isAnswered }) => !isAnswered);
  }

  async #go(): Promise<void> {
    const round = new AbortController();
    this.#round = round;
    const { signal } = round;
    let status = 200;
    let taken = 0;
    for (const polled of [...this.#polled.values()]) {
      const answer = await this.#ask(polled, signal);
      if (signal.aborted) return;
      // Then it is the same with all of them.
      if (answer === undefined) return this.#end(0);
      if (answer.status === 401 || answer.status === 403) return this.#end(answer.status);
      if (this.#take(polled, answer)) taken++;
      else status = answer.status;
    }
    this.#end(taken > 0 ? 200 : status);
  }

  async #ask({ topic, etag }: Polled, signal: AbortSignal): Promise<Answer | undefined> {
    return await this.#env.ask(topicPath(topic), { etag, signal }).catch(() => undefined);
  }

  /** Whether the answer says how it is. */
  #take(polled: Polled, { status, etag, text }: Answer): boolean {
    const { topic } = polled;
    const isGone = status === 404 && topic.startsWith('queue:');
    polled.isAnswered = true;
    polled.etag = status === 304 ? polled.etag : etag;
    // Otherwise the stream has brought it since.
    const isWanted = this.#polled.get(topic) === polled;
    if (isWanted && (status === 200 || isGone)) this.#listener.onEvent(topic, isGone ? 'null' : text);
    return status === 200 || status === 304 || isGone;
  }

  #end(status: number): void {
    this.#failures = status === 200 ? 0 : this.#failures + 1;
    this.#timer.set(this.#waitMs(), () => this.#go());
    this.#listener.onRound(status);
  }

  #waitMs(): number {
    if (this.#failures > 0) return Math.max(PERIOD_MS, backoffMs(this.#failures, this.#env.random()));
    return this.#isWaiting() ? 0 : PERIOD_MS;
  }
}
