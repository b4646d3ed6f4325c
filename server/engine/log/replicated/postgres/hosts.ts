import {
  ConfigError,
  errorCode,
  errorMessage,
  MemqError,
  NotAllowedError,
  UnreachableError,
} from '../../../../../shared/errors.ts';
import { Connection, type ConnectionOptions, SilenceError } from './connection.ts';
import type { Host } from './database-url.ts';
import { type Identity, identify } from './identity.ts';

/** What was seen at a host: who answers there, or why nobody does. */
export type Sight =
  | { readonly host: Host; readonly identity: Identity }
  | { readonly host: Host; readonly error: Error };

/** The host to write to, or why there is none. */
export interface Choice {
  readonly host: Host | undefined;
  readonly identity: Identity | undefined;
  /** Hosts that accept writes. */
  readonly writable: number;
  /** What is wrong, a line each. */
  readonly problems: readonly string[];
  /** Why there is none. */
  readonly refusal: Error | undefined;
}

/** A host that has not answered in this part of the time is not waited for where another one will do. */
const QUICK = 5;

/**
 * Looks at all hosts of a database, and chooses the one to write to. A server never goes back to a timeline lower than it
 * has seen: a copy with that one has missed a promotion, and what was committed since.
 */
export class Hosts {
  readonly #options: ConnectionOptions;
  /** The database that was seen first, and the highest timeline that anybody has told of it. */
  #system = '';
  #timeline = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Somebody has seen that timeline of that database. */
  hasSeen(system: string, timeline: number): void {
    if (system === this.#system) this.#timeline = Math.max(this.#timeline, timeline);
  }

  /** The highest timeline that was seen. */
  get timeline(): number {
    return this.#timeline;
  }

  /** Looks at all of them. `current` is the one that is used, and stays so where another one is as good. */
  async look(current: Host | undefined): Promise<Choice> {
    const sights = await this.#sights();
    return this.#choose(sights, current);
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
    const before = this.#timeline;
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

  #choose(sights: readonly Sight[], current: Host | undefined): Choice {
    const problems: string[] = [];
    const refused: Error[] = [];
    const there: { host: Host; identity: Identity }[] = [];
    for (const sight of sights) {
      if ('error' in sight) {
        refused.push(told(sight.host, sight.error));
        continue;
      }
      const { host, identity } = sight;
      if (this.#system === '') this.#system = identity.system;
      if (identity.system !== this.#system) {
        refused.push(
          new UnreachableError(`${host.text} is another database than the one that was there before`),
        );
        problems.push(refused.at(-1)!.message);
        continue;
      }
      this.hasSeen(identity.system, identity.timeline);
      there.push(sight);
    }
    const writable = there.filter(({ identity }) => identity.isWritable);
    for (const { host, identity } of there) {
      if (!identity.isWritable) refused.push(new UnreachableError(`${host.text} is a standby, or read-only`));
    }
    const newest = writable.filter(({ identity }) => identity.timeline === this.#timeline);
    for (const { host, identity } of writable) {
      if (identity.timeline === this.#timeline) continue;
      const words = `${host.text} accepts writes with timeline ${identity.timeline}, but there was timeline ${this.#timeline}: it is an old primary that nobody may write to`;
      problems.push(words);
      refused.push(new UnreachableError(words));
    }
    const chosen =
      newest.find(({ host }) => host === current) ?? (newest.length === 1 ? newest[0] : undefined);
    if (newest.length > 1) {
      const names = newest.map(({ host }) => host.text).join(' and ');
      const words = `${names} accept writes with the same timeline, ${this.#timeline}: two primaries have parted, or both names lead to one server`;
      // Two names of one server are harmless.
      const isOne = newest.every(({ identity }) => identity.start === newest[0]!.identity.start);
      if (isOne) return { ...newest[0]!, writable: 1, problems, refusal: undefined };
      problems.push(words);
      if (chosen === undefined) refused.unshift(new UnreachableError(words));
    }
    if (chosen !== undefined) return { ...chosen, writable: writable.length, problems, refusal: undefined };
    return {
      ...{ host: undefined, identity: undefined, writable: writable.length, problems },
      refusal: reasonOf(refused),
    };
  }
}

function isAsNewAs(sight: Sight, timeline: number): boolean {
  return 'identity' in sight && sight.identity.isWritable && sight.identity.timeline >= timeline;
}

/** What keeps a host from being used, with its name. */
function told(host: Host, error: Error): Error {
  if (error instanceof MemqError) return error;
  const code = errorCode(error) ?? '';
  // Several addresses of a name, of which none works, make an error without words.
  const words = `${host.text}: ${errorMessage(error) || code}`;
  if (code.startsWith('28')) return new NotAllowedError(words);
  return code === '3D000' ? new ConfigError(words) : new UnreachableError(words);
}

/** What somebody has to change comes first; else all reasons. */
function reasonOf(refused: readonly Error[]): Error {
  const mistake = refused.find((error) => !(error instanceof UnreachableError));
  if (mistake !== undefined) return mistake;
  const words = refused.map(({ message }) => message).join('; ');
  return new UnreachableError(`no host of the database accepts writes: ${words}`);
}
