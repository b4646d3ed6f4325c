import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { withServer } from '../fixtures/server.ts';
import type { TestServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import { withPackages } from './packages.ts';
import { CLIENTS, GO_ENVIRONMENT, SPYMEMCACHED, TOOLS } from './table.ts';

const it = withServer();

const ROOT = join(import.meta.dirname, '../..');
const FENCED = /^```(\w+)\n(.*?)^```$/gms;

/** How a snippet is run: the words before its text, or before the name of a file that holds it. */
const RUN: Record<string, { readonly command: readonly [string, ...string[]]; readonly file?: string }> = {
  php: { command: ['/usr/bin/php', '-r'] },
  python: { command: ['/usr/bin/python3', '-c'] },
  js: { command: [process.execPath, '--input-type=module', '-e'] },
  ruby: { command: ['/usr/bin/ruby', '-e'] },
  perl: { command: ['/usr/bin/perl', '-e'] },
  sh: { command: ['/bin/sh', '-c'] },
  go: { command: ['/usr/bin/env', ...GO_ENVIRONMENT, '/usr/bin/go', 'run'], file: 'enqueue.go' },
  java: { command: ['/usr/bin/java', '-cp', SPYMEMCACHED], file: 'Enqueue.java' },
};

/** The Debian packages behind each heading. */
const PACKAGES = new Map<string, readonly string[]>();
for (const { name, packages } of CLIENTS) {
  const [heading] = name.split(',') as [string];
  // A client that is in the table more than once is there first as it comes.
  if (!PACKAGES.has(heading)) PACKAGES.set(heading, packages);
}
for (const [name, tool] of Object.entries(TOOLS)) PACKAGES.set(name, [tool]);

const sections = readFileSync(join(ROOT, 'docs/clients.md'), 'utf8')
  .split(/^## /m)
  .slice(2)
  .map((section) => ({
    heading: section.slice(0, section.indexOf('\n')),
    snippets: [...section.matchAll(FENCED)].map(([, language, text]) => ({
      language: language,
      text: text,
    })),
  }));
const namesOf = (heading: string) => (PACKAGES.has(heading) ? [heading] : heading.split(' and '));

let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'memq-docs-'));
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
});

it('has a section for each client, in the order of the table', () => {
  expect(sections.flatMap(({ heading }) => namesOf(heading))).toEqual([...PACKAGES.keys()]);
});

for (const { heading, snippets } of sections) {
  it(`has a snippet for each: ${heading}`, () => {
    expect(snippets.length).toBeGreaterThan(0);
  });
  withPackages(
    `docs/clients.md, ${heading}`,
    namesOf(heading).flatMap((name) => PACKAGES.get(name) ?? []),
    () => {
      for (const [i, { language, text }] of snippets.entries()) {
        it(`enqueues one job with snippet ${i + 1} of ${heading}`, ({ server }) =>
          enqueues(server, language, text));
      }
    },
  );
}

async function enqueues(server: TestServer, language: string, snippet: string): Promise<void> {
  const text = snippet.replaceAll('22201', String(server.port));
  const { command, file } = RUN[language];
  const [program, ...args] = command.map((word) => word.replace('BUILD', directory)) as [string];
  const path = join(directory, file ?? '');
  if (file !== undefined) writeFileSync(path, text);
  const { status, stderr } = spawnSync(program, [...args, file === undefined ? text : path], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 25_000,
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  using client = await TextClient.connect(server.port);
  expect(await client.getText('my:memq:test')).toBe("saveToLocal('hi')");
  expect(await client.getText('my:memq:test')).toBeUndefined();
}
