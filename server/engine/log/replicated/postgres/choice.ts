import {
  ConfigError,
  errorCode,
  errorMessage,
  MemqError,
  NotAllowedError,
  UnreachableError,
} from '../../../../../shared/errors.ts';
import type { Host } from './database-url.ts';
import type { Identity } from './identity.ts';

/** Somebody who answers at a host. */
export interface Found {
  readonly host: Host;
  readonly identity: Identity;
}

/** What was seen at a host: who answers there, or why nobody does. */
export type Sight = Found | { readonly host: Host; readonly error: Error };

/** The database, and the highest timeline of it that anybody has told; '' and 0: nothing yet. */
export interface Known {
  readonly system: string;
  readonly timeline: number;
}

/** The host to write to, or why there is none. */
export interface Choice {
  readonly found: Found | undefined;
  /** Hosts that accept writes. */
  readonly writable: number;
  /** What is wrong, a line each. */
  readonly problems: readonly string[];
  /** Why there is none. */
  readonly refusal: Error | undefined;
}

/** What is known once these were seen. The first database that answers is the one. */
export function knownFrom(sights: readonly Sight[], known: Known): Known {
  const all = sights.flatMap((sight) => ('identity' in sight ? [sight.identity] : []));
  const system = known.system || (all[0]?.system ?? '');
  const timelines = all.filter((each) => each.system === system).map(({ timeline }) => timeline);
  return { system, timeline: Math.max(known.timeline, ...timelines) };
}

/**
 * Chooses the host that accepts writes with the highest timeline. One with a lower timeline than is known has missed a
 * promotion, and what was committed since: nobody writes to it. `current` is the one that is used so far.
 */
export function choose(sights: readonly Sight[], known: Known, current: Host | undefined): Choice {
  const problems: string[] = [];
  const refused: Error[] = [];
  const newest: Found[] = [];
  let writable = 0;
  const refuse = (host: Host, why: string, isProblem: boolean) => {
    const words = `${host.text} ${why}`;
    refused.push(new UnreachableError(words));
    if (isProblem) problems.push(words);
  };
  for (const sight of sights) {
    const { host } = sight;
    if ('error' in sight) {
      refused.push(reasonOf(host, sight.error));
      continue;
    }
    const { system, timeline, isWritable } = sight.identity;
    if (isWritable) writable++;
    if (system !== known.system) refuse(host, 'is another database than the one that was there before', true);
    else if (!isWritable) refuse(host, 'is a standby, or read-only', false);
    else if (timeline < known.timeline) {
      const why = `accepts writes with timeline ${timeline}, but there was timeline ${known.timeline}: it is an old primary that nobody may write to`;
      refuse(host, why, true);
    } else newest.push(sight);
  }
  const servers = new Set(newest.map(({ identity }) => identity.start));
  // Two names of one server are harmless.
  if (servers.size > 1) {
    const names = newest.map(({ host }) => host.text).join(' and ');
    const words = `${names} accept writes with the same timeline, ${known.timeline}: two primaries have parted`;
    problems.push(words);
    refused.push(new UnreachableError(words));
  }
  const found = newest.find(({ host }) => host === current) ?? (servers.size === 1 ? newest[0] : undefined);
  return { found, writable, problems, refusal: found === undefined ? reasonOfAll(refused) : undefined };
}

/** What keeps a host from being used, with its name. */
function reasonOf(host: Host, error: Error): Error {
  if (error instanceof MemqError) return error;
  const code = errorCode(error) ?? '';
  // Several addresses of a name, of which none works, make an error without words.
  const words = `${host.text}: ${errorMessage(error) || code}`;
  if (code.startsWith('28')) return new NotAllowedError(words);
  return code === '3D000' ? new ConfigError(words) : new UnreachableError(words);
}

/** What somebody has to change comes first; else all reasons. */
function reasonOfAll(refused: readonly Error[]): Error {
  const mistake = refused.find((error) => !(error instanceof UnreachableError));
  if (mistake !== undefined) return mistake;
  const words = refused.map(({ message }) => message).join('; ');
  return new UnreachableError(`no host of the database accepts writes: ${words}`);
}
