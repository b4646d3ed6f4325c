import { DamagedError } from '../../../shared/errors.ts';
import { cutUtf8 } from '../../../shared/utf8.ts';
import { type Completion, type FailRequest, IGNORED, MAX_ERROR_LENGTH } from '../api.ts';
import type { Core } from '../core.ts';
import type { MessageReader } from '../log/codec/message-record.ts';
import { backoffMs } from '../policy.ts';
import { at, MessageState } from '../state/message-table.ts';

/** What becomes of reserved messages: done, given back, failed. */
export class Outcomes {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  complete(token: number, result: Buffer | undefined, done: Completion<boolean>): void {
    const again = () => this.complete(token, result, done);
    const slot = this.#reserved(token, done, again);
    if (slot === undefined) return;
    const { state, endings, journal } = this.#core;
    if (endings.needsRecord(slot)) {
      const complete = (record: MessageReader | undefined): void => {
        state.queueOf(slot).acknowledged++;
        endings.complete(slot, record, result);
        journal.committer.whenWritten(done, true);
      };
      // Whose record is lost is done all the same, if that was all there was to do.
      const without = state.repeating.has(slot) ? undefined : () => complete(undefined);
      this.#withReserved(token, slot, result?.length ?? 0, done, again, complete, without);
      return;
    }
    state.queueOf(slot).acknowledged++;
    endings.remove(slot);
    journal.committer.whenWritten(done, true);
  }

  release(token: number, counted: boolean, done: Completion<boolean>): void {
    const slot = this.#reserved(token, done, () => this.release(token, counted, done));
    if (slot === undefined) return;
    const { state, deliveries } = this.#core;
    const queue = state.queueOf(slot);
    this.giveBack(slot, counted, done);
    deliveries.serve(queue);
  }

  extend(token: number, leaseMs: number, done: Completion<boolean>): void {
    const slot = this.#reserved(token, done, () => this.extend(token, leaseMs, done));
    if (slot === undefined) return;
    const { state, journal, clock } = this.#core;
    const { deadline, holder } = state.reservations.of(slot);
    if (deadline === 0) {
      done.resolve(true);
      return;
    }
    const attempts = state.table.page(slot).attempts[at(slot)] as number;
    const lasts = leaseMs || this.#core.policy(state.queueOf(slot)).leaseMs;
    this.#core.reserve(slot, attempts, clock() + lasts, holder, token);
    journal.committer.whenWritten(done, true);
  }

  progress(token: number, text: string, done: Completion<boolean>): void {
    const slot = this.#reserved(token, done, () => this.progress(token, text, done));
    if (slot === undefined) return;
    this.#core.state.reservations.of(slot).progress = text;
    done.resolve(true);
  }

