/** How many are named. */
const MOST = 5;

/** What to say of queues that are paused: nothing when none is, else one sentence. */
export function aboutPaused(queues: readonly string[]): string[] {
  const [first] = queues;
  if (first === undefined) return [];
  const more = queues.length - MOST;
  const names = queues.slice(0, MOST).join(', ') + (more > 0 ? ` and ${more} more` : '');
  const are = queues.length === 1 ? 'is paused: no job of it is' : 'are paused: no job of them is';
  return [`${names} ${are} taken before somebody sends "set ${first}/resume"`];
}
