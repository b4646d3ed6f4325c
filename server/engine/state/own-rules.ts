import type { Backoff } from '../../../shared/backoff.ts';

/** What a message says of its own attempts, instead of its queue's policy. */
export interface OwnRules {
  /** How often it is tried at most; 0: as often as its queue says. */
  readonly maxAttempts: number;
  /** undefined: as its queue says. */
  readonly backoff: Backoff | undefined;
}

export const NO_OWN_RULES: OwnRules = { maxAttempts: 0, backoff: undefined };

export function isSameBackoff(a: Backoff | undefined, b: Backoff | undefined): boolean {
  return (a && packBackoff(a)) === (b && packBackoff(b));
}

const EXPONENTIAL = -1;

/** A backoff as a number that is not NaN: seconds, 0 for none, negative for the one that grows. */
export function packBackoff(backoff: Backoff): number {
  switch (backoff.kind) {
    case 'exponential':
      return EXPONENTIAL;
    case 'fixed':
      return backoff.seconds;
    case 'none':
      return 0;
  }
}

export function unpackBackoff(packed: number): Backoff {
  if (packed < 0) return { kind: 'exponential' };
  return packed === 0 ? { kind: 'none' } : { kind: 'fixed', seconds: packed };
}
