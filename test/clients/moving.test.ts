import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer, type TestServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import { move, saidOf } from './moving.ts';

// MemcacheQ and kestrel are played by memq, which has their commands: `get`, and `get` with open and close.

const BYTES = Buffer.from([0, 13, 10, 255, 39]);

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'memq-moving-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

const addressOf = ({ port }: TestServer) => `127.0.0.1:${port}`;

describe.each([
  { script: 'from-memcache.mjs 127', queue: 'my:memq:test', args: ['--memory', '--compat', 'memcacheq'] },
  { script: 'from-memcache.mjs --open', queue: 'mail', args: ['--memory'] },
])('$script', ({ script, queue, args }) => {
  it('moves all that waits, in its order, with flags and any bytes', async () => {
    await using old = await startServer({ args });
    await using memq = await startServer({ args: ['--memory'] });
    using before = await TextClient.connect(old.port);
    await before.set(queue, 'first', 16);
    await before.set(queue, BYTES);

    const moved = move(script, addressOf(old), addressOf(memq), { cwd: temporaryDirectory() });
    expect(moved).toMatchObject({ status: 0, stdout: saidOf(script), stderr: '' });
    using after = await TextClient.connect(memq.port);
    expect(await after.exchange(`get ${queue}\r\n`)).toBe(`VALUE ${queue} 16 5\nfirst\nEND`);
    expect(await after.get(queue)).toEqual([BYTES]);
    expect(await after.get(queue)).toEqual([]);
    expect(await before.get(queue)).toEqual([]);
  });

  it('logs in where memq wants it', async () => {
    const directory = temporaryDirectory();
    const users = join(directory, 'users');
    writeFileSync(users, 'web:secret\n');
    await using old = await startServer({ args });
    await using memq = await startServer({ args: ['--memory', '-Y', users] });
    using before = await TextClient.connect(old.port);
    await before.set(queue, 'first');

    const between = [addressOf(old), addressOf(memq)] as const;
    const refused = move(script, ...between, { cwd: directory, env: { MEMQ_LOGIN: 'web wrong' } });
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('authentication failure') });
    const { status } = move(script, ...between, { cwd: directory, env: { MEMQ_LOGIN: 'web secret' } });
    expect(status).toBe(0);
    using after = await TextClient.connect(memq.port);
    await after.set('$login', 'web secret');
    expect(await after.drain(queue)).toEqual(['first']);
  });
});

/** A memq that takes one message and refuses the second. */
const FULL = '[queue:*]\nmax_items = 1\n';

it('keeps in a file what MemcacheQ has given away and memq refuses', async () => {
  const directory = temporaryDirectory();
  await using old = await startServer({ args: ['--memory', '--compat', 'memcacheq'] });
  await using memq = await startServer({ args: ['--memory'], config: FULL });
  using before = await TextClient.connect(old.port);
  for (const body of ['first', 'second', 'third']) await before.set('my:memq:test', body);

  const moved = move('from-memcache.mjs 127', addressOf(old), addressOf(memq), { cwd: directory });
  expect(moved).toMatchObject({ status: 1, stderr: expect.stringContaining('queue is full') });
  using after = await TextClient.connect(memq.port);
  expect(await after.drain('my:memq:test')).toEqual(['first']);
  expect(readFileSync(join(directory, 'not-stored'), 'utf8')).toBe('second\n');
  expect(await before.drain('my:memq:test')).toEqual(['third']);
});

it('leaves with kestrel what memq refuses', async () => {
  await using old = await startServer({ args: ['--memory'] });
  await using memq = await startServer({ args: ['--memory'], config: FULL });
  using before = await TextClient.connect(old.port);
  for (const body of ['first', 'second', 'third']) await before.set('mail', body);

  const moved = move('from-memcache.mjs --open', addressOf(old), addressOf(memq), {
    cwd: temporaryDirectory(),
  });
  expect(moved).toMatchObject({ status: 1, stderr: expect.stringContaining('queue is full') });
  using after = await TextClient.connect(memq.port);
  expect(await after.drain('mail')).toEqual(['first']);
  expect(await before.getText('mail/t=60000')).toBe('second');
  expect(await before.drain('mail')).toEqual(['third']);
});
