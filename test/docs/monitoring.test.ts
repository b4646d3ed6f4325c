import { expect } from 'vitest';
import { withServer } from '../fixtures/server.ts';
import { memqServer } from '../helpers/command.ts';
import { readPage } from '../helpers/pages.ts';
import { startServer } from '../helpers/server.ts';

const PAGE = 'docs/monitoring.md';

const it = withServer();

/** The fields in the first column of the tables below a heading that call it `field`, in their order. */
function fieldsOf(heading: string): string[] {
  const [, section = ''] = new RegExp(`^## ${heading}\\n(.*?)(?=^## )`, 'ms').exec(readPage(PAGE)) ?? [];
  const tables = section.split('\n\n').filter((part) => part.startsWith('| field |'));
  const rows = tables.flatMap((table) => table.split('\n').slice(2));
  return rows.flatMap((row) => {
    const [, first = ''] = row.split('|');
    return [...first.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);
  });
}

function unique(names: Iterable<string>): string[] {
  return [...new Set(names)].sort();
}

it('has each field of stats, once, and no other', async ({ client }) => {
  const documented = fieldsOf('stats');
  expect(documented.length).toBeGreaterThan(90);
  expect(documented.toSorted()).toEqual([...(await client.stats()).keys()].sort());
});

it('has each field of stats queues, and no other', async ({ client }) => {
  await client.set('a', 'job');
  const sent = [...(await client.stats('queues')).keys()].map((key) => key.replace(/^a:/, ''));
  expect(fieldsOf('stats queues').toSorted()).toEqual(unique(sent));
});

it('has each field of stats conns, and no other', async ({ client, worker }) => {
  await client.set('b', 'job');
  expect(await worker.ask('set $client 0 0 10\r\n{"pid": 1}')).toBe('STORED');
  expect(await worker.ask('set $watch 0 0 1\r\n*')).toBe('STORED');
  await worker.getText('b/open');
  const sent = [...(await client.stats('conns')).keys()].map((key) => key.replace(/^\d+:/, ''));
  expect(fieldsOf('stats conns').toSorted()).toEqual(unique(sent));
});

it('shows what --check says', async () => {
  await using server = await startServer({ http: true, args: ['--memory'] });
  const [, shown = ''] = /^(memq-server \S+ at .*)$/m.exec(readPage(PAGE)) ?? [];
  const { stdout } = await memqServer([
    '--check',
    '-p',
    String(server.port),
    '--http',
    server.url.slice('http://'.length),
  ]);
  const withoutNumbers = (text: string) =>
    text
      .replaceAll(/\d[\d.,]*(-[a-z.\d]+)?/g, 'N')
      .replaceAll(/\b(second|minute|day|message|queue)s?\b/g, '$1');
  expect(withoutNumbers(stdout.trim()).replace(/up N \w+/, 'up N day')).toBe(withoutNumbers(shown));
});
