import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode } from '../../helpers/binary-client.ts';
import type { TextClient } from '../../helpers/text-client.ts';
import { contents, REACH, stateOf, store } from './job-states.ts';

const it = withServer(['--memory', '--backoff', 'none'], '[queue:short]\nkeep_done = 0');

it.afterEach(async ({ client }) => {
  for (const name of (await client.stats('queue')).keys()) await client.ask(`delete ${name}`);
});

async function reserved(client: TextClient): Promise<string | undefined> {
  return (await client.stats('queues')).get('q:reserved');
}

describe('a job that waits', () => {
  it.for(['waiting', 'delayed'])(
    'is gone when it is %s; its status stays',
    async (state, { client, worker }) => {
      await REACH[state]({ client, worker });
      expect(await client.ask('delete q/id=k')).toBe('DELETED');
      expect(await client.ask('delete q/id=k')).toBe('NOT_FOUND');
      const status = await client.getStatus('q/id=k');
      expect(status).toMatchObject({ state: 'cancelled', attempts: 0, ended: expect.any(Number) });
      expect([status!.due, status!.result, status!.error]).toEqual([undefined, undefined, undefined]);
      expect(await client.figure('q:cancelled')).toBe('1');
      expect(await contents(client)).toEqual({ waiting: [], failed: [] });
    },
  );

  it('gives its id to a new one', async ({ client, worker }) => {
    for (const verb of ['add', 'set']) {
      await REACH.waiting({ client, worker });
      expect(await client.ask('delete q/id=k')).toBe('DELETED');
      expect(await store(client, 'replace', 'q/id=k', 'second')).toBe('NOT_STORED');
      expect(await store(client, verb, 'q/id=k', 'second')).toBe('STORED');
      expect(await stateOf(client)).toBe('waiting');
      expect(await client.drain()).toEqual(['second']);
    }
  });

  it('is forgotten where no status is kept', async ({ client }) => {
    await store(client, 'set', 'short/id=k', 'x');
    expect(await client.ask('delete short/id=k')).toBe('DELETED');
    expect(await client.getStatus('short/id=k')).toBeUndefined();
  });
});

