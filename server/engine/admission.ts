import { StoppingError } from '../../shared/errors.ts';
import { type Completion, IGNORED } from './completion.ts';
import { SMALL_COST } from './costs.ts';
import type { Log, SpaceKind } from './log/log.ts';

/**
 * Whether an operation may go on, waits for space in the log, or is refused. Nobody else knows of space.
 *
 * What asks for messages does not overtake those that are still to be stored: clients send a `get` right behind their
 * `set`. So whoever finds others waiting waits behind them.
 */
export class Admission {
  readonly #log: Log;
  readonly #settle: () => void;
  /** For space; and for the next turn. */
  readonly #waiting = new OperationLine();
  readonly #deferred = new OperationLine();
  /** Told when there may be more space. */
  #onAdmit: (() => void)[] = [];
  #isStopping = false;

  /** `settle` is called behind each operation that was run again: what it made ready goes to those who waited before. */
  constructor(log: Log, settle: () => void) {
    this.#log = log;
    this.#settle = settle;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Nothing can be changed any more. */
  get isOver(): boolean {
    return this.#isStopping || this.#log.failure !== undefined;
  }

  /** Why no more space can be had at the moment; it is tried again before long. */
  get refusal(): Error | undefined {
    return this.#log.refusal;
  }

  /** Why nothing can be changed any more. */
  get end(): Error | undefined {
    return this.#isStopping ? stopping() : this.#log.failure;
  }

  /** True when nothing can be changed any more; the operation is told why. */
  refuses(done: Completion<never>): boolean {
    const reason = this.end;
    if (reason === undefined) return false;
    done.reject(reason);
    return true;
  }

  /** Whether what happens to messages has space for its events, of so many bytes. */
  hasSpace(bytes = SMALL_COST): boolean {
    return this.#log.admit(bytes, 'event');
  }

  /** Whether there is space for a message's record, whoever waits. */
  admits(bytes: number): boolean {
    return this.#log.admit(bytes, 'message');
  }

  /** Whether there is space for what is appended again, so that its old place can be freed. */
  admitsCompaction(bytes: number): boolean {
    return this.#log.admit(bytes, 'compaction');
  }

  /** Whether a new message has space, with nobody waiting before it. */
  hasSpaceForMessage(bytes: number): boolean {
    return this.#waiting.isEmpty && this.#log.admit(bytes, 'message');
  }

  /** Whether an operation has to wait for space, or behind others that do. */
  isCrowded(bytes?: number): boolean {
    return !this.#waiting.isEmpty || !this.hasSpace(bytes);
  }

  /** Whether what takes no space itself has to wait behind what waits for it and will have it. */
  get mustQueue(): boolean {
    return !this.#waiting.isEmpty && this.#log.refusal === undefined;
  }

  /** Has an operation done again when there is space. */
  wait(done: Completion<never>, again: () => void): void {
    this.#waiting.add(done, again);
  }

  /**
   * The same for what holders do with what they have, which space is kept for. Where nothing gets on they are told so; what
   * nobody asks for any more waits, since it has to come about.
   */
  waitUnlessStalled(done: Completion<never>, again: () => void): void {
    const { isStalled, refusal } = this.#log;
    if (!isStalled || refusal === undefined || done === IGNORED) this.wait(done, again);
    else done.reject(refusal);
  }

  /** The same where space can be expected; else the operation is refused. */
  waitOrRefuse(done: Completion<never>, again: () => void): void {
    const { refusal, isStalled, isMakingSpace, compaction } = this.#log;
    const mayCome = !isStalled && (isMakingSpace || compaction === 'urgent');
    if (refusal === undefined || mayCome) this.wait(done, again);
    else done.reject(refusal);
  }

  /** Has an operation done again that is through with its part of a turn: in the next one, or when there is space. */
  later(bytes: number, done: Completion<never>, again: () => void): void {
    if (!this.hasSpace(bytes)) {
      this.waitOrRefuse(done, again);
      return;
    }
    if (this.#deferred.isEmpty) {
      setImmediate(() => this.#deferred.run(this.#settle));
    }
    this.#deferred.add(done, again);
  }

  /** The same for what nobody waits for; without space it comes about with `onAdmit`. */
  nextTurn(bytes: number, again: () => void): void {
    if (!this.hasSpace(bytes)) return;
    setImmediate(() => {
      again();
      this.#settle();
    });
  }

  /** Takes an operation out that waits for space, unanswered; false when it does not. */
  leave(done: Completion<never>): boolean {
    return this.#waiting.remove(done);
  }

  /** Takes an operation out that was put off to the next turn, unanswered; false when it was not. */
  leaveTurn(done: Completion<never>): boolean {
    return this.#deferred.remove(done);
  }

  /** Resolves when there is space of that kind. Rejects with the reason when there is none to be had, or it is all over. */
  async space(bytes: number, kind: SpaceKind): Promise<void> {
    for (;;) {
      const { end } = this;
      if (end !== undefined) throw end;
      if (this.#log.admit(bytes, kind)) return;
      if (this.#log.isMakingSpace) await new Promise<void>((resolve) => this.#onAdmit.push(resolve));
      if (this.#log.refusal !== undefined) throw this.end ?? this.#log.refusal;
    }
  }

  /** Whether there is space for events, once what makes some is through. */
  getsSpace(bytes: number): Promise<boolean> {
    return this.space(bytes, 'event').then(
      () => true,
      () => false,
    );
  }

  /** There may be space again, or it is known why there is none. */
  admitted(): void {
    const told = this.#onAdmit;
    this.#onAdmit = [];
    for (const tell of told) tell();
    if (!this.#isStopping) this.#waiting.run(this.#settle);
  }

  /** Refuses all from now on. */
  stop(): void {
    this.#isStopping = true;
    this.#waiting.reject(stopping());
    this.#deferred.reject(stopping());
    this.admitted();
  }
}

export function stopping(): StoppingError {
  return new StoppingError('the server is stopping');
}

/** Operations to be run again, in their order. Bounded by what clients have in flight. */
class OperationLine {
  #operations: { readonly again: () => void; readonly done: Completion<never> }[] = [];

  get isEmpty(): boolean {
    return this.#operations.length === 0;
  }

  add(done: Completion<never>, again: () => void): void {
    this.#operations.push({ again, done });
  }

  remove(done: Completion<never>): boolean {
    const index = this.#operations.findIndex((operation) => operation.done === done);
    if (index >= 0) this.#operations.splice(index, 1);
    return index >= 0;
  }

  /** Runs them again, each followed by `settle`. What still has to wait comes back here, in the same order. */
  run(settle: () => void): void {
    const operations = this.#operations;
    this.#operations = [];
    for (const { again } of operations) {
      again();
      settle();
    }
  }

  reject(reason: Error): void {
    const operations = this.#operations;
    this.#operations = [];
    for (const { done } of operations) done.reject(reason);
  }
}
