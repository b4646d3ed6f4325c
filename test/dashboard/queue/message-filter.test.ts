import { describe, expect, it, vi } from 'vitest';

// The address of the server's pages is the document's.
vi.stubGlobal('document', { baseURI: 'http://localhost/memq/' });
const { filterOf, filterQuery, isNarrow, listPath, selectionOf, tabQuery } = await import(
  '../../../dashboard/pages/queue/message-filter.ts'
);
vi.unstubAllGlobals();

describe('the filter of an address', () => {
  it('is the state of its tab, and what else it names', () => {
    expect(filterOf({})).toMatchObject({ state: 'ready', q: undefined });
    expect(filterOf({ tab: 'nonsense', q: '' })).toMatchObject({ state: 'ready', q: undefined });
    expect(filterOf({ tab: 'failed', q: 'hi', group: 'g', error: 'e' })).toEqual({
      state: 'failed',
      q: 'hi',
      group: 'g',
      error: 'e',
    });
    expect(filterOf({ q: 'x'.repeat(300) }).q).toHaveLength(200);
  });

  it('has an error group only where something has failed', () => {
    expect(filterOf({ tab: 'ready', error: 'e' }).error).toBe(undefined);
    expect(isNarrow(filterOf({ tab: 'delayed', error: 'e' }))).toBe(false);
    expect(isNarrow(filterOf({ tab: 'failed', error: 'e' }))).toBe(true);
  });

  it('begins at the first page when it changes, and is left behind with its tab', () => {
    const query = { tab: 'failed', window: '1h', q: 'a', cursor: 'c' };
    expect(filterQuery(query, { q: undefined, group: 'g' })).toEqual({
      tab: 'failed',
      window: '1h',
      q: undefined,
      group: 'g',
    });
    expect(tabQuery('ready', query)).toEqual({ tab: undefined, window: '1h' });
    expect(tabQuery('ended', query)).toEqual({ tab: 'ended', window: '1h' });
  });

  it('is the same in the list and in an action on all of it', () => {
    const filter = filterOf({ tab: 'failed', q: 'a b&c', error: 'e' });
    const path = new URL(listPath('mail', filter, 'next'), 'http://localhost');
    expect(path.pathname).toBe('/queues/mail/messages');
    expect(Object.fromEntries(path.searchParams)).toEqual({
      state: 'failed',
      q: 'a b&c',
      error: 'e',
      limit: '50',
      cursor: 'next',
    });
    expect(selectionOf('mail', filter)).toEqual({
      queue: 'mail',
      state: 'failed',
      q: 'a b&c',
      error_group: 'e',
    });
  });
});
