import { type Choice, choose, type Known, knownFrom, type Sight } from './choice.ts';
import { Connection, type ConnectionOptions, SilenceError } from './connection.ts';
import type { Host } from './database-url.ts';
import { identify } from './identity.ts';

/** A host that has not answered in this part of the time is not waited for where another one will do. */
const QUICK = 5;

/**
 * Looks at all hosts of a database, and chooses the one to write to. A server never goes back to a timeline lower than it
 * has seen: a copy with that one has missed a promotion, and what was committed since.
 */
export class Hosts {
  readonly #options: ConnectionOptions;
  /** The database that was seen first, and the highest timeline that anybody has told of it. */
  #known: Known = { system: '', timeline: 0 };

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Somebody has seen that timeline of that database. */
  hasSeen(system: string, timeline: number): void {
    if (system === this.#known.system && timeline > this.#known.timeline) this.#known = { system, timeline };
  }

  /** The highest timeline that was seen. */
  get timeline(): number {
    return this.#known.timeline;
  }

  /** Looks at all of them. `current` is the one that is used, and stays so where another one is as good. */
  async look(current: Host | undefined): Promise<Choice> {
    const sights = await this.#sights();
    this.#known = knownFrom(sights, this.#known);
    return choose(sights, this.#known, current);
  }

  /**
   * Of those that answer in time. One that takes long is waited for, unless there is one already that is as new as any
   * that was ever seen: when nothing was seen yet, the silent one may be the newest.
   */
  #sights(): Promise<Sight[]> {
    const { connectMs, url } = this.#options;
    const all = url.hosts;
    const silent = new SilenceError(`no answer within ${connectMs} ms`);
    const sights: Sight[] = all.map((host) => ({ host, error: silent }));
    const before = this.#known.timeline;
    let open = all.length;
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        resolve([...sights]);
      };
      let isLate = false;
      const endEarly = () => {
        if (isLate && before > 0 && sights.some((each) => isAsNewAs(each, before))) end();
      };
      const timer = setTimeout(() => {
        isLate = true;
        endEarly();
      }, connectMs / QUICK);
      for (const [i, host] of all.entries()) {
        void this.#sight(host).then((sight) => {
          sights[i] = sight;
          if (--open === 0) end();
          else endEarly();
        });
      }
    });
  }

  async #sight(host: Host): Promise<Sight> {
    const { connectMs, isLenient } = this.#options;
    let connection: Connection | undefined;
    try {
      connection = await Connection.open(host, this.#options);
      return { host, identity: await identify(connection, isLenient, connectMs) };
    } catch (error) {
      return { host, error: error as Error };
    } finally {
      connection?.close();
    }
  }
}

function isAsNewAs(sight: Sight, timeline: number): boolean {
  return 'identity' in sight && sight.identity.isWritable && sight.identity.timeline >= timeline;
}
