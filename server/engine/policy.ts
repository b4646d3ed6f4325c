import type { Backoff } from '../../shared/backoff.ts';

/** So many starts in so much time, spread evenly; after idleness as many as `burst` at once. */
export interface Rate {
  readonly starts: number;
  readonly perMs: number;
  readonly burst: number;
}

/** What a queue does with its messages. */
export interface Policy {
  /** Attempts after which a message goes to the failed set. */
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  /** How long a lease lasts that names no time, milliseconds. */
  readonly leaseMs: number;
  /** Whether the expiry that comes with a `set` counts. */
  readonly exptime: 'honour' | 'ignore';
  /** Longest time that a message may live once it is stored or came as a dead letter, milliseconds; 0: no limit. */
  readonly ttlMs: number;
  /** Most messages that may wait or be reserved; 0: no limit. */
  readonly maxItems: number;
  /** Most bytes that all of the queue may take in the store; 0: no limit. */
  readonly maxBytes: number;
  /** What a full queue does with a new message: refuses it, or discards those that are next until it fits. */
  readonly whenFull: 'refuse' | 'drop_oldest';
  /** Where to go what has failed for the last time or expired, instead of the failed set or nowhere. */
  readonly deadLetterTo: string | undefined;
  /** How long the end of a job with an id is remembered, milliseconds; 0: not at all. */
  readonly keepDoneMs: number;
  /** What is stored in this queue is stored in these as well; they do not pass it on. */
  readonly fanoutTo: readonly string[];
  /** Most messages that may be reserved at a time; 0: no limit. */
  readonly maxRunning: number;
  /** How often messages may be started; undefined: no limit. */
  readonly rate: Rate | undefined;
  /** Most messages of a group that may be reserved at a time. */
  readonly groupRunning: number;
  /** Whose turn it is among groups of equal priority: that of the message that came first, or each in turn. */
  readonly groupTurns: 'arrival' | 'fair';
  /** Whether a group waits for its message that waits for its backoff. */
  readonly groupOrder: 'strict' | 'free';
  /** How long a failed message is kept, milliseconds; 0: no limit. */
  readonly keepFailedMs: number;
  /** Most failed messages that are kept; 0: no limit. */
  readonly maxFailed: number;
}

export const DEFAULT_POLICY: Policy = {
  maxAttempts: 25,
  backoff: { kind: 'exponential' },
  leaseMs: 60_000,
  exptime: 'honour',
  ttlMs: 0,
  maxItems: 0,
  maxBytes: 0,
  whenFull: 'refuse',
  deadLetterTo: undefined,
  keepDoneMs: 3_600_000,
  fanoutTo: [],
  maxRunning: 0,
  rate: undefined,
  groupRunning: 1,
  groupTurns: 'arrival',
  groupOrder: 'strict',
  keepFailedMs: 0,
  maxFailed: 0,
};

/** The first delay of the exponential backoff, and the longest. */
const BASE_MS = 1000;
const LONGEST_MS = 6 * 3600 * 1000;

/**
 * Milliseconds to wait after `attempts` failed attempts. `random` in [0, 1) spreads the exponential delays over
 * their upper half, so that what failed together does not come back together.
 */
export function backoffMs(backoff: Backoff, attempts: number, random: number): number {
  switch (backoff.kind) {
    case 'none':
      return 0;
    case 'fixed':
      return backoff.seconds * 1000;
    case 'exponential': {
      const full = Math.min(LONGEST_MS, BASE_MS * 2 ** Math.min(attempts - 1, 30));
      return Math.round(full / 2 + (full / 2) * random);
    }
  }
}

const RATE = /^(\d{1,9})\/(s|m|h)(?:[ \t]+burst[ \t]+(\d{1,9}))?$/;
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 };

/** Reads `<starts>/<s|m|h> [burst <starts>]`, or nothing for no limit. Throws an error that says what is wrong. */
export function parseRate(text: string): Rate | undefined {
  if (text === '') return undefined;
  const match = RATE.exec(text);
  if (match === null) throw new Error(`"${text}" is not a rate such as 10/s, 100/m or 1000/h burst 20`);
  const [starts, burst] = [Number(match[1]), Number(match[3] ?? 1)];
  if (starts === 0) throw new Error(`"${text}" starts nothing; a queue that is to stand still is paused`);
  if (burst < 1 || burst > starts) throw new Error(`the burst of "${text}" is not from 1 to ${starts}`);
  return { starts, perMs: UNIT_MS[match[2] as keyof typeof UNIT_MS], burst };
}

/** A rate as it is written. */
export function rateText({ starts, perMs, burst }: Rate): string {
  const [unit] = Object.entries(UNIT_MS).find(([, ms]) => ms === perMs) ?? [];
  return `${starts}/${unit}${burst === 1 ? '' : ` burst ${burst}`}`;
}
