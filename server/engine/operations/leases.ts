import { cutUtf8 } from '../../../shared/utf8.ts';
import { type FailRequest, MAX_ERROR_LENGTH, type ReleaseReason } from '../api.ts';
import { type Completion, IGNORED } from '../completion.ts';
import { attemptLimit, backoffOf, type Foundation } from '../foundation.ts';
import { backoffMs } from '../policy.ts';
import type { MessageRecord } from '../records.ts';
import { endedSilently } from '../state/attempt-history.ts';
import { Count } from '../state/counters.ts';
import { MessageState } from '../state/message-table.ts';
import { failedAttempt } from './failed-attempt.ts';
import type { HeldMessages } from './held-messages.ts';
import type { Latencies } from './latencies.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Rates } from './rates.ts';

/** What holders do with the messages of their leases: complete, give back, extend, tell progress, fail. */
export class Leases {
  readonly #base: Foundation;
  readonly #lifecycle: Lifecycle;
  readonly #held: HeldMessages;
  readonly #rates: Rates;
  readonly #latencies: Latencies;

  constructor(
    base: Foundation,
    lifecycle: Lifecycle,
    held: HeldMessages,
    rates: Rates,
    latencies: Latencies,
  ) {
    this.#base = base;
    this.#lifecycle = lifecycle;
    this.#held = held;
    this.#rates = rates;
    this.#latencies = latencies;
  }

  complete(token: number, result: Buffer | undefined, done: Completion<boolean>): void {
    const slot = this.#held.slotOf(token, done);
    if (slot === undefined) return;
    if (this.#held.isCancelled(slot)) {
      this.#held.endCancelled(token, slot, done);
      return;
    }
    if (!this.#base.admission.hasSpace()) {
      this.#base.admission.waitUnlessStalled(done, () => this.complete(token, result, done));
      return;
    }
    if (!this.#lifecycle.needsRecord(slot)) {
      this.#complete(slot, undefined, undefined, done);
      return;
    }
    const again = () => this.complete(token, result, done);
    const complete = (record: MessageRecord | undefined) => this.#complete(slot, record, result, done);
    // Whose record is lost is done all the same, if that was all there was to do.
    const without = this.#base.state.repeating.has(slot) ? undefined : () => complete(undefined);
    this.#held.withRecord(token, slot, result?.length ?? 0, done, again, complete, without);
  }

