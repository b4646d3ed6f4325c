import { randomBytes } from 'node:crypto';
import { DamagedError, errorMessage, TryLaterError } from '../../../shared/errors.ts';
import type { Action, ActionRequest, Actions, MessageFilter, MessageRef, Selection } from '../api.ts';
import { LEAST_MESSAGE_COST, SMALL_COST } from '../costs.ts';
import type { Foundation } from '../foundation.ts';
import type { Move } from '../operations/move.ts';
import type { Queue } from '../state/queue.ts';
import { turn } from '../turn.ts';
import { ActionProgress } from './action-progress.ts';
import type { ActionVerbs, Why } from './action-verbs.ts';
import { hasText, matches } from './message-filter.ts';
import { isAside, listedStateOf, slotOf } from './message-row.ts';
import { countThere, type Selected, select } from './selection.ts';

/** Messages that are acted on, or looked at, in one turn, and most bytes of their records. */
const ACTED_PER_TURN = 100;
const BYTES_PER_TURN = 256 * 1024;
/** As many are through before `begin` answers. */
const AWAITED = 100;
/** How long it is kept what became of an action, milliseconds, and of how many. */
const KEPT_MS = 60 * 60 * 1000;
const KEPT = 1000;

/**
 * Does the same to many messages, a hundred a turn; of several actions each in its turn.
 *
 * An action holds up nobody: what else happens to a message meanwhile is first, and the action skips it when it is gone, or
 * in another state. What is aside for a move or a retry of all is skipped, too.
 */
export class MessageActions implements Actions {
  readonly #base: Foundation;
  readonly #verbs: ActionVerbs;
  readonly #move: Move;
  readonly #settle: () => void;
  /** The oldest first. */
  readonly #actions = new Map<string, ActionProgress>();
  /** The last of the turns that somebody has asked for. */
  #lastTurn: Promise<void> = Promise.resolve();

  /** `settle` is called behind each message. */
  constructor(base: Foundation, verbs: ActionVerbs, move: Move, settle: () => void) {
    this.#base = base;
    this.#verbs = verbs;
    this.#move = move;
    this.#settle = settle;
  }

