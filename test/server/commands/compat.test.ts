import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode } from '../../helpers/binary-client.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

const it = withServer(['--memory', '--compat', 'memcacheq']);

describe('--compat memcacheq', () => {
  it.for([
    'q/open',
    'q/t=60000',
    'q/unknown/option',
    'app/jobs',
    '/',
    'a//b',
    'q/peek',
    'q/lease=0',
    'q/failed',
    'q/delay=5',
    'q/id=7/every=x',
    'q/pri=-1',
    'q/pause',
    'q/move',
  ])('has %j for the name of a queue', async (name, { client }) => {
    expect(await client.set(name, 'first')).toBe('STORED');
    expect(await client.set(name, 'second')).toBe('STORED');
    expect(await client.exchange(`get ${name}\r\n`)).toBe(`VALUE ${name} 0 5\nfirst\nEND`);
    expect((await client.stats('queue')).get(name)).toBe('2/1');
    expect(await client.exchange('get q\r\n')).toBe('END');
    expect(await client.ask(`delete ${name}`)).toBe('DELETED');
    expect(await client.exchange(`get ${name}\r\n`)).toBe('END');
  });

  it('has it in all protocols', async ({ server, client }) => {
    await client.set('a/b', 'text');
    expect(await client.exchange('ms a/b 4\r\nmeta\r\nmg a/b v\r\n')).toBe('HD\nVA 4\ntext');
    using binary = await BinaryClient.connect(server.port);
    expect(await binary.set('a/b', 'binary')).toBe(0);
    expect(String(await binary.get('a/b'))).toBe('meta');
    expect((await binary.ask(Opcode.getk, { key: 'a/b' })).key).toBe('a/b');
  });

  it('ignores exptime: nothing expires, whatever it says', async ({ client }) => {
    for (const [i, exptime] of [-1, 1, 1000, 100_000_000].entries()) {
      expect(await client.set('q', `job ${i}`, 0, exptime)).toBe('STORED');
    }
    for (let i = 0; i < 4; i++) expect(await client.getText('q')).toBe(`job ${i}`);
    const stats = await client.stats('settings');
    expect([stats.get('compat'), stats.get('exptime')]).toEqual(['memcacheq', 'ignore']);
    expect((await client.stats('queues')).get('q:expired')).toBe('0');
  });

  it("keeps the server's own names, with their options", async ({ client, worker, binary }) => {
    expect(await client.set('$watch', 'a/b,q')).toBe('STORED');
    await client.set('q', 'job');
    await client.set('a/b', 'first');
    expect(await client.getText('$watch/info/t=60000')).toMatch(/^{"queue":"a\/b",.*}\nfirst$/);
    expect(await client.getText('$watch/peek')).toBe('job');
    expect(await client.getText('$watch/open')).toBe('job');
    expect(await client.exchange('get $watch/abort\r\n')).toBe('END');
    expect(await client.getText('$watch')).toBe('job');
    expect(await client.exchange('get $watch/open/dealy=5\r\n')).toBe('CLIENT_ERROR unknown option "dealy"');
    expect(await client.set('$other', 'x')).toMatch(/^CLIENT_ERROR .*the server's own$/);
    expect(await client.set('$other/open', 'x')).toMatch(/^CLIENT_ERROR /);

    await client.set('a/b', 'leased');
    await worker.set('$watch', '*,!q');
    const [, token] = /^VALUE \$watch 0 6 (\d+)\nleased\nEND$/.exec(
      await worker.exchange('gats 60 $watch\r\n'),
    )!;
    expect(await client.set(`$watch/fail/lease=${token}`, 'wrong')).toBe('STORED');
    expect((await client.stats('queues')).get('a/b:delayed')).toBe('1');
    expect(await client.ask('delete a/b')).toBe('DELETED');

    expect(await binary.set('$watch', 'a/b')).toBe(0);
    expect(await binary.set('a/b', 'job')).toBe(0);
    expect(String(await binary.get('$watch/peek'))).toBe('job');
    expect(await client.ask('delete a/b')).toBe('DELETED');
  });

  it('holds names to 250 bytes', async ({ client }) => {
    expect(await client.set(`a/${'x'.repeat(248)}`, 'job')).toBe('STORED');
    expect(await client.set(`a/${'x'.repeat(249)}`, 'job')).toBe('CLIENT_ERROR key is longer than 250 bytes');
  });
});

it('without it, the same keys have options and messages expire', async () => {
  await using plain = await startServer({ args: ['--memory'] });
  using other = await TextClient.connect(plain.port);
  await other.set('q', 'gone', 0, -1);
  await other.set('q', 'job');
  expect(await other.exchange('get q/peek\r\n')).toBe('VALUE q/peek 0 3\njob\nEND');
  expect(await other.set('a/b', 'x')).toBe('CLIENT_ERROR unknown option "b"');
  expect((await other.stats('queues')).get('q:expired')).toBe('1');
});
