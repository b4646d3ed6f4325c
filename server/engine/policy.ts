import { duration } from '../../shared/value-readers.ts';

/** How long a message waits after its n-th failed attempt. */
export type Backoff =
  | { readonly kind: 'exponential' }
  | { readonly kind: 'fixed'; readonly seconds: number }
  | { readonly kind: 'none' };

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

/** Longest wait between two attempts, seconds: ten years. */
const LONGEST_FIXED = 10 * 365 * 86_400;
const readSeconds = duration(0, LONGEST_FIXED);

/** Reads `exponential`, `none` or `fixed:<time>`. Throws an error that says what is wrong. */
export function parseBackoff(text: string): Backoff {
  if (text === 'exponential' || text === 'none') return { kind: text };
  if (!text.startsWith('fixed:')) throw new Error(`"${text}" is not exponential, none or fixed:<time>`);
  return { kind: 'fixed', seconds: readSeconds(text.slice('fixed:'.length), '') / 1000 };
}
