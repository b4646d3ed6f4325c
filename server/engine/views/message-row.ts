import type { ListedState, MessageRef, MessageRow, QueueName } from '../api.ts';
import { type Foundation, isExpired } from '../foundation.ts';
import { whyMessageHeld } from '../operations/queue-stats.ts';
import { idOf, MessageState, row } from '../state/message-table.ts';

const NAMES: ReadonlyMap<number, ListedState> = new Map([
  [MessageState.ready, 'ready'],
  [MessageState.delayed, 'delayed'],
  [MessageState.reserved, 'reserved'],
  [MessageState.cancelled, 'reserved'],
  [MessageState.failed, 'failed'],
  [MessageState.ended, 'ended'],
]);

export function listedStateOf({ state }: Foundation, slot: number): ListedState {
  return NAMES.get(state.stateOf(slot)) as ListedState;
}

/** The states of the table that are listed as one, as bits; of all of them where none is named. */
export function bitsOf(listed?: ListedState): number {
  let bits = 0;
  for (const [state, name] of NAMES) if (listed === undefined || name === listed) bits |= 1 << state;
  return bits;
}

/** Whether the message of a slot lives. What is discarded does not, nor what has expired, though nobody has come upon it. */
export function isAlive(base: Foundation, slot: number): boolean {
  const { state, clock } = base;
  if (state.isDiscarded(slot)) return false;
  if (state.waits(slot)) return !isExpired(base, slot);
  if (state.stateOf(slot) !== MessageState.ended) return true;
  return state.table.page(slot).due(row(slot)) > clock();
}

/** Whether a message is aside, for a move or a retry of all that is under way: its queue answers as if it did not have it. */
export function isAside({ state }: Foundation, slot: number): boolean {
  const { aside } = state.queueOf(slot);
  return aside?.holds(slot, state.orderOf(slot), state.stateOf(slot)) ?? false;
}

/** Whether its queue tells of it. */
export function isShown(base: Foundation, slot: number): boolean {
  return isAlive(base, slot) && !isAside(base, slot);
}

/** The slot of a message that lives; undefined where it is gone. */
export function slotOf(base: Foundation, { slot, id }: MessageRef): number | undefined {
  const { state } = base;
  if (!state.table.has(slot) || idOf(state.orderOf(slot)) !== id) return undefined;
  return isAlive(base, slot) ? slot : undefined;
}

export function refTo({ state }: Foundation, slot: number): MessageRef {
  return { slot, id: idOf(state.orderOf(slot)) };
}

export function slotOfJob(base: Foundation, name: QueueName, jobId: string): number | undefined {
  const { state } = base;
  const queue = state.queues.get(name);
  const slot = queue && state.slotOfJob(queue, jobId);
  return slot !== undefined && isAlive(base, slot) ? slot : undefined;
}

/** What the table knows of a message that lives. */
export function rowOf(base: Foundation, slot: number): MessageRow {
  const { state, policies } = base;
  const queue = state.queueOf(slot);
  const page = state.table.page(slot);
  const i = row(slot);
  const listed = listedStateOf(base, slot);
  const group = state.groupOf(slot);
  const lease = state.leases.of(slot);
  return {
    ref: refTo(base, slot),
    queue: queue.name,
    state: listed,
    jobId: state.jobIdOf(slot) ?? '',
    group: group ?? '',
    priority: page.priority(i),
    attempts: page.attempts[i],
    deaths: page.deaths(i),
    bytes: page.size[i],
    enqueuedAt: state.ages.timeOf(idOf(page.order[i])) ?? 0,
    dueAt: listed === 'delayed' ? page.due(i) : 0,
    expiresAt: state.expiresAt(slot),
    holder: lease.holder,
    startedAt: lease.since,
    deadline: lease.deadline,
    progress: lease.progress,
    isCancelled: page.state[i] === MessageState.cancelled,
    endedAt: endedAt(listed, page.due(i), policies.of(queue).keepDoneMs),
    errorGroup: listed === 'failed' ? state.errorGroupOf(slot) : '',
    repeats: state.repeating.has(slot),
    heldBack: listed === 'ready' ? whyMessageHeld(queue, group) : undefined,
  };
}

/** Of one that has ended the table has only when that is forgotten. */
function endedAt(listed: ListedState, due: number, keepDoneMs: number): number {
  if (listed === 'failed') return due;
  return listed === 'ended' ? due - keepDoneMs : 0;
}
