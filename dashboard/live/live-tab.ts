import { BeatElection } from './beat-election.ts';
import type { Connectedness } from './connection-state.ts';
import type { Election } from './election.ts';
import type { Channel, Environment } from './environment.ts';
import { Feed } from './feed.ts';
import { LockElection } from './lock-election.ts';
import { LoneElection } from './lone-election.ts';
import type { Here, Message } from './messages.ts';
import { Others } from './others.ts';
import { Subscriptions } from './subscriptions.ts';
import { Timer } from './timer.ts';

const BEAT_MS = 1000;
/** Without a leader for so long, it is found out some other way how everything is. */
const LEADERLESS_MS = 3000;
/** A beat that comes so late: this tab was frozen. */
const FROZEN_MS = 5000;
/** A page asks for its topics one after the other. */
const GATHER_MS = 20;

/**
 * One tab. The visible tabs have one stream together: the one that leads has it, and tells the others. A hidden tab wants
 * nothing, says nothing, and leads nobody.
 */
export class LiveTab {
  readonly #env: Environment;
  readonly #id: string;
  readonly #onState: (state: Connectedness) => void;
  readonly #election: Election;
  readonly #subscriptions: Subscriptions;
  readonly #others = new Others();
  readonly #beat: Timer;
  readonly #gather: Timer;
  #channel: Channel | undefined;
  #isVisible = false;
  #beatAt = 0;
  /** Whose events are taken, and when it was heard, or one was looked for. */
  #leader: string | undefined;
  #leaderAt = 0;
  /** `streams`: it is that of a leader. */
  #feed: { readonly feed: Feed; readonly streams: boolean } | undefined;
  #state: Connectedness = { state: 'asleep', reason: undefined };

