import type { ErrorGroup, FailureViews, QueueName } from '../api.ts';
import type { Foundation } from '../foundation.ts';

/** As many groups of all queues are told. */
const MOST_GROUPS = 1000;

/** Failed messages by what they failed with. */
export class Failures implements FailureViews {
  readonly #base: Foundation;

  constructor(base: Foundation) {
    this.#base = base;
  }

  groups(queue?: QueueName): readonly ErrorGroup[] {
    const { state } = this.#base;
    const groups =
      queue === undefined
        ? state.biggestErrorGroups(MOST_GROUPS)
        : (state.queues.get(queue)?.errors?.all() ?? []);
    return groups
      .map(({ queue, key, count, firstAt, lastAt, sample }) => ({
        queue,
        key,
        count,
        firstAt,
        lastAt,
        sample,
      }))
      .sort((a, b) => b.count - a.count || b.lastAt - a.lastAt);
  }
}
