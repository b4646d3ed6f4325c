import type { QUEUE_CONDITIONS, QUEUE_SORTS } from '../../../server/http/schemas/queues.ts';

export type QueueCondition = (typeof QUEUE_CONDITIONS)[number];
export type QueueSort = (typeof QUEUE_SORTS)[number];

export const CONDITIONS: readonly QueueCondition[] = ['paused', 'no-readers', 'failing'];
const SORTS: readonly QueueSort[] = [
  'name',
  'ready',
  'delayed',
  'reserved',
  'failed',
  'oldest',
  'in',
  'out',
  'wait',
];
const ROWS = 50;

/** What of all queues is shown, as the page's address has it. */
export interface QueuesQuery {
  /** As it was typed. */
  readonly text: string;
  readonly conditions: readonly QueueCondition[];
  readonly sort: QueueSort;
  readonly cursor: string | undefined;
}

/** What an address asks for; what it has that nobody knows is left out. */
export function readQuery(query: Readonly<Record<string, string>>): QueuesQuery {
  const states = (query.state ?? '').split(',');
  return {
    text: query.q ?? '',
    conditions: CONDITIONS.filter((name) => states.includes(name)),
    sort: SORTS.find((name) => name === query.sort) ?? 'name',
    cursor: query.cursor || undefined,
  };
}

/** The query of an address; what is as it is without it is left out. Another filter or order begins with its first page. */
export function addressQuery({ text, conditions, sort, cursor }: QueuesQuery) {
  return {
    q: text,
    state: conditions.join(','),
    sort: sort === 'name' ? undefined : sort,
    cursor,
  };
}

/** What the server is asked. */
export function apiQuery({ text, conditions, sort, cursor }: QueuesQuery) {
  return {
    q: text.trim() === '' ? undefined : globOf(text),
    state: conditions.join(','),
    sort,
    limit: ROWS,
    cursor,
    with: 'recent',
  };
}

/** A plain word is looked for anywhere in a name; what is a glob already stays as it is. */
export function globOf(text: string): string {
  const word = text.trim();
  return /[*?[\]{}]/.test(word) ? word : `*${word}*`;
}

export function isFiltered({ text, conditions }: QueuesQuery): boolean {
  return text.trim() !== '' || conditions.length > 0;
}
