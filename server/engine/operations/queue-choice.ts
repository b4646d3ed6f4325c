import type { WatchEntry, WatchList } from '../../../shared/watch-list.ts';
import type { ReserveRequest } from '../api.ts';
import type { Queue } from '../state/queue.ts';
import type { StateView } from '../state/state-view.ts';

type Mode = ReserveRequest['mode'];

/** Whether a queue has something for a read of that kind: what takes for good is not bounded by how many may run. */
export function hasFor(mode: Mode, queue: Queue): boolean {
  return queue.offered === 'all' || (queue.offered === 'takes' && mode === 'take');
}

/** The queues of a list that have something for a read of that kind, in the order in which they are to be tried. */
export function* candidates(list: WatchList, mode: Mode, state: StateView): Iterable<Queue> {
  for (const { queue } of list.isWeighted ? shuffled(list, mode, state) : list.entries) {
    if (queue === '*') {
      yield* rest(list, mode, state);
      continue;
    }
    const named = state.queues.get(queue);
    if (named !== undefined && hasFor(mode, named)) yield named;
  }
}

/** The queues that the list has by its `*`. */
function* rest(list: WatchList, mode: Mode, state: StateView): Iterable<Queue> {
  for (const queue of state.withWork) if (list.isRest(queue.name)) yield queue;
  if (mode !== 'take') return;
  for (const queue of state.withTakes) if (list.isRest(queue.name)) yield queue;
}

/** The entries with something, drawn one after the other with a chance that goes by their weight. */
function* shuffled(list: WatchList, mode: Mode, state: StateView): Iterable<WatchEntry> {
  const left = list.entries.filter(({ queue }) => hasAny(list, mode, state, queue));
  while (left.length > 0) {
    let draw = Math.random() * left.reduce((sum, { weight }) => sum + weight, 0);
    let index = left.findIndex(({ weight }) => {
      draw -= weight;
      return draw < 0;
    });
    // Rounding can leave a crumb behind the last one.
    if (index < 0) index = left.length - 1;
    yield left.splice(index, 1)[0];
  }
}

function hasAny(list: WatchList, mode: Mode, state: StateView, name: string): boolean {
  if (name !== '*') {
    const queue = state.queues.get(name);
    return queue !== undefined && hasFor(mode, queue);
  }
  for (const _ of rest(list, mode, state)) return true;
  return false;
}