  /** `id`: not that of any other tab. */
  constructor(env: Environment, id: string, onState: (state: Connectedness) => void) {
    this.#env = env;
    this.#id = id;
    this.#onState = onState;
    this.#election = electionOf(env, id, () => this.#onElection());
    this.#subscriptions = new Subscriptions(env.clock, () =>
      this.#gather.setEarlier(GATHER_MS, () => this.#update()),
    );
    this.#beat = new Timer(env.clock);
    this.#gather = new Timer(env.clock);
  }

  /** Calls with each new value of a topic, and at once with what there is. What it returns ends that. */
  subscribe(topic: string, show: (value: unknown) => void): () => void {
    return this.#subscriptions.add(topic, show);
  }

  /** What is known of a topic that somebody subscribes to; undefined: nothing so far. */
  value(topic: string): unknown {
    return this.#subscriptions.value(topic);
  }

  setVisible(isVisible: boolean): void {
    if (isVisible === this.#isVisible) return;
    this.#isVisible = isVisible;
    if (isVisible) this.#wake();
    else this.#sleep();
  }

  /** Somebody does not want to wait for the next try. */
  retryNow(): void {
    if (this.#feed !== undefined) this.#feed.feed.retryNow();
    else this.#post({ kind: 'retry', from: this.#id });
  }

  #wake(): void {
    const { clock, openChannel } = this.#env;
    this.#leaderAt = clock.now();
    this.#beatAt = clock.now();
    this.#channel = openChannel?.((message) => this.#hear(message as Message));
    this.#setState({ state: 'connecting', reason: undefined });
    this.#election.join();
    this.#update();
    this.#beat.set(BEAT_MS, () => this.#onBeat());
  }

  #sleep(): void {
    this.#beat.stop();
    this.#gather.stop();
    this.#election.leave();
    this.#closeFeed();
    this.#post({ kind: 'gone', from: this.#id });
    this.#channel?.close();
    this.#channel = undefined;
    this.#others.clear();
    this.#leader = undefined;
    this.#setState({ state: 'asleep', reason: undefined });
  }

  #onBeat(): void {
    const now = this.#env.clock.now();
    const late = now - this.#beatAt;
    this.#beatAt = now;
    if (late > FROZEN_MS) {
      // What was said meanwhile, and what has become of the connection, is not known.
      this.#sleep();
      this.#wake();
      return;
    }
    this.#others.forget(now);
    this.#update();
    this.#beat.set(BEAT_MS, () => this.#onBeat());
  }

  #onElection(): void {
    if (!this.#isVisible) return;
    this.#lose();
    this.#others.tellAnew();
    this.#update();
  }

  /** Wants what is wanted now, in the way that there is now, and says so. */
  #update(): void {
    this.#gather.stop();
    if (!this.#isVisible) return;
    this.#follow();
    this.#say();
  }

  #follow(): void {
    const own = this.#subscriptions.topics;
    if (this.#election.isLeader) this.#feedOf(true).follow([...new Set([...own, ...this.#others.topics])]);
    else if (this.#isLeaderless) {
      // What it says when it comes back may be older than what is found out meanwhile.
      this.#leader = undefined;
      this.#feedOf(false).follow(own);
    } else this.#closeFeed();
  }

  get #isLeaderless(): boolean {
    return this.#env.clock.now() - this.#leaderAt >= LEADERLESS_MS;
  }

  #feedOf(streams: boolean): Feed {
    if (this.#feed?.streams !== streams) {
      this.#closeFeed();
      const feed = new Feed(this.#env, streams, {
        onEvent: (topic, text) => this.#onEvent(topic, text),
        onState: (state) => {
          this.#setState(state);
          this.#say();
        },
      });
      this.#feed = { feed, streams };
    }
    return this.#feed.feed;
  }

  #closeFeed(): void {
    this.#feed?.feed.close();
    this.#feed = undefined;
  }

  #onEvent(topic: string, text: string): void {
    if (this.#election.isLeader) this.#tell(topic, text);
    this.#subscriptions.take(topic, text);
  }

  #tell(topic: string, text: string): void {
    this.#post({ kind: 'event', from: this.#id, topic, text });
  }

  #say(): void {
    this.#post({
      kind: 'here',
      from: this.#id,
      topics: this.#subscriptions.topics,
      follows: this.#leader,
      leads: this.#election.isLeader ? this.#state : undefined,
    });
  }

  #post(message: Message): void {
    this.#channel?.post(message);
  }

  #hear(message: Message): void {
    const { from } = message;
    if (!this.#isVisible || from === this.#id) return;
    if (message.kind === 'here') this.#hearHere(message);
    else if (message.kind === 'gone') this.#hearGone(from);
    else if (message.kind === 'retry') this.#feed?.feed.retryNow();
    else if (from === this.#leader) this.#subscriptions.take(message.topic, message.text);
  }

  #hearHere(here: Here): void {
    const { from, leads } = here;
    const missing = this.#others.hear(here, this.#id, this.#env.clock.now());
    this.#election.hear(from, leads !== undefined);
    if (this.#election.isLeader) {
      if (leads === undefined && here.follows !== this.#id) this.#say();
      this.#follow();
      for (const topic of missing) {
        const text = this.#feed?.feed.last(topic);
        if (text !== undefined) this.#tell(topic, text);
      }
    } else if (leads !== undefined) this.#followLeader(from, leads);
    else if (leads === undefined && from === this.#leader) this.#lose();
  }

  #followLeader(leader: string, state: Connectedness): void {
    this.#leaderAt = this.#env.clock.now();
    this.#closeFeed();
    this.#setState(state);
    if (this.#leader === leader) return;
    this.#leader = leader;
    this.#say();
  }

  #hearGone(tab: string): void {
    this.#others.remove(tab);
    this.#election.hearGone(tab);
    if (tab === this.#leader) this.#lose();
    if (this.#election.isLeader) this.#follow();
  }

  /** Another one will lead. */
  #lose(): void {
    this.#leader = undefined;
    this.#leaderAt = this.#env.clock.now();
  }

  #setState(state: Connectedness): void {
    if (state.state === this.#state.state && state.reason === this.#state.reason) return;
    this.#state = state;
    this.#onState(state);
  }
}

function electionOf(env: Environment, id: string, onChange: () => void): Election {
  if (env.openChannel === undefined) return new LoneElection(onChange);
  if (env.requestLock !== undefined) return new LockElection(env.requestLock, onChange);
  return new BeatElection(id, env, onChange);
}