describe('a job that runs', () => {
  it('is cancelled at once, and held until its holder ends that', async ({ client, worker }) => {
    await REACH.running({ client, worker });
    expect(await client.ask('delete q/id=k')).toBe('DELETED');
    expect(await client.ask('delete q/id=k')).toBe('NOT_FOUND');
    const status = await client.getStatus('q/id=k');
    expect(status).toMatchObject({ state: 'cancelled', attempts: 1, started: expect.any(Number) });
    expect(await reserved(client)).toBe('1');
    expect(await worker.ask('touch q 100')).toBe('NOT_FOUND');
    expect(await worker.set('q/progress', '50')).toBe('NOT_STORED');
    expect(await reserved(client)).toBe('1');
    expect(await worker.set('q/close', 'result')).toBe('NOT_STORED');
    expect(await reserved(client)).toBe('0');
    expect(await client.getStatus('q/id=k')).toEqual(status);
  });

  it.for([
    ['fail', (w: TextClient) => w.set('q/fail', 'why'), 'NOT_STORED'],
    ['fail/final', (w: TextClient) => w.set('q/fail/final', 'why'), 'NOT_STORED'],
    ['set q/return', (w: TextClient) => w.set('q/return', ''), 'NOT_STORED'],
    ['abort', (w: TextClient) => w.ask('get q/abort'), 'END'],
    ['return', (w: TextClient) => w.ask('get q/return'), 'END'],
    ['close', (w: TextClient) => w.ask('get q/close'), 'END'],
    ['the end of its connection', (w: TextClient) => w.ask('quit'), undefined],
  ] as const)('does not come back after %s', async ([_, end, answer], { client, worker }) => {
    await REACH.running({ client, worker });
    expect(await client.ask('delete q/id=k')).toBe('DELETED');
    expect(await end(worker)).toBe(answer);
    expect(await reserved(client)).toBe('0');
    expect(await contents(client)).toEqual({ waiting: [], failed: [] });
    expect(await stateOf(client)).toBe('cancelled');
  });

  it('has nothing open after it was ended once', async ({ client, worker }) => {
    await REACH.running({ client, worker });
    await store(client, 'set', 'q', 'next');
    expect(await client.ask('delete q/id=k')).toBe('DELETED');
    expect(await worker.exchange('get q/close/open\r\n')).toBe('VALUE q/close/open 0 4\nnext\nEND');
    expect(await worker.set('q/close', '')).toBe('STORED');
    expect(await worker.set('q/close', '')).toBe('NOT_STORED');
  });

  it('is ended by `delete q` where it is a lease, which does not drop the queue', async ({
    client,
    worker,
  }) => {
    await store(client, 'set', 'q/id=k', 'x');
    await worker.exchange('gat 1000 q\r\n');
    await store(client, 'set', 'q', 'next');
    expect(await client.ask('delete q/id=k')).toBe('DELETED');
    expect(await worker.ask('delete q')).toBe('NOT_FOUND');
    expect(await reserved(client)).toBe('0');
    expect(await client.drain()).toEqual(['next']);
  });

  it('is ended by its token', async ({ client, worker }) => {
    const lease = async () => /(\d+)\n/.exec(await worker.exchange('gats 1000 q\r\n'))![1]!;
    const ends = [
      (token: string) => worker.ask(`delete q/lease=${token}`),
      (token: string) => worker.set(`q/close/lease=${token}`, 'x'),
      (token: string) => worker.set(`q/fail/lease=${token}`, 'x'),
      (token: string) => worker.set(`q/return/lease=${token}`, ''),
      (token: string) => worker.exchange(`md q C${token}\r\n`),
    ];
    const answers: unknown[] = [];
    for (const end of ends) {
      await store(client, 'set', 'q/id=k', 'x');
      const token = await lease();
      expect(await client.ask('delete q/id=k')).toBe('DELETED');
      expect(await worker.ask(`touch q/lease=${token} 1000`)).toBe('NOT_FOUND');
      answers.push(await end(token), await reserved(client));
    }
    const [no, gone, left] = ['NOT_STORED', 'NOT_FOUND', '0'];
    expect(answers).toEqual([gone, left, no, left, no, left, no, left, 'NF', left]);
  });

  it('gives its id to a new one, and ends for itself', async ({ client, worker }) => {
    await REACH.leased({ client, worker });
    await client.ask('delete q/id=k');
    expect(await store(client, 'replace', 'q/id=k', 'new')).toBe('NOT_STORED');
    expect(await store(client, 'add', 'q/id=k', 'new')).toBe('STORED');
    expect([await stateOf(client), await reserved(client)]).toEqual(['waiting', '1']);
    expect(await client.ask('delete q/id=k')).toBe('DELETED');
    expect([await stateOf(client), await reserved(client)]).toEqual(['cancelled', '1']);
  });

  it('is known as long as it is held where no status is kept', async ({ client, worker }) => {
    await store(client, 'set', 'short/id=k', 'x');
    expect(await worker.getText('short/open')).toBe('x');
    expect(await client.ask('delete short/id=k')).toBe('DELETED');
    expect(await stateOf(client, 'short/id=k')).toBe('cancelled');
    expect(await worker.set('short/close', '')).toBe('NOT_STORED');
    expect(await stateOf(client, 'short/id=k')).toBeUndefined();
  });

  it('stays cancelled whatever becomes of its queue', async ({ client, worker }) => {
    await REACH.running({ client, worker });
    await store(client, 'set', 'other/id=k', 'its id');
    await client.ask('delete q/id=k');
    expect(await client.ask('flush q')).toBe('OK');
    expect(await client.ask('touch q/failed 0')).toBe('NOT_FOUND');
    expect([await stateOf(client), await reserved(client)]).toEqual(['cancelled', '1']);
    expect(await client.set('other/move', 'q')).toBe('STORED');
    expect(await stateOf(client)).toBe('waiting');
    expect(await worker.set('q/close', '')).toBe('NOT_STORED');
    expect(await client.drain()).toEqual(['its id']);

    await REACH.running({ client, worker });
    await client.ask('delete q/id=k');
    expect(await client.ask('delete q')).toBe('DELETED');
    expect(await worker.set('q/close', '')).toBe('NOT_STORED');
    expect(await stateOf(client)).toBeUndefined();
  });
});

it('meta and binary cancel as text does', async ({ server, client, worker }) => {
  using binary = await BinaryClient.connect(server.port);
  await REACH.waiting({ client, worker });
  expect(await client.exchange('md q/id=k k\r\nmd q/id=k\r\nmd q/id=k q\r\n')).toBe('HD kq/id=k\nNF\nNF');
  await REACH.running({ client, worker });
  expect((await binary.ask(Opcode.delete, { key: 'q/id=k' })).status).toBe(0);
  expect((await binary.ask(Opcode.delete, { key: 'q/id=k' })).status).toBe(1);
  expect(JSON.parse(String(await binary.get('q/id=k')))).toMatchObject({ state: 'cancelled' });
  expect(await worker.set('q/fail', 'why')).toBe('NOT_STORED');
});
