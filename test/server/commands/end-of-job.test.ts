import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode, request } from '../../helpers/binary-client.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { store } from './job-states.ts';

const LONG = 'q/id=k/t=600000';

const it = withServer(['--memory', '--backoff', 'none'], '[queue:forgetful]\nkeep_done = 0');

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\ndelete there\r\n');
  await store(client, 'set', 'q/id=k', 'job');
});

/** Until so many connections wait. */
async function waiting(client: TextClient, count: number): Promise<void> {
  for (;;) {
    const states = [...(await client.stats('conns'))].filter(([name]) => name.endsWith(':state'));
    if (states.filter(([, state]) => state === 'waiting').length === count) return;
  }
}

describe('a get of a job with t=', () => {
  it('is answered with its status when it has ended', async ({ client, worker, other }) => {
    const ended = client.getStatus(LONG);
    await waiting(other, 1);
    expect(await worker.getText('q/open')).toBe('job');
    expect(await worker.set('q/close', 'the result')).toBe('STORED');
    expect(await ended).toMatchObject({ id: 'k', state: 'complete', result: 'the result' });
    const { ended: _, ...known } = (await client.getStatus('q/id=k'))!;
    expect(await ended).toMatchObject(known);
    // By now it has ended.
    expect(await client.getStatus(LONG)).toMatchObject(known);
  });

  it('has the result of a job that is not remembered', async ({ client, worker, other }) => {
    await store(client, 'set', 'forgetful/id=k', 'job');
    const ended = client.getStatus('forgetful/id=k/t=600000');
    await waiting(other, 1);
    await worker.getText('forgetful/open');
    await worker.set('forgetful/close', 'the result');
    expect(await ended).toMatchObject({ state: 'complete', result: 'the result' });
    expect(await client.getText('forgetful/id=k')).toBeUndefined();
  });

  it('is answered when it has failed for good, not before', async ({ client, worker, other }) => {
    const ended = client.getStatus(LONG);
    await waiting(other, 1);
    await worker.getText('q/open');
    await worker.set('q/fail', 'first');
    await waiting(other, 1);
    await worker.getText('q/open');
    await worker.set('q/fail/final', 'second');
    expect(await ended).toMatchObject({ state: 'failed', error: 'second', attempts: 2 });
  });

  it('is answered at once where nothing is known, where it has ended, and where it has no time', async ({
    client,
  }) => {
    expect(await client.exchange('get q/id=nobody/t=600000\r\ngets nowhere/id=k/t=600000\r\n')).toBe(
      'END\nEND',
    );
    expect(await client.getStatus('q/id=k/t=0')).toMatchObject({ state: 'waiting' });
    await client.getText('q');
    expect(await client.getStatus(LONG)).toMatchObject({ state: 'complete' });
  });

  it('is answered with what it is when the time is over, and at once with what becomes of it otherwise', async ({
    client,
    worker,
    other,
  }) => {
    expect(await client.getStatus('q/id=k/t=1')).toMatchObject({ state: 'waiting' });
    const moved = client.getStatus(LONG);
    await waiting(other, 1);
    await worker.set('q/move', 'there');
    expect(await moved).toMatchObject({ state: 'waiting', queue: 'there' });
    await store(worker, 'set', 'there/id=c', 'job');
    const cancelled = client.getStatus('there/id=c/t=600000');
    await waiting(other, 1);
    await worker.ask('delete there/id=c');
    expect(await cancelled).toMatchObject({ state: 'cancelled', id: 'c' });
    for (const request of ['flush there', 'delete there']) {
      await store(worker, 'set', 'there/id=k', 'job');
      const gone = client.getText('there/id=k/t=600000');
      await waiting(other, 1);
      await worker.ask(request);
      expect(await gone, request).toBeUndefined();
    }
  });

  it('comes in every protocol', async ({ server, client, worker, other }) => {
    using binary = await BinaryClient.connect(server.port);
    client.send(`gets ${LONG}\r\n`);
    worker.send(`mg ${LONG} v c k Oabc\r\n`);
    const got = binary.ask(Opcode.getk, { key: LONG, opaque: 7 });
    await waiting(other, 3);
    await other.getText('q/open');
    await other.set('q/close', 'done');
    const json = (await other.getText('q/id=k'))!;
    const { message } = JSON.parse(json);
    expect(await client.exchange('')).toBe(`VALUE ${LONG} 0 ${json.length} ${message}\n${json}\nEND`);
    expect(await worker.exchange('')).toBe(`VA ${json.length} c${message} k${LONG} Oabc\n${json}`);
    expect(await got).toMatchObject({ status: 0, key: LONG, opaque: 7, value: Buffer.from(json) });
    // A miss, and a quiet one.
    expect(await client.exchange('mg q/id=no/t=600000 v k\r\n')).toBe('EN kq/id=no/t=600000');
    expect((await binary.ask(Opcode.get, { key: 'q/id=no/t=600000' })).status).toBe(1);
    expect(await binary.exchange(request(Opcode.getq, { key: 'q/id=no/t=600000' }))).toEqual([]);
  });

  it('holds up what the same connection asks behind it, and nobody else', async ({
    client,
    worker,
    other,
  }) => {
    client.send(`get ${LONG}\r\nversion\r\n`);
    await waiting(other, 1);
    await worker.getText('q');
    const [json] = (await client.values()) as Buffer[];
    expect(JSON.parse(String(json))).toMatchObject({ state: 'complete' });
    expect(await client.line()).toMatch(/^VERSION/);
  });

  it('goes with its connection', async ({ server, worker, other }) => {
    const gone = await TextClient.connect(server.port);
    gone.send(`get ${LONG}\r\n`);
    await waiting(other, 1);
    gone.close();
    await waiting(other, 0);
    expect(await worker.getText('q')).toBe('job');
  });

  it('ends when its client sends nothing more', async ({ server }) => {
    using client = await TextClient.connect(server.port);
    client.send(`get ${LONG}\r\n`);
    client.socket.end();
    expect((await client.rest()).toString()).toMatch(/^VALUE .*"state":"waiting".*END\r\n$/s);
  });

  it.each([
    ['get q/id=k/t=5 q', 'option "t" needs a "get" of one key'],
    ['get q/id=k/t=5/open', 'option "open" does not go with "id"'],
    ['gat 5 q/id=k/t=5', 'option "id" is not supported with gat'],
    ['get q/failed/id=k/t=5', 'option "failed" goes with "id", "peek" and "info" only'],
    ['delete q/id=k/t=5', 'option "t" is not supported with delete'],
  ])('is not %s', async (request, problem) => {
    await using server = await startServer({ args: ['--memory'] });
    using client = await TextClient.connect(server.port);
    expect(await client.ask(request)).toBe(`CLIENT_ERROR ${problem}`);
  });
});

it('a server that stops tells those who wait what the job is', async () => {
  await using server = await startServer({ args: ['--memory'] });
  using client = await TextClient.connect(server.port);
  using worker = await TextClient.connect(server.port);
  await store(client, 'set', 'q/id=k', 'job');
  await worker.getText('q/open');
  const ended = client.getStatus(LONG);
  await waiting(worker, 1);
  expect(await server.stop()).toBe(0);
  expect(await ended).toMatchObject({ state: 'running' });
});
