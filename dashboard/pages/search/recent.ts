import { signal } from '@preact/signals';
import type { SearchFor } from './search-run.ts';

const KEY = 'memq:searches';
const MOST = 10;

/** What was searched for in this browser, the last first. */
export const recentSearches = signal<readonly SearchFor[]>(recall());

export function rememberSearch(search: SearchFor): void {
  if (search.q === '') return;
  set([search, ...recentSearches.peek().filter((each) => !isSame(each, search))].slice(0, MOST));
}

export function forgetSearch(search: SearchFor): void {
  set(recentSearches.peek().filter((each) => !isSame(each, search)));
}

export function forgetSearches(): void {
  set([]);
}

function isSame(one: SearchFor, other: SearchFor): boolean {
  return one.q === other.q && one.queue === other.queue && one.state === other.state;
}

function set(searches: readonly SearchFor[]): void {
  recentSearches.value = searches;
  try {
    localStorage.setItem(KEY, JSON.stringify(searches));
  } catch {
    // It holds for this tab then.
  }
}

/** Anything may have been put there. */
function recall(): readonly SearchFor[] {
  try {
    const known = JSON.parse(localStorage.getItem(KEY) ?? '[]') as unknown;
    return Array.isArray(known) ? known.filter(isSearch).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

function isSearch(value: unknown): value is SearchFor {
  const search = value as Partial<SearchFor> | null;
  return [search?.q, search?.queue, search?.state].every((each) => typeof each === 'string');
}
