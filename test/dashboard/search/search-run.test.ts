import { describe, expect, it } from 'vitest';
import { isExact, SearchRun, type SearchState } from '../../../dashboard/pages/search/search-run.ts';
import type { Message } from '../../../server/http/schemas/messages.ts';

const messages = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ ref: String(from + i), id: null }) as Message);

interface Page {
  readonly items: Message[];
  readonly next: string | null;
  readonly scanned: number;
}

/** A search of these pages, what was asked for, and all that was told. */
function search(pages: readonly (Page | Error)[]) {
  const asked: (string | undefined)[] = [];
  const told: SearchState[] = [];
  const left = [...pages];
  const ask = async (cursor: string | undefined) => {
    asked.push(cursor);
    const page = left.shift();
    if (page instanceof Error || page === undefined) throw page ?? new Error('nothing more was to be asked');
    return page;
  };
  const run = new SearchRun(
    ask,
    (state) => told.push(state),
    async () => {},
  );
  return { run, asked, told };
}

describe('a search', () => {
  it('goes on while nothing is found, and says how much it has looked at', async () => {
    const { run, asked, told } = search([
      { items: [], next: 'a', scanned: 10_000 },
      { items: [], next: 'b', scanned: 10_000 },
      { items: messages(1, 1), next: null, scanned: 500 },
    ]);
    await run.goOn();
    expect(asked).toEqual([undefined, 'a', 'b']);
    expect(told.map(({ scanned }) => scanned)).toEqual([0, 10_000, 20_000, 20_500, 20_500]);
    expect(run.state).toMatchObject({ phase: 'over', scanned: 20_500 });
    expect(run.state.items).toHaveLength(1);
  });

  it('rests when it has found enough, and goes on when asked', async () => {
    const { run, asked } = search([
      { items: messages(0, 50), next: 'a', scanned: 60 },
      { items: messages(50, 50), next: 'b', scanned: 60 },
    ]);
    await run.goOn();
    expect(run.state.phase).toBe('found');
    expect(asked).toHaveLength(1);
    await run.goOn();
    expect(run.state.items).toHaveLength(100);
  });

  it('shows nothing twice', async () => {
    const { run } = search([
      { items: messages(0, 2), next: 'a', scanned: 0 },
      { items: messages(1, 2), next: null, scanned: 3 },
    ]);
    await run.goOn();
    expect(run.state.items.map(({ ref }) => ref)).toEqual(['0', '1', '2']);
  });

  it('can be stopped, and goes on where it was', async () => {
    const { run, asked, told } = search([
      { items: [], next: 'a', scanned: 5 },
      { items: messages(0, 1), next: null, scanned: 5 },
    ]);
    const begun = run.goOn();
    run.stop();
    await begun;
    expect(run.state).toMatchObject({ phase: 'stopped', scanned: 0 });
    expect(told.at(-1)?.phase).toBe('stopped');
    await run.goOn();
    expect(asked).toEqual([undefined, undefined]);
    await run.goOn();
  });

  it('waits for a server that has too much to do', async () => {
    const busy = Object.assign(new Error('busy'), { code: 'busy' });
    const { run, asked } = search([busy, busy, { items: [], next: null, scanned: 7 }]);
    await run.goOn();
    expect(asked).toHaveLength(3);
    expect(run.state).toMatchObject({ phase: 'over', scanned: 7 });
  });

  it('says what is wrong, and can be tried again from there', async () => {
    const { run, asked } = search([
      { items: messages(0, 1), next: 'a', scanned: 5 },
      new Error('unreachable'),
      { items: [], next: null, scanned: 5 },
    ]);
    await run.goOn();
    expect(run.state).toMatchObject({ phase: 'failed', problem: new Error('unreachable') });
    await run.goOn();
    expect(asked).toEqual([undefined, 'a', 'a']);
    expect(run.state).toMatchObject({ phase: 'over', problem: undefined, scanned: 10 });
  });
});

it('what is named comes before what only has it', () => {
  expect(isExact({ ref: '1-2', id: null }, '1-2')).toBe(true);
  expect(isExact({ ref: '1-2', id: 'order' }, 'order')).toBe(true);
  expect(isExact({ ref: '1-2', id: 'order-1' }, 'order')).toBe(false);
});
