import type { Backoff } from '../../shared/backoff.ts';
import type { Admission } from './admission.ts';
import type { Clock } from './clock.ts';
import type { Ledger } from './ledger.ts';
import type { PolicyCache } from './policy-cache.ts';
import type { Records } from './records.ts';
import type { StateView } from './state/state-view.ts';

/** What all operations stand on; none of these knows any of them. */
export interface Foundation {
  /** Only the ledger changes it. */
  readonly state: StateView;
  readonly ledger: Ledger;
  readonly records: Records;
  readonly admission: Admission;
  readonly policies: PolicyCache;
  readonly clock: Clock;
  /** The clock on the wall, for cron lines and expiry times that are dates. */
  readonly wallClock: Clock;
}

/** Whether a message's time to live is over. */
export function isExpired({ state, clock }: Foundation, slot: number): boolean {
  const expires = state.expiresAt(slot);
  return expires > 0 && expires <= clock();
}

/** How often a message is tried at most: as it says itself, else as its queue does. */
export function attemptLimit({ state, policies }: Foundation, slot: number): number {
  return state.maxAttemptsOf(slot) || policies.of(state.queueOf(slot)).maxAttempts;
}

/** The backoff of a message: its own, else its queue's. */
export function backoffOf({ state, policies }: Foundation, slot: number): Backoff {
  return state.backoffOf(slot) ?? policies.of(state.queueOf(slot)).backoff;
}

/** Whether a message waits, for a reader or for its time. What has expired is dead, though nobody has come upon it yet. */
export function isWaiting(base: Foundation, slot: number): boolean {
  return base.state.waits(slot) && !isExpired(base, slot);
}

/** Whether a message is a job of the configuration's schedule. */
export function isScheduled({ state }: Foundation, slot: number): boolean {
  return state.repeating.get(slot)?.recurrence.kind === 'cron';
}