  release(token: number, reason: ReleaseReason, done: Completion<boolean>): void {
    const slot = this.#held.slotOf(token, done);
    if (slot === undefined) return;
    if (this.#base.admission.hasSpace()) this.giveBack(slot, reason, done);
    else this.#base.admission.waitUnlessStalled(done, () => this.release(token, reason, done));
  }

  /** `holder`: who asks; from then on it is known whose lease it is, if it was not. */
  extend(token: number, leaseMs: number, holder: string, done: Completion<boolean>): void {
    const slot = this.#runningSlotOf(token, done);
    if (slot === undefined) return;
    const { state, ledger, admission, policies, clock } = this.#base;
    if (!admission.hasSpace()) {
      admission.waitUnlessStalled(done, () => this.extend(token, leaseMs, holder, done));
      return;
    }
    if (state.leases.of(slot).holder === '') ledger.describeLease(slot, holder);
    // An open read lasts anyway.
    if (state.leases.of(slot).deadline > 0) {
      ledger.extend(slot, clock() + (leaseMs || policies.of(state.queueOf(slot)).leaseMs));
    }
    ledger.whenWritten(done, true);
  }

  progress(token: number, text: string, done: Completion<boolean>): void {
    const slot = this.#runningSlotOf(token, done);
    if (slot === undefined) return;
    this.#base.ledger.setProgress(slot, text);
    this.#base.ledger.whenWritten(done, true);
  }

  fail(request: FailRequest, done: Completion<boolean>): void {
    const slot = this.#held.slotOf(request.token, done);
    if (slot === undefined) return;
    const error = Buffer.from(cutUtf8(request.error, MAX_ERROR_LENGTH));
    const again = () => this.fail({ ...request, error }, done);
    this.#held.withRecord(request.token, slot, error.length, done, again, (record) => {
      this.#fail(slot, record, error, request);
      this.#base.ledger.whenDurable(done, true);
    });
  }

  /**
   * A reserved message goes back where it was, or, after its last attempt, to the failed set, and `done` is told
   * once that is on record.
   */
  giveBack(slot: number, reason: ReleaseReason, done: Completion<boolean> = IGNORED): void {
    const { state, ledger } = this.#base;
    // It was no start.
    if (reason === 'return' || reason === 'unread')
      this.#rates.giveBack(state.queueOf(slot), state.leases.of(slot).since);
    if (this.#held.isCancelled(slot)) {
      this.#held.endCancelled(state.leases.of(slot).token, slot, done);
      return;
    }
    this.#countBack(slot, reason);
    if (this.#fails(slot, reason)) {
      const error = endedSilently(state.attemptsOf(slot));
      const { token } = state.leases.of(slot);
      this.fail({ token, error, final: true, died: reason === 'death' }, done);
      return;
    }
    this.#putBack(slot, reason);
    ledger.whenWritten(done, true);
  }

  /** The slot of a lease whose job may go on; undefined where there is none, of which the operation has been told. */
  #runningSlotOf(token: number, done: Completion<boolean>): number | undefined {
    const slot = this.#held.slotOf(token, done);
    if (slot === undefined || !this.#held.isCancelled(slot)) return slot;
    this.#base.ledger.whenWritten(done, false);
    return undefined;
  }

  /** What the server's own end gives back, and what nobody was told of, is not counted. */
  #countBack(slot: number, reason: ReleaseReason): void {
    const { state } = this.#base;
    if (!state.leases.of(slot).isAttempt) return;
    if (reason === 'death') state.queueOf(slot).count(Count.leasesExpired);
    else if (reason === 'abort' || reason === 'return') state.queueOf(slot).count(Count.givenBack);
  }

  /** Whether it is the end of a last attempt. */
  #fails(slot: number, reason: ReleaseReason): boolean {
    const { state } = this.#base;
    if ((reason !== 'abort' && reason !== 'death') || !state.leases.of(slot).isAttempt) return false;
    return state.attemptsOf(slot) >= attemptLimit(this.#base, slot);
  }

  #putBack(slot: number, reason: ReleaseReason): void {
    const { state, ledger, clock } = this.#base;
    const attempts = state.attemptsOf(slot);
    const deaths = state.deathsOf(slot);
    const isRow = state.diedSilently(slot);
    switch (state.leases.of(slot).isAttempt ? reason : 'stop') {
      case 'stop':
        ledger.ready(slot);
        return;
      case 'unread':
        ledger.release(slot, attempts - 1, deaths, isRow);
        return;
      case 'return':
        ledger.release(slot, attempts - 1, deaths, false);
        return;
      case 'abort':
        ledger.release(slot, attempts, deaths, false);
        return;
      case 'death': {
        const backoff = backoffOf(this.#base, slot);
        const delay = isRow ? backoffMs(backoff, attempts, Math.random()) : 0;
        const now = clock();
        ledger.die(slot, now, delay > 0 ? now + delay : 0);
      }
    }
  }

  #complete(
    slot: number,
    record: MessageRecord | undefined,
    result: Buffer | undefined,
    done: Completion<boolean>,
  ): void {
    const { state, clock } = this.#base;
    const queue = state.queueOf(slot);
    queue.count(Count.completed);
    this.#latencies.ran(queue, state.leases.of(slot).since, clock());
    this.#lifecycle.complete(slot, record, result);
    this.#base.ledger.whenWritten(done, true);
  }

  #fail(slot: number, record: MessageRecord, error: Buffer, { final, died }: FailRequest): void {
    const { state, ledger, clock } = this.#base;
    const attempts = state.attemptsOf(slot);
    const deaths = state.deathsOf(slot) + (died ? 1 : 0);
    if (final || attempts >= attemptLimit(this.#base, slot)) {
      this.#lifecycle.fail(slot, record, error, deaths);
      return;
    }
    state.queueOf(slot).count(Count.retried);
    const backoff = backoffOf(this.#base, slot);
    const delay = backoffMs(backoff, attempts, Math.random());
    const now = clock();
    ledger.change(slot, record, {
      state: delay > 0 ? MessageState.delayed : MessageState.ready,
      time: now + delay,
      error,
      attributes: { ...failedAttempt(state, slot, record, error, now), deaths, diedSilently: false },
    });
  }
}
