import type { Clock } from './environment.ts';
import { Timer } from './timer.ts';

/** What nobody shows any more is kept so long: people go back and forth. */
const LINGER_MS = 5000;

type Show = (value: unknown) => void;

interface Subscription {
  readonly shows: Set<Show>;
  readonly end: Timer;
  text: string | undefined;
  /** Of the text, parsed when somebody shows it. */
  value: { readonly parsed: unknown } | undefined;
}

/** What the parts of a page show, by its topic. */
export class Subscriptions {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #byTopic = new Map<string, Subscription>();

  /** `onChange`: there are other topics. */
  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get topics(): string[] {
    return [...this.#byTopic.keys()];
  }

  /** Calls with each new value of a topic, and at once with what there is. What it returns ends that. */
  add(topic: string, show: Show): () => void {
    const subscription = this.#subscription(topic);
    const { shows, end } = subscription;
    end.stop();
    shows.add(show);
    if (subscription.text !== undefined) show(parsedOf(subscription));
    return () => {
      shows.delete(show);
      if (shows.size === 0) end.set(LINGER_MS, () => this.#remove(topic));
    };
  }

  /** What is known of a topic; undefined: nothing so far. */
  value(topic: string): unknown {
    const subscription = this.#byTopic.get(topic);
    return subscription?.text === undefined ? undefined : parsedOf(subscription);
  }

  /** A topic is like this now. */
  take(topic: string, text: string): void {
    const subscription = this.#byTopic.get(topic);
    if (subscription === undefined || subscription.text === text) return;
    subscription.text = text;
    subscription.value = undefined;
    for (const show of [...subscription.shows]) show(parsedOf(subscription));
  }

  #subscription(topic: string): Subscription {
    const found = this.#byTopic.get(topic);
    if (found !== undefined) return found;
    const added: Subscription = {
      shows: new Set(),
      end: new Timer(this.#clock),
      text: undefined,
      value: undefined,
    };
    this.#byTopic.set(topic, added);
    this.#onChange();
    return added;
  }

  #remove(topic: string): void {
    this.#byTopic.delete(topic);
    this.#onChange();
  }
}

function parsedOf(subscription: Subscription): unknown {
  subscription.value ??= { parsed: JSON.parse(subscription.text as string) };
  return subscription.value.parsed;
}
