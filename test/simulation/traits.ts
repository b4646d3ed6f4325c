import type { SyncPolicy } from '../../server/engine/log/local/committer.ts';
import { DEFAULT_POLICY, type Policy } from '../../server/engine/policy.ts';
import type { Line } from '../model/schedule.ts';
import type { Random } from './random.ts';

/** What is the same all through a run. */
export interface Traits {
  readonly segmentSize: number;
  readonly cacheSize: number;
  readonly sync: SyncPolicy;
  /** What a sync takes, milliseconds: a quick one is waited for on the event loop. */
  readonly syncMs: number;
  /** How likely the disk is done with something in a turn. */
  readonly diskSpeed: number;
  /** The disk may be full for a time. Then nothing ends by itself while it is: all times are long. */
  readonly getsFull: boolean;
  /** Longest body that is not rare. */
  readonly bodyLength: number;
  readonly clients: number;
  /** Messages have groups. Nothing is taken for good then: it would hold its group while it is read from the disk. */
  readonly hasGroups: boolean;
  readonly lines: readonly Line[];
}

const KIB = 1024;
export const LETTERS = 'abcdefgh';

export function randomTraits(random: Random): Traits {
  const sync = random.weighted<SyncPolicy>([
    [10, 'always'],
    [1, 'interval'],
    [1, 'never'],
  ]);
  const getsFull = random.chance(0.25);
  const segmentSize = random.pick([4, 8, 8, 16, 16, 32, 64]) * KIB;
  return {
    segmentSize,
    cacheSize: random.pick([0, segmentSize, 4 * segmentSize, 64 * KIB * KIB]),
    sync,
    syncMs: random.pick([0.01, 2]),
    diskSpeed: random.pick([1, 0.5, 0.2]),
    getsFull,
    bodyLength: random.pick([8, 100, 300, 1000, 3000]),
    clients: random.between(2, 5),
    hasGroups: random.chance(0.4),
    lines:
      sync === 'always' && !getsFull && random.chance(0.4)
        ? [{ ...LINE, missed: random.pick(['once', 'skip'] as const), maxAttempts: random.pick([0, 2]) }]
        : [],
  };
}

/** What the configuration schedules. */
export const LINE = {
  queue: 'a-main',
  name: 'tick',
  rhythm: { everyMs: 5000, firstAt: 0, cron: '*/5 * * * * *' },
  body: '1000000000:',
} as const;

export const BACKOFFS = [{ kind: 'none' }, { kind: 'fixed', seconds: 2 }, { kind: 'exponential' }] as const;

export type Role = 'main' | 'side' | 'short';
export const ROLES: readonly Role[] = ['main', 'side', 'short'];

export function queuesOf(client: string): string[] {
  return ROLES.map((role) => `${client}-${role}`);
}

/** The name of a client's queue for one of its uses. */
export function queueOf(client: string, role: Role): string {
  return `${client}-${role}`;
}

/**
 * `short` is the one that may drop the oldest. What has expired and what is kept of a job's end for a short time are
 * kept apart, since nobody knows when the former is noticed; so are dead letters, which begin to age then, and a
 * time to live. How many failed messages are kept never changes: those that went for it are there again after a power cut,
 * until a start lets them go once more.
 */
export function randomPolicy(random: Random, client: string, role: Role): Policy {
  const others = queuesOf(client).filter((queue) => queue !== queueOf(client, role));
  const ofTheDead = queueOf(client, 'main');
  const forgetsSoon = random.chance(0.3);
  return {
    ...DEFAULT_POLICY,
    maxAttempts: random.between(1, 4),
    backoff: random.pick(BACKOFFS),
    exptime: forgetsSoon || random.chance(0.3) ? 'ignore' : 'honour',
    ttlMs: forgetsSoon || role === 'main' ? 0 : random.pick([0, 0, 0, 7000]),
    maxItems: role === 'main' ? 0 : random.pick([0, 4, 8]),
    whenFull: role === 'short' ? random.pick(['refuse', 'drop_oldest'] as const) : 'refuse',
    deadLetterTo: role !== 'main' && random.chance(0.6) ? ofTheDead : undefined,
    keepDoneMs: forgetsSoon ? 4000 : random.pick([0, 3_600_000]),
    fanoutTo: role === 'side' && random.chance(0.4) ? others : [],
    maxFailed: role === 'main' ? 2 : 0,
    groupRunning: random.pick([1, 1, 2]),
    groupOrder: random.pick(['strict', 'strict', 'free'] as const),
  };
}
