import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import tls from 'node:tls';
import { afterAll, expect, onTestFinished, type TestAPI } from 'vitest';
import { freePort } from '../../bench/peers/ports.ts';
import { type ServerFixtures, withServer } from '../fixtures/server.ts';
import { makeCertificate } from '../helpers/certificates.ts';
import { type Block, readBlocks, readPage } from '../helpers/pages.ts';
import type { TestServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import { openTunnel } from '../helpers/tunnel.ts';
import { withPackages } from './packages.ts';
import { CLIENTS, GO_ENVIRONMENT, OTHERS, SPYMEMCACHED, TOOLS } from './table.ts';

const PAGE = 'docs/clients.md';
const ROOT = join(import.meta.dirname, '../..');
const JOB = "saveToLocal('hi')";

const directory = mkdtempSync(join(tmpdir(), 'memq-docs-'));
const inDirectory = (name: string) => join(directory, name);
const SOCKET = inDirectory('memq.sock');

afterAll(() => rmSync(directory, { recursive: true }));

writeFileSync(inDirectory('users'), 'web:secret\n');
withPackages(`${PAGE}, TLS`, ['openssl'], () => {
  makeCertificate(directory, 'memq', makeCertificate(directory, 'ca'));
});

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

/** Where a snippet's server is, and how a test takes from it what was put there. */
interface Place {
  readonly what: string;
  /** What it takes besides the client. */
  readonly packages: readonly string[];
  readonly it: TestAPI<ServerFixtures>;
  readonly connect: (server: TestServer) => Promise<TextClient>;
}

const overTcp = ({ port }: TestServer) => TextClient.connect(port);

const OPEN: Place = { what: 'enqueues', packages: [], it: withServer(['-s', SOCKET]), connect: overTcp };
const ON_SOCKET: Place = { ...OPEN, what: 'enqueues on a unix socket' };
const WITH_LOGIN: Place = {
  what: 'enqueues with a login',
  packages: [],
  it: withServer(['-Y', inDirectory('users')]),
  connect: async (server) => {
    const client = await overTcp(server);
    expect(await client.set('$login', 'web secret')).toBe('STORED');
    return client;
  },
};
const BY_TLS: Place = {
  what: 'enqueues by TLS',
  packages: ['openssl'],
  it: withServer(['--tls-cert', inDirectory('memq.crt'), '--tls-key', inDirectory('memq.key')]),
  connect: async ({ port }) => {
    const tunnel = await openTunnel(() => tls.connect({ port, rejectUnauthorized: false }));
    onTestFinished(() => tunnel[Symbol.asyncDispose]());
    return TextClient.connect(tunnel.port);
  },
};

/** By what only snippets for this place have. */
function placeOf({ text }: Block): Place {
  if (text.includes('/run/memq/memq.sock')) return ON_SOCKET;
  if (text.includes('/etc/memq/ca.crt')) return BY_TLS;
  return text.includes('secret') ? WITH_LOGIN : OPEN;
}

/** The Debian packages behind each heading, of which one or two clients have a part. */
const PACKAGES = new Map<string, readonly string[]>([['memq (npm)', []]]);
for (const { name, packages } of CLIENTS) {
  const [heading] = name.split(',') as [string];
  // A client that is in the table more than once is there first as it comes.
  if (!PACKAGES.has(heading)) PACKAGES.set(heading, packages);
}
for (const [name, tool] of Object.entries(TOOLS)) PACKAGES.set(name, [tool]);

const headings = [...readPage(PAGE).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading as string).slice(2);
const namesOf = (heading: string) => (PACKAGES.has(heading) ? [heading] : heading.split(' and '));
const blocks = readBlocks(PAGE).filter(({ heading }) => headings.includes(heading));

OPEN.it('has a part for each client, and a part of the table for each', () => {
  const names = headings.flatMap(namesOf);
  expect(new Set(names)).toEqual(new Set(PACKAGES.keys()));
  const rows = [...readPage(PAGE).matchAll(/^\| (.+?) +\| (?:SASL|text) /gm)].map(([, name]) => name);
  expect(rows).toEqual(names);
});

for (const heading of headings) {
  const names = namesOf(heading);
  const snippets = blocks.filter((block) => block.heading === heading);

  OPEN.it(`shows what the table says: ${heading}`, () => {
    const shown = [OPEN, WITH_LOGIN, BY_TLS, ON_SOCKET].map(
      (place) => snippets.filter((block) => placeOf(block) === place).length,
    );
    const [login, byTls, socket] = cellsOf(names[0]!);
    const some = (is: boolean) => (is ? names.length : 0);
    expect(shown).toEqual([
      names.length,
      some(/^(SASL|text)$/.test(login)),
      some(/^yes$|s_client/.test(byTls)),
      some(socket === 'yes'),
    ]);
  });

  for (const block of snippets) {
    const { what, packages, it } = placeOf(block);
    const all = [...names.flatMap((name) => PACKAGES.get(name)!), ...packages];
    const name = `${PAGE}:${block.line}, ${heading}: ${what}`;
    withPackages(name, all, () => it(name, ({ server }) => enqueues(server, block)));
  }
}

withPackages(`${PAGE}, stunnel`, [OTHERS.stunnel, 'openssl'], () => {
  BY_TLS.it('has a client without TLS speak it by stunnel', async ({ server }) => {
    const [block] = readBlocks(PAGE).filter(({ text }) => text.includes('/etc/stunnel/')) as [Block];
    const port = await freePort();
    const text = block.text.replace('127.0.0.1:22201', `127.0.0.1:${port}`);
    const file = inDirectory('stunnel.conf');
    writeFileSync(file, `foreground = yes\npid =\n${here(text, server.port)}`);
    const stunnel = spawn('/usr/bin/stunnel', [file], { stdio: ['ignore', 'ignore', 'pipe'] });
    onTestFinished(() => void stunnel.kill());
    for await (const line of createInterface({ input: stunnel.stderr }))
      if (line.includes('Configuration successful')) break;
    using client = await TextClient.connect(port);
    expect(await client.set('my:memq:test', JOB)).toBe('STORED');
    expect(await client.getText('my:memq:test')).toBe(JOB);
  });
});

/** What the table of logins, TLS and sockets says of a client. */
function cellsOf(client: string): string[] {
  const row = readPage(PAGE)
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .find(([, name, login]) => name === client && /^(SASL|text)$/.test(login ?? ''));
  return row?.slice(2, 5) ?? [];
}

async function enqueues(server: TestServer, block: Block): Promise<void> {
  const place = placeOf(block);
  run(block.language, here(block.text, server.port));
  using client = await place.connect(server);
  // memq's own client puts it into double quotes.
  expect((await client.getText('my:memq:test'))?.replaceAll('"', "'")).toBe(JOB);
  expect(await client.getText('my:memq:test')).toBeUndefined();
}

/** A snippet with the address and the files of this test. */
function here(text: string, port: number): string {
  return text
    .replaceAll('22201', String(port))
    .replaceAll('memq.example.com', 'localhost')
    .replaceAll('/run/memq/memq.sock', SOCKET)
    .replaceAll('/etc/memq/ca.crt', inDirectory('ca.crt'));
}

function run(language: string, text: string): void {
  const { command, file } = RUN[language]!;
  const [program, ...args] = command.map((word) => word.replace('BUILD', directory)) as [string];
  if (file !== undefined) writeFileSync(inDirectory(file), text);
  const { status, stderr } = spawnSync(program, [...args, file === undefined ? text : inDirectory(file)], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
}
