import { type Recent, readRecent, withFirst } from './recent.ts';

const KEY = 'memq:recent';

/** What this browser remembers, the last one first. */
export function recentCommands(): readonly Recent[] {
  try {
    return readRecent(localStorage.getItem(KEY));
  } catch {
    return [];
  }
}

export function remember(recent: Recent): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(withFirst(recentCommands(), recent)));
  } catch {
    // It is not remembered then.
  }
}
