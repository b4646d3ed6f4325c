import { Client } from 'memjs';
import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode } from '../../helpers/binary-client.ts';
import { TestEngine } from '../../helpers/local-engine.ts';
import { memjsServer } from '../../helpers/memjs.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';
import type { TestServer } from '../../helpers/server.ts';
import type { TextClient } from '../../helpers/text-client.ts';

const it = withServer();

/** `a`, `b` and `c` have failed, in this order. */
it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\n');
  for (const id of ['a', 'b', 'c']) {
    await client.set(`q/id=${id}/pri=7`, `job ${id}`, 5);
    await client.getText('q/open');
    await client.set('q/fail/final', `why ${id}`);
  }
});

async function states(client: TextClient): Promise<(string | undefined)[]> {
  const all: (string | undefined)[] = [];
  for (const id of ['a', 'b', 'c']) all.push((await client.getStatus(`q/id=${id}`))?.state);
  return all;
}

async function restart(server: TestServer, client: TextClient): Promise<void> {
  await server.kill();
  await server.start();
  await client.reconnect();
}

describe('one failed job', () => {
  it('is tried again as it was, and as new, while the others stay', async ({ server, client }) => {
    expect(await client.ask('touch q/failed/id=b 0')).toBe('TOUCHED');
    expect(await client.ask('touch q/failed/id=b 0')).toBe('NOT_FOUND');
    expect(await states(client)).toEqual(['failed', 'waiting', 'failed']);
    expect(await client.getStatus('q/id=b')).toMatchObject({ attempts: 0, priority: 7, error: 'why b' });
    await restart(server, client);
    expect(await states(client)).toEqual(['failed', 'waiting', 'failed']);
    expect(await client.exchange('get q\r\n')).toBe('VALUE q 5 5\njob b\nEND');
    expect(await client.get('q q/failed q/failed q/failed')).toEqual(['job a', 'job c'].map(Buffer.from));
  });

  it('is tried again later', async ({ client }) => {
    expect(await client.ask('touch q/failed/id=c 1')).toBe('TOUCHED');
    const status = await client.getStatus('q/id=c');
    expect(status?.state).toBe('waiting');
    expect(status?.due).toBeGreaterThan(0);
    expect(await client.getText('q')).toBeUndefined();
    expect(await client.getText('q/t=60000')).toBe('job c');
  });

  it('is discarded, and nothing is known of it any more', async ({ server, client }) => {
    expect(await client.ask('delete q/failed/id=b')).toBe('DELETED');
    expect(await client.ask('delete q/failed/id=b')).toBe('NOT_FOUND');
    expect(await states(client)).toEqual(['failed', undefined, 'failed']);
    await restart(server, client);
    expect(await states(client)).toEqual(['failed', undefined, 'failed']);
    expect(await client.set('q/id=b', 'another')).toBe('STORED');
    expect(await client.getText('q')).toBe('another');
  });

  it('is looked at, and taken', async ({ client }) => {
    expect(await client.getJob('q/failed/id=b/peek/info')).toMatchObject({
      body: 'job b',
      job: 'b',
      error: 'why b',
      attempt: 1,
    });
    expect(await client.getText('q/failed/id=b')).toBe('job b');
    expect(await client.get('q/failed/id=b q/failed/id=b/peek')).toEqual([]);
    // As with all that is taken from the failed messages, its status stays for a time.
    expect(await states(client)).toEqual(['failed', 'failed', 'failed']);
    expect(await client.ask('touch q/failed/id=b 0')).toBe('NOT_FOUND');
    expect(await client.ask('delete q/failed/id=b')).toBe('NOT_FOUND');
  });

  it('is not one that waits, runs or is complete, nor of another queue', async ({ client }) => {
    await client.exchange('touch q/failed/id=a 0\r\ntouch q/failed/id=b 0\r\ntouch q/failed/id=c 1000\r\n');
    await client.exchange('get q\r\nget q/open\r\n');
    expect(await states(client)).toEqual(['complete', 'running', 'waiting']);
    for (const key of ['q/failed/id=a', 'q/failed/id=b', 'q/failed/id=c', 'q/failed/id=d', 'p/failed/id=a']) {
      expect(await client.ask(`touch ${key} 0`), key).toBe('NOT_FOUND');
      expect(await client.ask(`delete ${key}`), key).toBe('NOT_FOUND');
      expect(await client.get(`${key} ${key}/peek`), key).toEqual([]);
    }
    expect(await states(client)).toEqual(['complete', 'running', 'waiting']);
  });

  it('is found by meta and binary commands, and by memjs', async ({ server, client }) => {
    const meta = 'mg q/failed/id=b f s\r\nmg q/failed/id=b v\r\nmg q/failed/id=b v\r\n';
    expect(await client.exchange(meta)).toBe('HD f5 s5\nVA 5\njob b\nEN');
    expect(await client.exchange('mg q/failed/id=c T0\r\nmd q/id=c\r\nmg q/failed/id=c T0\r\n')).toBe(
      'HD\nHD\nEN',
    );
    expect(await client.exchange('md q/failed/id=a\r\nmd q/failed/id=a\r\n')).toBe('HD\nNF');

    await client.exchange('set q/id=k 0 0 3\r\njob\r\nget q/open\r\nset q/fail/final 0 0 0\r\n\r\n');
    using binary = await BinaryClient.connect(server.port);
    expect(String(await binary.get('q/failed/peek/id=k'))).toBe('job');
    const touch = { key: 'q/failed/id=k', extras: Buffer.of(0, 0, 3, 232) };
    expect((await binary.ask(Opcode.touch, touch)).status).toBe(0);
    expect((await binary.ask(Opcode.touch, touch)).status).toBe(1);
    expect((await binary.ask(Opcode.delete, { key: 'q/failed/id=k' })).status).toBe(1);

    await client.exchange('set q/id=k 0 0 3\r\nnew\r\nget q/open\r\nset q/fail/final 0 0 0\r\n\r\n');
    const memjs = new Client([memjsServer(server.port)]);
    try {
      expect(await memjs.touch('q/failed/id=k', 0)).toBe(true);
      expect(await memjs.touch('q/failed/id=k', 0)).toBe(false);
      expect(String((await memjs.get('q/open')).value)).toBe('new');
      await memjs.set('q/fail/final', 'again', {});
      expect(await memjs.delete('q/failed/id=k')).toBe(true);
      expect(await memjs.delete('q/failed/id=k')).toBe(false);
    } finally {
      memjs.close();
    }
  });

  it('needs its id', async ({ client }) => {
    for (const line of [
      'delete q/failed',
      'delete q/failed/id=',
      'delete q/failed/id=a/lease=1',
      'md q/failed/id=a C5',
      'md q/failed',
      'touch q/id=a 0',
      'touch q/failed/id=a/lease=1 0',
      'touch q/failed/id=a -1',
      'get q/failed/id=a/open',
      'get q/failed/id=a/t=5',
      'gat 5 q/failed/id=a',
      'touch $watch/failed/id=a 0',
      'delete $watch/failed/id=a',
    ]) {
      expect(await client.exchange(`${line}\r\n`), line).toMatch(/^CLIENT_ERROR \S[^\n]*$/);
    }
    expect(await states(client)).toEqual(['failed', 'failed', 'failed']);
  });
});

it('of those who take one whose body is on the disk only, one gets it', async () => {
  const disk = new MemoryDisk();
  const first = await TestEngine.open(disk);
  for (const jobId of ['a', 'b']) {
    await first.enqueue('q', `job ${jobId}`, { jobId });
    const held = await first.reserve('q');
    await first.fail(held!.token, 'why', true);
  }
  await first.close();
  const engine = await TestEngine.open(disk.kill(), { cacheSize: 1 });
  const target = { failed: true, jobId: 'b' };
  const taken = await Promise.all([
    engine.takeText('q', target),
    engine.takeText('q', target),
    engine.peek('q', true, 'a'),
  ]);
  expect(taken.slice(0, 2)).toEqual(['job b', undefined]);
  expect(taken[2]?.jobId).toBe('a');
  expect(await engine.takeText('q', { failed: true })).toBe('job a');
  // Who comes too late has taken nothing.
  expect(engine.statsOf('q')).toMatchObject({ taken: 2 });
  await engine.close();
});
