import type { Action, ActionVerb, MessageRef } from '../api.ts';

/** So many of those that were skipped are told by name. */
const NAMED = 100;

/** What has become of an action so far. */
export class ActionProgress implements Action {
  readonly id: string;
  readonly verb: ActionVerb;
  readonly startedAt: number;
  state: Action['state'] = 'running';
  total = 0;
  done = 0;
  skippedCount = 0;
  readonly skipped: { readonly ref: MessageRef; readonly why: string }[] = [];
  endedAt = 0;
  error = '';

  constructor(id: string, verb: ActionVerb, startedAt: number) {
    this.id = id;
    this.verb = verb;
    this.startedAt = startedAt;
  }

  get isOver(): boolean {
    return this.state !== 'running';
  }

  /** One more is through: done, or skipped for a reason. One that is gone without a trace has no name. */
  note(ref: MessageRef, why: string | undefined): void {
    if (why === undefined) {
      this.done++;
      return;
    }
    this.skippedCount++;
    if (ref.id > 0 && this.skipped.length < NAMED) this.skipped.push({ ref, why });
  }

  /** Nothing where it is over already. */
  end(state: Exclude<Action['state'], 'running'>, endedAt: number, error = ''): void {
    if (this.isOver) return;
    this.state = state;
    this.endedAt = endedAt;
    this.error = error;
  }
}
