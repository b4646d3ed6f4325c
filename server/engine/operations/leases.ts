import { cutUtf8 } from '../../../shared/utf8.ts';
import { type FailRequest, MAX_ERROR_LENGTH, type ReleaseReason } from '../api.ts';
import { type Completion, IGNORED } from '../completion.ts';
import type { Foundation } from '../foundation.ts';
import { backoffMs } from '../policy.ts';
import type { MessageRecord } from '../records.ts';
import { MessageState } from '../state/message-table.ts';
import type { HeldMessages } from './held-messages.ts';
import type { Lifecycle } from './lifecycle.ts';

/** What holders do with the messages of their leases: complete, give back, extend, tell progress, fail. */
export class Leases {
  readonly #base: Foundation;
  readonly #lifecycle: Lifecycle;
  readonly #held: HeldMessages;

  constructor(base: Foundation, lifecycle: Lifecycle, held: HeldMessages) {
    this.#base = base;
    this.#lifecycle = lifecycle;
    this.#held = held;
  }

  complete(token: number, result: Buffer | undefined, done: Completion<boolean>): void {
    const slot = this.#held.slotOf(token, done);
    if (slot === undefined) return;
    if (!this.#base.admission.hasSpace()) {
      this.#base.admission.wait(done, () => this.complete(token, result, done));
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
    else this.#base.admission.wait(done, () => this.release(token, reason, done));
  }

  extend(token: number, leaseMs: number, done: Completion<boolean>): void {
    const slot = this.#held.slotOf(token, done);
    if (slot === undefined) return;
    const { state, ledger, admission, policies, clock } = this.#base;
    if (!admission.hasSpace()) {
      admission.wait(done, () => this.extend(token, leaseMs, done));
      return;
    }
    // An open read lasts anyway.
    if (state.leases.of(slot).deadline > 0) {
      ledger.extend(slot, clock() + (leaseMs || policies.of(state.queueOf(slot)).leaseMs));
    }
    ledger.whenWritten(done, true);
  }

  progress(token: number, text: string, done: Completion<boolean>): void {
    const slot = this.#held.slotOf(token, done);
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
    if (state.stateOf(slot) === MessageState.cancelled) {
      ledger.done(slot);
      ledger.whenWritten(done, true);
      return;
    }
    if (this.#fails(slot, reason)) {
      const error = Buffer.from(`attempt ${state.attemptsOf(slot)} ended without an answer`);
      const { token } = state.leases.of(slot);
      this.fail({ token, error, final: true, died: reason === 'death' }, done);
      return;
    }
    this.#putBack(slot, reason);
    ledger.whenWritten(done, true);
  }

  /** Whether it is the end of a last attempt. */
  #fails(slot: number, reason: ReleaseReason): boolean {
    const { state, policies } = this.#base;
    if ((reason !== 'abort' && reason !== 'death') || !state.leases.of(slot).isAttempt) return false;
    return state.attemptsOf(slot) >= policies.of(state.queueOf(slot)).maxAttempts;
  }

  #putBack(slot: number, reason: ReleaseReason): void {
    const { state, ledger, policies, clock } = this.#base;
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
        const { backoff } = policies.of(state.queueOf(slot));
        const delay = isRow ? backoffMs(backoff, attempts, Math.random()) : 0;
        ledger.release(slot, attempts, deaths + 1, true, delay > 0 ? clock() + delay : 0);
      }
    }
  }

  #complete(
    slot: number,
    record: MessageRecord | undefined,
    result: Buffer | undefined,
    done: Completion<boolean>,
  ): void {
    this.#base.state.queueOf(slot).acknowledged++;
    this.#lifecycle.complete(slot, record, result);
    this.#base.ledger.whenWritten(done, true);
  }

  #fail(slot: number, record: MessageRecord, error: Buffer, { final, died }: FailRequest): void {
    const { state, ledger, policies, clock } = this.#base;
    const attempts = state.attemptsOf(slot);
    const deaths = state.deathsOf(slot) + (died ? 1 : 0);
    const { maxAttempts, backoff } = policies.of(state.queueOf(slot));
    if (state.stateOf(slot) === MessageState.cancelled) {
      ledger.done(slot);
      return;
    }
    if (final || attempts >= maxAttempts) {
      this.#lifecycle.fail(slot, record, error, deaths);
      return;
    }
    const delay = backoffMs(backoff, attempts, Math.random());
    ledger.change(slot, record, {
      state: delay > 0 ? MessageState.delayed : MessageState.ready,
      time: clock() + delay,
      error,
      attributes: { ...state.leases.lastAttempt(slot), deaths, diedSilently: false },
    });
  }
}
