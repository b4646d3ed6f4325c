import type { ListedState, MessageFilter, MessageRef, Selection } from '../api.ts';
import type { Foundation } from '../foundation.ts';
import { idOf, MessageState, row } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import { comesBefore } from '../state/ready-queue.ts';
import { SlotSet } from '../state/slot-set.ts';
import { matches } from './message-filter.ts';
import { refTo, slotOf } from './message-row.ts';

/** Of so many messages in a state the queue's own list is looked at, at once; of more all slots, so many a turn. */
const LISTED_AT_ONCE = 1000;
const SLOTS_PER_TURN = 8192;

/** What was selected: messages by their handles; an id of 0 is that of one that is gone, and not known any more. */
export interface Selected extends Iterable<MessageRef> {
  readonly size: number;
}

const NOTHING: readonly MessageRef[] = [];

/**
 * Finds what a selection has now, but for what a filter says of texts: a message that comes later is not among it.
 * `turn` resolves in another turn of the event loop, or rejects when it is not to go on.
 */
export async function select(
  base: Foundation,
  selection: Selection,
  turn: () => Promise<void>,
): Promise<Selected> {
  if ('refs' in selection) return asList(selection.refs);
  const { filter } = selection;
  const queue = base.state.queues.get(filter.queue);
  const count = queue === undefined ? 0 : countOf(queue, filter.state);
  if (queue === undefined || count === 0) return asList(NOTHING);
  if (count > LISTED_AT_ONCE) return walk(base, queue, filter, turn);
  const { table } = base.state;
  const slots = listOf(queue, filter.state).filter((slot) => matches(base, slot, filter));
  slots.sort((a, b) => (comesBefore(table, a, b) ? -1 : 1));
  return asList(slots.map((slot) => refTo(base, slot)));
}

/** How many of these messages there are. */
export function countThere(base: Foundation, refs: readonly MessageRef[]): number {
  return refs.filter((ref) => slotOf(base, ref) !== undefined).length;
}

function asList(refs: readonly MessageRef[]): Selected {
  return { size: refs.length, [Symbol.iterator]: () => refs[Symbol.iterator]() };
}

/** The same of very many: by slots, a bit each, and with a bound on their ids. */
async function walk(
  base: Foundation,
  queue: Queue,
  filter: MessageFilter,
  turn: () => Promise<void>,
): Promise<Selected> {
  const { state, clock } = base;
  const { table, nextId } = state;
  const startedAt = clock();
  const slots = new SlotSet();
  for (let slot = 0, { end } = table; slot < end; slot++) {
    if (slot > 0 && slot % SLOTS_PER_TURN === 0) await turn();
    if (!table.has(slot) || table.page(slot).queue(row(slot)) !== queue.number) continue;
    // The number may be another queue's by now.
    if (state.queues.byNumber(queue.number) !== queue || idOf(state.orderOf(slot)) >= nextId) continue;
    // Also what has failed since.
    const isLater = state.stateOf(slot) === MessageState.failed && state.failedAt(slot) > startedAt;
    if (!isLater && matches(base, slot, filter)) slots.add(slot);
  }
  const refOf = (slot: number): MessageRef => {
    const id = table.has(slot) ? idOf(state.orderOf(slot)) : nextId;
    return { slot, id: id < nextId ? id : 0 };
  };
  return {
    size: slots.size,
    *[Symbol.iterator]() {
      for (const slot of slots) yield refOf(slot);
    },
  };
}

function countOf(queue: Queue, state: ListedState): number {
  switch (state) {
    case 'ready':
      return queue.ready.size;
    case 'delayed':
      return queue.delayedCount;
    case 'reserved':
      return queue.reservedCount;
    case 'failed':
      return queue.failedCount;
    case 'ended':
      return queue.endedCount;
  }
}

/** In no particular order. */
function listOf(queue: Queue, state: ListedState): number[] {
  switch (state) {
    case 'ready':
      return queue.ready.all();
    case 'failed':
      return queue.failed.all();
    default:
      return [...queue[state]];
  }
}
