import type { ConnectionState, LostReason } from '../../../dashboard/live/connection-state.ts';
import type { ConnectionListener, Environment, RequestLock } from '../../../dashboard/live/environment.ts';
import { LiveTab } from '../../../dashboard/live/live-tab.ts';
import type { SimulatedServer } from './simulated-server.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** What a browser is like: `alone` has no channel. */
export type Kind = 'locks' | 'beats' | 'alone';

/** Tabs with one channel and one lock, whose messages take some time, in the order of each sender. */
export class SimulatedBrowser {
  readonly time: SimulatedTime;
  readonly server: SimulatedServer;
  readonly random: () => number;
  readonly kind: Kind;
  readonly tabs: SimulatedTab[] = [];
  readonly lock = new Lock();

  constructor(time: SimulatedTime, server: SimulatedServer, random: () => number, kind: Kind) {
    this.time = time;
    this.server = server;
    this.random = random;
    this.kind = kind;
  }

  open(): SimulatedTab {
    const tab = new SimulatedTab(this, this.random().toString(16).slice(2, 10));
    this.tabs.push(tab);
    return tab;
  }

  post(from: SimulatedTab, message: unknown): void {
    for (const tab of this.tabs) if (tab !== from) tab.receive(from, structuredClone(message));
  }
}

/** The one lock: who waits for it gets it in turn. */
class Lock {
  readonly #waiting: { tab: SimulatedTab; onGranted: () => void }[] = [];

  request(tab: SimulatedTab, onGranted: () => void): () => void {
    const request = { tab, onGranted };
    this.#waiting.push(request);
    if (this.#waiting[0] === request) this.#grant();
    return () => this.#remove(this.#waiting.indexOf(request));
  }

  get holder(): SimulatedTab | undefined {
    return this.#waiting[0]?.tab;
  }

  lose(tab: SimulatedTab): void {
    for (let i = this.#waiting.length - 1; i >= 0; i--) if (this.#waiting[i]?.tab === tab) this.#remove(i);
  }

  #remove(index: number): void {
    if (index < 0) return;
    this.#waiting.splice(index, 1);
    if (index === 0) this.#grant();
  }

  #grant(): void {
    const first = this.#waiting[0];
    first?.tab.later(1, () => {
      if (this.#waiting[0] === first) first.onGranted();
    });
  }
}

/** A tab, which may be frozen, or crash. */
export class SimulatedTab {
  readonly #browser: SimulatedBrowser;
  readonly live: LiveTab;
  readonly id: string;
  /** What it shows, by topic. */
  readonly shown = new Map<string, unknown>();
  readonly #ends = new Map<string, () => void>();
  state: ConnectionState = 'asleep';
  reason: LostReason | undefined;
  readonly states: ConnectionState[] = [];
  isVisible = false;
  isFrozen = false;
  isCrashed = false;
  /** How often something was shown that nobody sees. */
  shownHidden = 0;
  #hear: ((message: unknown) => void) | undefined;
  readonly #streams = new Set<() => void>();
  readonly #backlog: (() => void)[] = [];
  /** By sender: when its last message comes. */
  readonly #lastAt = new Map<SimulatedTab, number>();

  constructor(browser: SimulatedBrowser, id: string) {
    this.#browser = browser;
    this.id = id;
    this.live = new LiveTab(this.#environment(), id, ({ state, reason }) => {
      this.state = state;
      this.reason = reason;
      this.states.push(state);
    });
  }

  get isUp(): boolean {
    return this.isVisible && !this.isFrozen && !this.isCrashed;
  }

  get hasStream(): boolean {
    return this.#streams.size > 0;
  }

  get topics(): string[] {
    return [...this.#ends.keys()];
  }

  show(topic: string): void {
    if (this.#ends.has(topic)) return;
    let isKnown = true;
    const end = this.live.subscribe(topic, (value) => {
      this.shown.set(topic, value);
      if (!this.isVisible && !isKnown) this.shownHidden++;
    });
    isKnown = false;
    this.#ends.set(topic, end);
  }

  unshow(topic: string): void {
    this.#ends.get(topic)?.();
    this.#ends.delete(topic);
    this.shown.delete(topic);
  }

  setVisible(isVisible: boolean): void {
    this.isVisible = isVisible;
    this.live.setVisible(isVisible);
  }

  crash(): void {
    this.isCrashed = true;
    for (const close of this.#streams) close();
    this.#browser.lock.lose(this);
  }

  freeze(): void {
    this.isFrozen = true;
  }

  thaw(): void {
    this.isFrozen = false;
    for (const run of this.#backlog.splice(0)) this.run(run);
  }

  /** As its event loop does it. */
  run(run: () => void): void {
    if (this.isCrashed) return;
    if (this.isFrozen) this.#backlog.push(run);
    else run();
  }

  later(ms: number, run: () => void): () => void {
    let isOver = false;
    const cancel = this.#browser.time.after(ms, () =>
      this.run(() => {
        if (!isOver) run();
      }),
    );
    return () => {
      isOver = true;
      cancel();
    };
  }

  receive(from: SimulatedTab, message: unknown): void {
    const { time, random } = this.#browser;
    const hear = this.#hear;
    const slow = random() < 0.05 ? 400 : 10;
    const at = Math.max(this.#lastAt.get(from) ?? 0, time.now + random() * slow) + 0.001;
    this.#lastAt.set(from, at);
    this.later(at - time.now, () => {
      if (hear !== undefined && hear === this.#hear) hear(message);
    });
  }

  #environment(): Environment {
    const { time, random, kind } = this.#browser;
    const requestLock: RequestLock = (onGranted) => this.#browser.lock.request(this, onGranted);
    return {
      clock: { now: () => time.now, after: (ms, call) => this.later(ms, call) },
      random,
      ask: (path, { etag }) => this.#ask(path, etag),
      connect: (topics, listener) => this.#connect(topics, listener),
      openChannel: kind === 'alone' ? undefined : (hear) => this.#openChannel(hear),
      requestLock: kind === 'locks' ? requestLock : undefined,
    };
  }

  #ask(path: string, etag: string | undefined) {
    const asked = this.#browser.server.ask(path, etag);
    return new Promise<Awaited<typeof asked>>((resolve, reject) => {
      asked.then(
        (answer) => this.run(() => resolve(answer)),
        (error) => this.run(() => reject(error)),
      );
    });
  }

  #connect(topics: readonly string[], listener: ConnectionListener): () => void {
    let isOpen = true;
    const inTab = (call: () => void) =>
      this.run(() => {
        if (isOpen) call();
      });
    const disconnect = this.#browser.server.connect(topics, {
      onEvent: (topic, text) => inTab(() => listener.onEvent(topic, text)),
      onSign: () => inTab(() => listener.onSign()),
      onEnd: (status) => inTab(() => listener.onEnd(status)),
    });
    const close = () => {
      isOpen = false;
      disconnect();
      this.#streams.delete(close);
    };
    this.#streams.add(close);
    return close;
  }

  #openChannel(hear: (message: unknown) => void) {
    this.#hear = hear;
    return {
      post: (message: unknown) => this.#browser.post(this, message),
      close: () => {
        this.#hear = undefined;
      },
    };
  }
}
