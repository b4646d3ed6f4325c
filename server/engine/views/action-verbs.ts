import type { ActionRequest, ActionVerb, ListedState } from '../api.ts';
import { IGNORED } from '../completion.ts';
import { type Foundation, isScheduled } from '../foundation.ts';
import type { Jobs } from '../operations/jobs.ts';
import type { Move } from '../operations/move.ts';
import type { RetryFailed } from '../operations/retry-failed.ts';
import type { Runs } from '../operations/runs.ts';
import { MessageState } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import { listedStateOf } from './message-row.ts';

/** Why a message was skipped; undefined: it was not. */
export type Why = string | undefined;

/** Does to one message what an action is about; `to`: where a move goes. */
type Act = (slot: number, request: ActionRequest, to: Queue | undefined) => Why | Promise<Why>;

/** Of a job of the configuration's schedule; of one that is nowhere to be put back from. */
const SCHEDULED = 'scheduled';
const LOST = 'lost';

/** What can be done to messages that somebody has selected. There has to be space for the events; what takes more waits for it. */
export class ActionVerbs {
  readonly #base: Foundation;
  readonly #retry: RetryFailed;
  readonly #jobs: Jobs;
  readonly #move: Move;
  readonly #runs: Runs;

  constructor(base: Foundation, retry: RetryFailed, jobs: Jobs, move: Move, runs: Runs) {
    this.#base = base;
    this.#retry = retry;
    this.#jobs = jobs;
    this.#move = move;
    this.#runs = runs;
  }

  /** `slot` holds a message that is alive and not aside. */
  readonly act: Readonly<Record<ActionVerb, Act>> = {
    retry: (slot, { delayMs }) => this.#retryOne(slot, delayMs),
    discard: (slot) => this.#discard(slot),
    cancel: (slot) => this.#cancel(slot),
    run: (slot) => this.#run(slot),
    move: (slot, _request, to) => this.#moveOne(slot, to as Queue),
  };

  /** What has failed begins anew; what waits for its backoff does so no more. */
  async #retryOne(slot: number, delayMs: number): Promise<Why> {
    const { state, ledger, clock } = this.#base;
    if (this.#stateOf(slot) === 'failed') {
      const order = state.orderOf(slot);
      if (await this.#retry.retryOne(slot, delayMs)) return undefined;
      if (!state.holds(slot, order)) return 'gone';
      return this.#isFailed(slot) ? LOST : this.#stateName(slot);
    }
    const attempts = state.attemptsOf(slot);
    if (this.#stateOf(slot) !== 'delayed' || attempts === 0) return this.#stateName(slot);
    const due = delayMs > 0 ? clock() + delayMs : 0;
    ledger.release(slot, attempts, state.deathsOf(slot), false, due);
    return undefined;
  }

  /** Of what is scheduled only the run that waits: the line is the configuration's. */
  #discard(slot: number): Why | Promise<Why> {
    const { ledger } = this.#base;
    if (this.#stateOf(slot) === 'reserved') return this.#stateName(slot);
    if (!isScheduled(this.#base, slot) || this.#isFailed(slot)) {
      ledger.cancel(slot);
      return undefined;
    }
    if (!this.#jobs.isLive(slot)) return SCHEDULED;
    const token = ledger.setAside(slot);
    return new Promise((resolve, reject) => {
      this.#runs.skip(token, { resolve: (isDone) => resolve(isDone ? undefined : 'gone'), reject });
    });
  }

  #cancel(slot: number): Why {
    if (!this.#jobs.isLive(slot)) return this.#base.state.waits(slot) ? SCHEDULED : this.#stateName(slot);
    this.#jobs.cancelMessage(slot, IGNORED);
    return undefined;
  }

  #run(slot: number): Why {
    if (this.#stateOf(slot) !== 'delayed') return this.#stateName(slot);
    this.#base.ledger.ready(slot);
    return undefined;
  }

  #moveOne(slot: number, to: Queue): Why {
    const { state } = this.#base;
    if (!state.waits(slot) && !this.#isFailed(slot)) return this.#stateName(slot);
    if (isScheduled(this.#base, slot)) return SCHEDULED;
    if (state.queueOf(slot) === to) return 'there';
    this.#move.moveOne(slot, to);
    return undefined;
  }

  #stateOf(slot: number): ListedState {
    return listedStateOf(this.#base, slot);
  }

  /** Also whether it was cancelled. */
  #stateName(slot: number): Why {
    return this.#base.state.stateOf(slot) === MessageState.cancelled ? 'cancelled' : this.#stateOf(slot);
  }

  #isFailed(slot: number): boolean {
    return this.#base.state.stateOf(slot) === MessageState.failed;
  }
}
