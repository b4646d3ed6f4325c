import type { Message } from '../../../server/http/schemas/messages.ts';
import type { QueueDetail } from '../../../server/http/schemas/queues.ts';

export type ListedState = Message['state'];

/** What a queue's page shows below its figures, as addresses name it: its messages in one state, or its policy. */
export const TABS = ['ready', 'delayed', 'reserved', 'failed', 'ended', 'policy'] as const;
export type TabName = (typeof TABS)[number];

type Query = Readonly<Record<string, string | undefined>>;

/** The tab of an address; that of what waits where it names none. */
export function tabOf({ tab }: Query): TabName {
  return TABS.find((name) => name === tab) ?? 'ready';
}

/** How many messages a tab has, where the queue tells that; null as long as there is none that does. */
export function countIn(tab: TabName, queue: QueueDetail | undefined): number | null | undefined {
  if (tab === 'policy' || tab === 'ended') return undefined;
  return queue === undefined ? null : queue[tab];
}
