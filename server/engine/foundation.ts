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

/** Whether a message waits, for a reader or for its time. What has expired is dead, though nobody has come upon it yet. */
export function isWaiting(base: Foundation, slot: number): boolean {
  return base.state.waits(slot) && !isExpired(base, slot);
}
