import { expect } from 'vitest';
import { randomFrom } from '../../model/random.ts';
import { type Kind, SimulatedBrowser, type SimulatedTab } from './simulated-browser.ts';
import { SimulatedServer } from './simulated-server.ts';
import { SimulatedTime } from './simulated-time.ts';

/** More than one stream may have. */
export const TOPICS = ['overview', 'queues', ...Array.from({ length: 18 }, (_, i) => `queue:q${i}`)];

/** A browser with tabs, and a server. */
export class World {
  readonly time: SimulatedTime;
  readonly server: SimulatedServer;
  readonly browser: SimulatedBrowser;
  #changes = 0;

  constructor(seed: number, kind: Kind) {
    const random = randomFrom(seed);
    this.time = new SimulatedTime(random);
    this.server = new SimulatedServer(this.time, random);
    this.browser = new SimulatedBrowser(this.time, this.server, random, kind);
  }

  open(...topics: string[]): SimulatedTab {
    const tab = this.browser.open();
    for (const topic of topics) tab.show(topic);
    tab.setVisible(true);
    return tab;
  }

  change(topic: string): void {
    this.server.change(topic, ++this.#changes);
  }

  get up(): SimulatedTab[] {
    return this.browser.tabs.filter((tab) => tab.isUp);
  }

  /** The topics of each stream. */
  get topicsOfStreams(): string[][] {
    return [...this.server.streams].map(({ topics }) => [...topics].sort());
  }

  /** The tab that has the stream. */
  get leader(): SimulatedTab {
    const leader = this.browser.tabs.find(({ hasStream }) => hasStream);
    if (leader === undefined) throw new Error('there is no stream');
    return leader;
  }

  get streams(): number {
    return this.server.streams.size;
  }

  /** What has to be so when nothing has happened for a while. */
  check(): void {
    for (const tab of this.browser.tabs) expect([tab.id, tab.shownHidden]).toEqual([tab.id, 0]);
    for (const tab of this.up) {
      const shown = Object.fromEntries(tab.topics.map((topic) => [topic, String(tab.shown.get(topic))]));
      const now = Object.fromEntries(tab.topics.map((topic) => [topic, this.server.value(topic)]));
      expect([tab.id, shown]).toEqual([tab.id, now]);
    }
  }
}
