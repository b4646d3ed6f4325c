import { errorMessage } from '../../shared/errors.ts';
import type { Action } from '../engine/api.ts';
import { newActionId } from './action-id.ts';

export type QueueVerb = 'purge' | 'move' | 'delete';
/** What becomes of an action on a whole queue. It cannot be aborted. */
export type QueueAction = Omit<Action, 'verb'> & { readonly verb: QueueVerb };

const KEPT_MS = 60 * 60 * 1000;
const KEPT = 1000;

/** Actions on whole queues, those that are over as well: of an hour, the last 1,000. */
export class QueueActions {
  readonly #serverStart: number;
  readonly #actions = new Map<string, QueueAction>();

  /** `serverStart`: milliseconds since the epoch. */
  constructor(serverStart: number) {
    this.#serverStart = serverStart;
  }

  get(id: string): QueueAction | undefined {
    this.#forget();
    return this.#actions.get(id);
  }

  /** The oldest first. */
  all(): readonly QueueAction[] {
    this.#forget();
    return [...this.#actions.values()];
  }

  /**
   * Begins one, which goes on by itself; `run` resolves with how many messages it was about. Rejects where it is refused
   * at once.
   */
  async begin(verb: QueueVerb, total: number, run: () => Promise<number>): Promise<QueueAction> {
    const action = { ...NEW, id: newActionId(this.#serverStart), verb, total, startedAt: Date.now() };
    let refusal: unknown;
    run().then(
      (done) => Object.assign(action, { state: 'done', done, endedAt: Date.now() }),
      (error) => {
        refusal = error;
        Object.assign(action, { state: 'failed', error: errorMessage(error), endedAt: Date.now() });
      },
    );
    await new Promise(setImmediate);
    if (refusal !== undefined) throw refusal;
    this.#forget();
    this.#actions.set(action.id, action);
    return action;
  }

  #forget(): void {
    for (const [id, { endedAt }] of this.#actions) {
      const isOld = endedAt > 0 && endedAt < Date.now() - KEPT_MS;
      if (!isOld && (this.#actions.size <= KEPT || endedAt === 0)) continue;
      this.#actions.delete(id);
    }
  }
}

const NEW: Pick<QueueAction, 'state' | 'done' | 'skippedCount' | 'skipped' | 'endedAt' | 'error'> = {
  state: 'running',
  done: 0,
  skippedCount: 0,
  skipped: [],
  endedAt: 0,
  error: '',
};
