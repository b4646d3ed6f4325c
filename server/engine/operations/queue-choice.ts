import type { WatchEntry, WatchList } from '../../../shared/watch-list.ts';
import type { Queue } from '../state/queue.ts';
import type { StateView } from '../state/state-view.ts';

/** The queues of a list from which something can be taken, in the order in which they are to be tried. */
export function* candidates(list: WatchList, state: StateView): Iterable<Queue> {
  for (const { queue } of list.isWeighted ? shuffled(list, state) : list.entries) {
    if (queue === '*') {
      yield* rest(list, state);
      continue;
    }
    const named = state.queues.get(queue);
    if (named?.hasWork) yield named;
  }
}

/** The queues that the list has by its `*`. */
function* rest(list: WatchList, state: StateView): Iterable<Queue> {
  for (const queue of state.withWork) if (list.isRest(queue.name)) yield queue;
}

/** The entries with something, drawn one after the other with a chance that goes by their weight. */
function* shuffled(list: WatchList, state: StateView): Iterable<WatchEntry> {
  const left = list.entries.filter(({ queue }) => hasAny(list, state, queue));
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

function hasAny(list: WatchList, state: StateView, queue: string): boolean {
  if (queue !== '*') {
    return state.queues.get(queue)?.hasWork ?? false;
  }
  for (const _ of rest(list, state)) return true;
  return false;
}
