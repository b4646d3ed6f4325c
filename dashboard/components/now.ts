import { signal } from '@preact/signals';

/**
 * What time it is by the server's clock, in milliseconds since the epoch; it moves once a second while the page can be seen.
 * Ages are told by it: the clock here may be wrong.
 */
export const now = signal(Date.now());

let ahead = 0;

/** The server says what time it is. */
export function setServerTime(ms: number): void {
  ahead = ms - Date.now();
  now.value = ms;
}

setInterval(() => {
  if (document.visibilityState === 'visible') now.value = Date.now() + ahead;
}, 1000);
