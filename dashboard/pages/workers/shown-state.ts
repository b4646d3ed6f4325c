import type { Worker } from '../../../server/http/schemas/server.ts';

export type ShownState = Worker['state'] | 'gone' | 'told';

/** How a worker is: what it says itself, or that it was told something and has not said yet that it obeys, or that it is gone. */
export function shownState({
  state,
  ordered,
  connections,
}: Pick<Worker, 'state' | 'ordered' | 'connections'>): ShownState {
  if (connections === 0) return 'gone';
  const isObeyed = ordered === null || state === 'stopping' || (ordered === 'quiet' && state === 'quiet');
  return isObeyed ? state : 'told';
}
