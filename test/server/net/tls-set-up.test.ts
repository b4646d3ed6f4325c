import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readBlocks } from '../../helpers/pages.ts';
import { startServer } from '../../helpers/server.ts';
import { logged } from '../../helpers/server-log.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { openTunnel } from '../../helpers/tunnel.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-set-up-'));
const inDirectory = (name: string) => join(directory, name);

const blocks = readBlocks('docs/security.md').filter(({ heading }) => heading === 'Set-ups');

beforeAll(() => {
  const [making] = blocks.filter(({ text }) => text.includes('openssl'));
  execFileSync('/bin/sh', ['-ec', making!.text], { cwd: directory, stdio: 'pipe' });
  writeFileSync(inDirectory('users'), 'web:secret\n', { mode: 0o640 });
});
afterAll(() => rmSync(directory, { recursive: true }));

/** The flags of the set-up that has `flag`, with the files of this test, on loopback. */
function flagsOf(flag: string): string[] {
  const { text } = blocks.find(({ text }) => text.includes('memq-server') && text.includes(flag))!;
  return text
    .replaceAll(/\\\n|\n/g, ' ')
    .replace('-d /var/lib/memq', '')
    .replace('10.0.0.7', '127.0.0.1')
    .replaceAll('/etc/memq/', `${directory}/`)
    .replaceAll('/run/memq/', `${directory}/`)
    .trim()
    .split(/ +/)
    .slice(1);
}

it('makes keys that only their owner may read', () => {
  for (const name of ['ca.key', 'memq.key', 'web.key'])
    expect(statSync(inDirectory(name)).mode & 0o777).toBe(0o600);
});

it('lets in a client of a hostile network with certificate and login, by the name of the server', async () => {
  await using server = await startServer({ args: flagsOf('--tls-ca') });
  expect(server.log.filter(({ level }) => level === 40)).toEqual([]);
  const connect = (own: { cert?: Buffer; key?: Buffer }) =>
    tls.connect({
      port: server.port,
      servername: 'memq.example.com',
      ca: readFileSync(inDirectory('ca.crt')),
      ...own,
    });
  const own = { cert: readFileSync(inDirectory('web.crt')), key: readFileSync(inDirectory('web.key')) };
  await using tunnel = await openTunnel(() => connect(own));
  using client = await TextClient.connect(tunnel.port);
  expect(await client.ask('get q')).toBe('CLIENT_ERROR unauthenticated');
  expect(await client.set('$login', 'web secret')).toBe('STORED');
  expect(await client.set('q', 'job')).toBe('STORED');
  expect(await client.ask('flush_all')).toMatch(/^CLIENT_ERROR/);

  await using without = await openTunnel(() => connect({}));
  using stranger = await TextClient.connect(without.port);
  expect(await stranger.ask('version')).toBeUndefined();
});

it('asks for a login in a private network', async () => {
  await using server = await startServer({ args: flagsOf('-l 10.0.0.7 -Y /etc/memq/users -F\n') });
  using client = await TextClient.connect(server.port);
  expect(await client.ask('get q')).toBe('CLIENT_ERROR unauthenticated');
});

it('serves a unix socket on one machine', async () => {
  const socket = inDirectory('memq.sock');
  await using server = await startServer({ args: flagsOf('memq.sock') });
  await logged(server, ({ path }) => path === socket);
  await using tunnel = await openTunnel(() => net.connect(socket));
  using client = await TextClient.connect(tunnel.port);
  expect(await client.set('q', 'job')).toBe('STORED');
});
