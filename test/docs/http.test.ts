import { expect } from 'vitest';
import { withHttp } from '../fixtures/server.ts';
import { ApiClient } from '../helpers/api.ts';
import { expectText, PageRunner } from '../helpers/page-runner.ts';
import { readBlocks, readPage } from '../helpers/pages.ts';

const it = withHttp();
const PAGE = 'docs/http.md';

it('all commands of the page print what stands behind them, one after the other', async ({ server }) => {
  const runner = new PageRunner(server);
  const conversation = readBlocks(PAGE).filter(({ language }) => language === 'console');
  expect(conversation.length).toBeGreaterThan(8);
  for (const { text } of conversation) {
    const [command = '', ...shown] = text.replace(/^\$ /, '').split('\n');
    const printed = await runner.shell(command);
    // An answer has no line feed at its end.
    expectText(printed.replace(/\n?$/, '\n'), shown.join('\n'));
  }
});

it('all routes of the document are on the page, with what they say of themselves', async ({ server }) => {
  const api = await ApiClient.of(server.url);
  const { paths } = (await api.raw('/api/openapi.json')).json as {
    paths: Record<string, Record<string, { summary: string }>>;
  };
  const lines = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary }]) => {
      expect(summary, `${method} ${path}`).toMatch(/\w/);
      return `| ${method.toUpperCase()} \`${path}\` | ${summary} |`;
    }),
  );
  const [, table = ''] = readPage(PAGE).split('<!-- routes -->\n');
  expect(table.trim().split('\n').slice(2)).toEqual(lines);
});