  fail(request: FailRequest, done: Completion<boolean>): void {
    const slot = this.#reserved(request.token, done, undefined);
    if (slot === undefined) return;
    const error = Buffer.from(cutUtf8(request.error, MAX_ERROR_LENGTH));
    const again = () => this.fail({ ...request, error }, done);
    this.#withReserved(request.token, slot, error.length, done, again, (record) => {
      this.#failed(slot, record, error, request.final);
      this.#core.journal.committer.whenSynced(done, true);
    });
  }

  /**
   * A reserved message goes back where it was, or, after its last attempt, to the failed set, and `done` is told
   * once that is on record. The caller sees to those who wait for it.
   */
  giveBack(slot: number, counted: boolean, done: Completion<boolean> = IGNORED): void {
    const { state, journal, endings } = this.#core;
    const queue = state.queueOf(slot);
    const page = state.table.page(slot);
    const sequence = page.sequence[at(slot)] as number;
    const attempts = page.attempts[at(slot)] as number;
    if (page.state[at(slot)] === MessageState.cancelled) {
      endings.remove(slot);
      journal.committer.whenWritten(done, true);
      return;
    }
    const { isAttempt } = state.reservations.of(slot);
    if (counted && isAttempt && attempts >= this.#core.policy(queue).maxAttempts) {
      const error = Buffer.from(`attempt ${attempts} ended without an answer`);
      this.fail({ token: state.reservations.of(slot).token, error, final: true }, done);
      return;
    }
    const kept = counted || !isAttempt ? attempts : attempts - 1;
    journal.appendRelease(slot, sequence, kept);
    state.release(slot, sequence, kept);
    journal.committer.whenWritten(done, true);
  }

  /** Whether the end of a message whose time to live is over has to wait for nothing from the disk. */
  canExpireNow(slot: number): boolean {
    const { recorder, endings } = this.#core;
    return !endings.expiryNeedsRecord(slot) || recorder.find(slot) !== undefined;
  }

  /** The end of a message that was next when its time to live was over. */
  expire(slot: number, done: Completion<boolean> = IGNORED): void {
    const { recorder, endings } = this.#core;
    const needsRecord = endings.expiryNeedsRecord(slot);
    const record = needsRecord ? recorder.find(slot) : undefined;
    if (!needsRecord || record !== undefined) {
      if (record === undefined) endings.remove(slot);
      else endings.expire(slot, record);
      done.resolve(true);
      return;
    }
    const token = this.#core.setAside(slot);
    const expireLater = () => {
      this.#withReserved(token, slot, 0, done, expireLater, (loaded) => {
        endings.expire(slot, loaded);
        done.resolve(true);
      });
    };
    expireLater();
  }

  /** The end of a ready message for which there is no room any more; of a job that repeats only this run ends. */
  discard(slot: number): void {
    const { state, endings } = this.#core;
    if (!state.repeating.has(slot)) {
      endings.remove(slot);
      return;
    }
    const token = this.#core.setAside(slot);
    // Its record would take the room that the new message counts on.
    setImmediate(() => this.skipRun(token, IGNORED));
  }

  /** The end of a run that nobody has taken, and that was set aside: the job goes on with its next time. */
  skipRun(token: number, done: Completion<boolean>): void {
    const slot = this.#reserved(token, done, undefined);
    if (slot === undefined) return;
    const again = () => this.skipRun(token, done);
    this.#withReserved(token, slot, 0, done, again, (record) => {
      this.#core.endings.complete(slot, record);
      done.resolve(true);
    });
  }

  #failed(slot: number, record: MessageReader, error: Buffer, final: boolean): void {
    const { state, recorder, endings, clock, deliveries, due } = this.#core;
    const queue = state.queueOf(slot);
    const page = state.table.page(slot);
    const attempts = page.attempts[at(slot)] as number;
    const { maxAttempts, backoff } = this.#core.policy(queue);
    if (page.state[at(slot)] === MessageState.cancelled) {
      endings.remove(slot);
      return;
    }
    if (final || attempts >= maxAttempts) {
      endings.fail(slot, record, error);
      return;
    }
    const delay = backoffMs(backoff, attempts, Math.random());
    recorder.change(slot, record, {
      state: delay > 0 ? MessageState.delayed : MessageState.ready,
      time: clock() + delay,
      error,
      attributes: state.reservations.lastAttempt(slot),
    });
    due.watch();
    deliveries.serve(queue);
  }

  /**
   * The slot of a reservation; undefined when there is none, and the operation has been told, or when it has to
   * wait for room to be done `again`.
   */
  #reserved(token: number, done: Completion<boolean>, again: (() => void) | undefined): number | undefined {
    const { state, journal, stalled } = this.#core;
    if (this.#core.refuses(done)) return undefined;
    const slot = state.reservations.slotOf(token);
    if (slot === undefined) {
      done.resolve(false);
      return undefined;
    }
    if (again === undefined || journal.hasRoomForOutcome()) return slot;
    stalled.add(done, again);
    return undefined;
  }

  /**
   * Has the end of a reservation act on the message's record, once that is in memory and the journal has room for
   * what it leaves, with a text of that length. Where the disk has lost the record, that is the end of it, unless
   * `without` does without.
   */
  #withReserved(
    token: number,
    slot: number,
    textLength: number,
    done: Completion<boolean>,
    again: () => void,
    act: (record: MessageReader) => void,
    without?: () => void,
  ): void {
    const { state, journal, recorder, endings, stalled, losses } = this.#core;
    const sequence = state.table.page(slot).sequence[at(slot)] as number;
    recorder.withRecord(
      slot,
      (record) => {
        if (state.reservations.slotOf(token) !== slot) done.resolve(false);
        else if (journal.hasRoomForOutcome(endings.size(slot, textLength))) act(record);
        else stalled.add(done, again);
      },
      (problem) => {
        const isReserved = state.reservations.slotOf(token) === slot;
        if (isReserved && without !== undefined && problem instanceof DamagedError) without();
        else if (losses.settle(slot, sequence, problem)) journal.committer.whenSynced(done, isReserved);
        else done.reject(problem);
      },
    );
  }
}
