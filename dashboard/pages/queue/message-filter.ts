import type { ActionRequest } from '../../../server/http/schemas/actions.ts';
import { pathOf } from '../../api/client.ts';
import { type ListedState, type TabName, tabOf } from './tabs.ts';

/** Which messages of a queue are shown. */
export interface MessageFilter {
  readonly state: ListedState;
  /** Part of the id, the error or the body. */
  readonly q?: string | undefined;
  readonly group?: string | undefined;
  /** An error group, by its name in the API. */
  readonly error?: string | undefined;
}

export type Query = Readonly<Record<string, string | undefined>>;
type Select = ActionRequest['select'];

/** Rows of a page. */
export const PAGE_SIZE = 50;
/** The API takes no longer text. */
export const LONGEST_TEXT = 200;

const present = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

/** What an address asks for, in the state of its tab. */
export function filterOf(query: Query): MessageFilter {
  const tab = tabOf(query);
  const state = tab === 'policy' ? 'ready' : tab;
  return {
    state,
    q: present(query.q?.slice(0, LONGEST_TEXT)),
    group: present(query.group),
    error: state === 'failed' ? present(query.error) : undefined,
  };
}

export function isNarrow({ q, group, error }: MessageFilter): boolean {
  return q !== undefined || group !== undefined || error !== undefined;
}

/** The address of a tab: what is filtered for in another one says nothing there. The window of the charts stays. */
export function tabQuery(tab: TabName, { window }: Query): Query {
  return { tab: tab === 'ready' ? undefined : tab, window };
}

/** The address with another filter: it begins at the first page. */
export function filterQuery(query: Query, changes: Partial<Omit<MessageFilter, 'state'>>): Query {
  const { cursor: _, ...rest } = query;
  return { ...rest, ...changes };
}

/** Where the API has a page of these messages. */
export function listPath(key: string, { state, q, group, error }: MessageFilter, cursor?: string): string {
  const query = { state, q, group, error, limit: PAGE_SIZE, cursor };
  return pathOf('/queues/{q}/messages', { q: key, query });
}

/** The same messages, for an action. */
export function selectionOf(key: string, { state, q, group, error }: MessageFilter): Select {
  return {
    queue: key,
    state,
    ...(q !== undefined && { q }),
    ...(group !== undefined && { group }),
    ...(error !== undefined && { error_group: error }),
  };
}
