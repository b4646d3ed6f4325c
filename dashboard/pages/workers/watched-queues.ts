/** An entry of what a worker takes from. */
export interface Watched {
  /** As the worker has it: `mail`, `high:4`, `*`, `!video`. */
  readonly text: string;
  /** The one queue that it means; undefined: all others, or none of one. */
  readonly queue: string | undefined;
}

/**
 * What a worker takes from. It tells a list for each part of its configuration, of queues with or without a weight, as readers
 * have it: a number behind the last colon is a weight.
 */
export function watchedQueues(lists: readonly string[]): readonly Watched[] {
  const texts = lists.flatMap((list) => list.split(',')).map((text) => text.trim());
  return [...new Set(texts)].filter((text) => text !== '').map((text) => ({ text, queue: queueOf(text) }));
}

function queueOf(text: string): string | undefined {
  if (text.startsWith('!')) return undefined;
  const queue = text.replace(/(.):\d{1,6}$/, '$1');
  return queue === '*' ? undefined : queue;
}
