import { type ReadonlySignal, signal } from '@preact/signals';
import { useLayoutEffect, useState } from 'preact/hooks';
import { base } from '../api/base.ts';
import { browserEnvironment, newTabId } from './browser.ts';
import type { ConnectionState, LostReason } from './connection-state.ts';
import { LiveTab } from './live-tab.ts';
import type { TopicData, TopicName } from './topics.ts';

export type { ConnectionState, LostReason } from './connection-state.ts';
export type { TopicData, TopicName, Topics } from './topics.ts';

const state = signal<ConnectionState>('connecting');
const reason = signal<LostReason | undefined>(undefined);

/** How this tab gets its data. */
export const connection: ReadonlySignal<ConnectionState> = state;
/** Of a connection that is lost. */
export const lostReason: ReadonlySignal<LostReason | undefined> = reason;

/** What this part needs of the browser. */
export const environment = browserEnvironment(base);
const tab = new LiveTab(environment, newTabId(), (now) => {
  reason.value = now.reason;
  state.value = now.state;
});

/** Does not wait any longer for the next try. */
export function retryNow(): void {
  tab.retryNow();
}

/** A topic as it is now; undefined before the first event. Only its own changes render anew. */
export function useTopic<T extends TopicName>(name: T): TopicData<T> | undefined {
  const [shown, show] = useState(() => ({ name: name as TopicName, value: tab.value(name) }));
  useLayoutEffect(() => tab.subscribe(name, (value) => show({ name, value })), [name]);
  return (shown.name === name ? shown.value : tab.value(name)) as TopicData<T> | undefined;
}

function see(): void {
  tab.setVisible(document.visibilityState === 'visible');
}

document.addEventListener('visibilitychange', see);
// One that comes back from the browser's cache of pages is told of that, too.
addEventListener('pageshow', see);
addEventListener('pagehide', () => tab.setVisible(false));
see();
