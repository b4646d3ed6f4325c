import type { Here } from './messages.ts';

/** Who says nothing for so long wants nothing any more. */
const FORGOTTEN_MS = 5000;

interface Other {
  readonly topics: readonly string[];
  readonly heardAt: number;
  /** What it was told as one that follows this tab. */
  told: ReadonlySet<string>;
}

/** The other visible tabs, as their leader sees them. */
export class Others {
  readonly #byId = new Map<string, Other>();

  /** What they want to have. */
  get topics(): string[] {
    return [...this.#byId.values()].flatMap(({ topics }) => topics);
  }

  /** Returns what it has to be told of now: all of its topics where it has begun to follow `id`, then those that are new. */
  hear({ from, topics, follows }: Here, id: string, now: number): string[] {
    const told = follows === id ? (this.#byId.get(from)?.told ?? new Set()) : new Set<string>();
    this.#byId.set(from, { topics, heardAt: now, told: new Set(follows === id ? topics : []) });
    return follows === id ? topics.filter((topic) => !told.has(topic)) : [];
  }

  remove(tab: string): void {
    this.#byId.delete(tab);
  }

  clear(): void {
    this.#byId.clear();
  }

  /** This tab has begun to lead, or has ended. */
  tellAnew(): void {
    for (const other of this.#byId.values()) other.told = new Set();
  }

  /** Forgets those that were not heard for a while. */
  forget(now: number): void {
    for (const [tab, { heardAt }] of this.#byId) if (now - heardAt > FORGOTTEN_MS) this.#byId.delete(tab);
  }
}