  async count(selection: Selection): Promise<number> {
    this.#check();
    if ('refs' in selection) return countThere(this.#base, selection.refs);
    const selected = await select(this.#base, selection, () => this.#turn());
    const text = textOf(selection);
    if (text === undefined) return selected.size;
    const pace = new Pace();
    let count = 0;
    for (const ref of selected) {
      if (pace.isOver) {
        await this.#turn();
        pace.begin();
      }
      pace.add(this.#sizeOf(ref));
      if (await this.#hasText(ref, selection.filter, text)) count++;
    }
    return count;
  }

  async begin(request: ActionRequest): Promise<Action> {
    const { verb } = request;
    if (verb === 'move' && request.to === undefined) throw new TypeError('a move needs a queue to go to');
    await this.#space();
    // What is tried again is written again.
    if (verb === 'retry') await this.#base.admission.space(LEAST_MESSAGE_COST, 'message');
    const selected = await select(this.#base, request.select, () => this.#turn());
    const target = verb === 'move' && selected.size > 0 ? await this.#open(request.to as string) : undefined;
    const action = new ActionProgress(randomBytes(8).toString('hex'), verb, this.#base.clock());
    if (textOf(request.select) === undefined) action.total = selected.size;
    this.#forget(1);
    this.#actions.set(action.id, action);
    const over = this.#run(action, request, selected, target);
    if (selected.size > AWAITED) return action;
    const problem = await over;
    if (problem !== undefined && action.done === 0) throw problem;
    return action;
  }

  get(id: string): Action | undefined {
    this.#forget();
    return this.#actions.get(id);
  }

  all(): readonly Action[] {
    this.#forget();
    return [...this.#actions.values()];
  }

  abort(id: string): boolean {
    const action = this.#actions.get(id);
    if (action === undefined || action.isOver) return false;
    action.end('aborted', this.#base.clock());
    return true;
  }

  /** Resolves when the action is over, with what ended it before it was through. */
  async #run(
    action: ActionProgress,
    request: ActionRequest,
    selected: Selected,
    target: Queue | undefined,
  ): Promise<Error | undefined> {
    const { ledger, clock } = this.#base;
    try {
      await this.#actOnAll(action, request, selected, target);
      await new Promise<void>((resolve, reject) => ledger.whenDurable({ resolve, reject }, undefined));
      action.end('done', clock());
      return undefined;
    } catch (error) {
      action.end('failed', clock(), errorMessage(error));
      return error as Error;
    }
  }

  async #actOnAll(
    action: ActionProgress,
    request: ActionRequest,
    selected: Selected,
    target: Queue | undefined,
  ): Promise<void> {
    const { admission } = this.#base;
    const filter = 'filter' in request.select ? request.select.filter : undefined;
    const text = textOf(request.select);
    const pace = new Pace();
    let place = 0;
    await this.#turn();
    for (const ref of selected) {
      const own = putOff(request, place++ / selected.size);
      if (pace.isOver) {
        await this.#turn();
        pace.begin();
      }
      if (action.isOver) return;
      pace.add(this.#sizeOf(ref));
      if (filter !== undefined && text !== undefined) {
        if (!(await this.#hasText(ref, filter, text))) continue;
        action.total++;
      }
      if (!admission.hasSpace()) await admission.space(SMALL_COST, 'event');
      this.#check();
      if (target !== undefined) this.#checkTarget(target);
      const why = this.#whyNot(ref, filter) ?? this.#verbs.act[request.verb](ref.slot, own, target);
      action.note(ref, isPromise(why) ? await why : why);
      if (!admission.isOver) this.#settle();
    }
  }

  /** Why nothing is to be done to a message now; undefined where it depends on the verb. */
  #whyNot(ref: MessageRef, filter: MessageFilter | undefined): Why {
    const { state } = this.#base;
    if (slotOf(this.#base, ref) === undefined) return 'gone';
    if (isAside(this.#base, ref.slot)) return 'busy';
    if (filter === undefined) return undefined;
    if (state.queueOf(ref.slot).name !== filter.queue) return 'moved';
    const now = listedStateOf(this.#base, ref.slot);
    if (now !== filter.state) return now;
    return matches(this.#base, ref.slot, filter) ? undefined : 'changed';
  }

  /** Whether a message still is what a filter asks for, its text included. */
  async #hasText(ref: MessageRef, filter: MessageFilter, text: Buffer): Promise<boolean> {
    const { state, records } = this.#base;
    if (this.#whyNot(ref, filter) !== undefined) return false;
    const jobId = state.jobIdOf(ref.slot) ?? '';
    const found = records.find(ref.slot);
    if (found !== undefined) return hasText(jobId, found, text);
    try {
      return hasText(jobId, await records.look(ref.slot), text);
    } catch (error) {
      // Nobody can tell what it says.
      if (error instanceof DamagedError) return false;
      throw error;
    }
  }

  #sizeOf(ref: MessageRef): number {
    return slotOf(this.#base, ref) === undefined ? 0 : this.#base.state.sizeOf(ref.slot);
  }

  /** Resolves in a turn of the event loop that no other part of an action has. */
  async #turn(): Promise<void> {
    this.#lastTurn = this.#lastTurn.then(turn);
    await this.#lastTurn;
    this.#check();
  }

  /** Throws once nothing can be changed any more. */
  #check(): void {
    const { end } = this.#base.admission;
    if (end !== undefined) throw end;
  }

  #checkTarget(target: Queue): void {
    if (this.#base.state.queues.get(target.name) === target) return;
    throw new TryLaterError('the queue that it moves to was dropped');
  }

  /** Resolves when it is its turn among those that wait for space. */
  #space(): Promise<void> {
    const { admission } = this.#base;
    return new Promise((resolve, reject) => {
      const done = { resolve, reject };
      const again = () => {
        if (admission.refuses(done)) return;
        if (admission.isCrowded()) admission.waitOrRefuse(done, again);
        else resolve();
      };
      again();
    });
  }

  /** The queue that a move goes to, which is created where there is none. */
  #open(name: string): Promise<Queue> {
    return new Promise((resolve, reject) => {
      const again = () => {
        if (this.#base.admission.refuses({ resolve, reject })) return;
        const queue = this.#move.open(name, SMALL_COST, { resolve, reject }, again);
        if (queue !== undefined) resolve(queue);
      };
      again();
    });
  }

  /** Lets go of what is over and has been kept for long enough, or is too much, with room for more. */
  #forget(room = 0): void {
    const before = this.#base.clock() - KEPT_MS;
    let tooMany = this.#actions.size + room - KEPT;
    for (const { id, isOver, endedAt } of this.#actions.values()) {
      if (!isOver || (tooMany <= 0 && endedAt > before)) continue;
      this.#actions.delete(id);
      tooMany--;
    }
  }
}

/** How much of a turn is left. */
class Pace {
  #left = ACTED_PER_TURN;
  #bytes = BYTES_PER_TURN;

  get isOver(): boolean {
    return this.#left <= 0 || this.#bytes <= 0;
  }

  begin(): void {
    this.#left = ACTED_PER_TURN;
    this.#bytes = BYTES_PER_TURN;
  }

  /** One more, with a record of so many bytes. */
  add(bytes: number): void {
    this.#left--;
    this.#bytes -= bytes;
  }
}

/** The request as it is for one of those that are selected. `place`: 0 of the first, less than 1 of the last. */
function putOff(request: ActionRequest, place: number): ActionRequest {
  const { delayMs, spreadMs = 0 } = request;
  return spreadMs === 0 ? request : { ...request, delayMs: delayMs + Math.round(spreadMs * place) };
}

/** The text that a selection looks for; undefined for none. */
function textOf(selection: Selection): Buffer | undefined {
  const text = 'filter' in selection ? selection.filter.text : undefined;
  return text === undefined || text === '' ? undefined : Buffer.from(text);
}

function isPromise(why: Why | Promise<Why>): why is Promise<Why> {
  return typeof why === 'object';
}
