import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode, storeExtras, storeRequest } from '../../helpers/binary-client.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { contents, LIVE, REACH, stateOf, store } from './job-states.ts';

const it = withServer(['--backoff', 'fixed:1000', '--max-attempts', '2']);

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\ndelete p\r\n');
});

describe('add', () => {
  it.for(LIVE)('stores nothing beside a job that is %s', async (state, { client, worker }) => {
    await REACH[state]({ client, worker });
    expect(await store(client, 'add', 'q/id=k', 'second')).toBe('NOT_STORED');
    expect(await store(client, 'add', 'q/id=k/delay=5/pri=0', 'third')).toBe('NOT_STORED');
    worker.close();
    await client.exchange('get q/t=1\r\n');
    expect((await contents(client)).waiting).not.toContain('second');
  });

  it('stores in place of a job that is complete', async ({ client, worker }) => {
    await REACH.complete({ client, worker });
    expect(await store(client, 'add', 'q/id=k', 'second')).toBe('STORED');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(await contents(client)).toEqual({ waiting: ['second'], failed: [] });
  });

  it('of many clients at once stores one', async ({ server, client }) => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => TextClient.connect(server.port)));
    const answers = await Promise.all(
      clients.map((each) => each.exchange('add q/id=k 0 0 1\r\nx\r\nadd q/id=k 0 0 1\r\nx\r\n')),
    );
    for (const each of clients) each.close();
    const lines = answers.flatMap((answer) => answer.split('\n'));
    expect(lines.filter((line) => line === 'STORED')).toHaveLength(1);
    expect(lines.filter((line) => line === 'NOT_STORED')).toHaveLength(39);
    expect((await contents(client)).waiting).toEqual(['x']);
  });

  it('tells the difference in every protocol, quiet or not', async ({ server, client }) => {
    using binary = await BinaryClient.connect(server.port);
    const add = storeRequest(Opcode.add, 'q/id=k', 'x');
    const addq = storeRequest(Opcode.addq, 'q/id=k', 'x', 7);
    expect(await binary.exchange(add, add, addq)).toMatchObject([
      { status: 0 },
      { status: 2 },
      { status: 2, opaque: 7 },
    ]);
    expect(await client.exchange('ms q/id=k 1 ME c s k\r\nx\r\nms q/id=k 1 ME q\r\nx\r\n')).toBe(
      'NS c0 s1 kq/id=k\nNS',
    );
    expect(await client.exchange('add q/id=k 0 0 1 noreply\r\nx\r\n')).toBe('');
    expect(await client.exchange('ms q/id=other 1 ME q\r\nx\r\n')).toBe('');
    expect((await contents(client)).waiting).toEqual(['x', 'x']);
  });

  it('without an id, or with another, or in another queue, stores', async ({ client, worker }) => {
    await REACH.waiting({ client, worker });
    for (const key of ['q', 'q/id=K', 'q/id=k2', 'q/id=kk', 'p/id=k'])
      expect(await store(client, 'add', key, 'second')).toBe('STORED');
  });
});

describe('set', () => {
  it('overwrites a job that waits, in its place', async ({ client }) => {
    await store(client, 'set', 'q', 'before');
    await client.ask('set q/id=k 7 0 5\r\nfirst');
    await store(client, 'set', 'q', 'behind');
    const message = (await client.getStatus('q/id=k'))?.message;
    expect(await client.ask('set q/id=k 9 0 6\r\nsecond')).toBe('STORED');
    expect((await client.getStatus('q/id=k'))?.message).toBe(message);
    expect(await client.exchange('get q\r\ngets q\r\nget q\r\n')).toBe(
      `VALUE q 0 6\nbefore\nEND\nVALUE q 9 6 ${message}\nsecond\nEND\nVALUE q 0 6\nbehind\nEND`,
    );
  });

  it('puts it where another priority or a delay says, of the same age as before', async ({
    client,
    worker,
  }) => {
    await REACH.waiting({ client, worker });
    await store(client, 'set', 'q', 'usual');
    const message = (await client.getStatus('q/id=k'))?.message;
    await store(client, 'set', 'q/id=k/pri=2000', 'second');
    expect(await client.getStatus('q/id=k')).toMatchObject({ message, priority: 2000, state: 'waiting' });
    expect(await client.getText('q/peek')).toBe('usual');
    await store(client, 'set', 'q/id=k/pri=3', 'third');
    expect(await client.getText('q/peek')).toBe('third');
    await store(client, 'set', 'q/id=k/pri=3/delay=1000', 'fourth');
    expect(await client.getStatus('q/id=k')).toMatchObject({ message, priority: 3, state: 'waiting' });
    expect(await client.getText('q/peek')).toBe('usual');
    await store(client, 'set', 'q/id=k', 'now');
    expect(await contents(client)).toEqual({ waiting: ['now', 'usual'], failed: [] });
  });

  it('has a job that failed before begin anew', async ({ client, worker }) => {
    await REACH.running({ client, worker });
    await worker.set('q/fail', 'why');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting', attempts: 1, error: 'why' });
    await store(client, 'set', 'q/id=k', 'second');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(await worker.getJob('q/open/info')).toMatchObject({ body: 'second', attempt: 1 });
  });

  it('stores beside a job that runs, which has no id from then on', async ({ client, worker }) => {
    await REACH.running({ client, worker });
    expect(await store(client, 'set', 'q/id=k', 'second')).toBe('STORED');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting', attempts: 0 });
    await worker.set('q/close', 'of the first');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting' });
    expect(await worker.getText('q/open')).toBe('second');
    await worker.set('q/close', 'of the second');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'complete', result: 'of the second' });
  });

  it('has the job that ran say no id any more when it comes back', async ({ client, worker }) => {
    await REACH.running({ client, worker });
    await store(client, 'set', 'q/id=k', 'second');
    await worker.getText('q/abort');
    expect(await worker.getText('q/peek/info')).not.toContain('"job"');
    expect((await worker.getText('q/open/info'))!.split('\n')[0]).not.toContain('"job"');
    await worker.set('q/close', '');
    expect((await worker.getText('q/open/info'))!.split('\n')[0]).toContain('"job":"k"');
  });

  it('takes the place of a job that is complete', async ({ client, worker }) => {
    await REACH.complete({ client, worker });
    expect(await store(client, 'set', 'q/id=k', 'second')).toBe('STORED');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(await contents(client)).toEqual({ waiting: ['second'], failed: [] });
  });

  it('a thousand times is one job', async ({ client }) => {
    const sets = Array.from({ length: 1000 }, (_, i) => `set q/id=k 0 0 4\r\n${1000 + i}\r\n`);
    expect(await client.exchange(sets.join(''))).toBe(sets.map(() => 'STORED').join('\n'));
    expect((await client.stats('queues')).get('q:waiting')).toBe('1');
    expect((await contents(client)).waiting).toEqual(['1999']);
  });
});

describe('a job that has failed, when another one gets its id', () => {
  /** Each puts a job `k` into `q`. */
  const WAYS: Record<string, (client: TextClient) => Promise<unknown>> = {
    set: (client) => store(client, 'set', 'q/id=k', 'second'),
    add: (client) => store(client, 'add', 'q/id=k', 'second'),
    append: (client) => store(client, 'append', 'q/id=k', 'second'),
    prepend: (client) => store(client, 'prepend', 'q/id=k', 'second'),
    every: (client) => store(client, 'set', 'q/id=k/every=1000', 'second'),
    delay: (client) => store(client, 'set', 'q/id=k/delay=0.001', 'second'),
    move: async (client) => {
      await store(client, 'set', 'p/id=k', 'second');
      expect(await client.set('p/move', 'q')).toBe('STORED');
    },
  };

  it.for(Object.keys(WAYS))('by %s, stays failed without it', async (way, { client, worker }) => {
    await REACH.failed({ client, worker });
    const { message, ended } = (await client.getStatus('q/id=k'))!;
    await WAYS[way](client);
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting', attempts: 0 });
    const stats = await client.stats('queues');
    expect(stats.get('q:failed')).toBe('1');
    expect(Number(stats.get('q:waiting')) + Number(stats.get('q:delayed'))).toBe(1);
    expect(await client.getText('q/failed/peek/id=k')).toBeUndefined();
    expect(await client.getJob('q/failed/peek/info')).toMatchObject({
      id: message,
      body: 'first',
      attempt: 1,
      error: 'why',
      failed: ended,
    });
    expect((await client.getText('q/failed/peek/info'))!.split('\n')[0]).not.toContain('"job"');
    // Neither has to do with the other any more.
    expect(await client.ask('delete q/failed/id=k')).toBe('NOT_FOUND');
    expect(await worker.getText('q/open/t=60000')).toBe('second');
    expect(await client.ask('touch q/failed 0')).toBe('TOUCHED');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'running' });
    expect(await client.getText('q')).toBe('first');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'running' });
  });

  it('one after the other, are all there', async ({ client, worker }) => {
    for (const body of ['1', '2', '3']) {
      await store(client, 'set', 'q/id=k', body);
      expect(await worker.getText('q/open')).toBe(body);
      await worker.set('q/fail/final', `why ${body}`);
    }
    expect((await client.stats('queues')).get('q:failed')).toBe('3');
    // The last one has the id.
    expect(await client.getText('q/failed/id=k')).toBe('3');
    expect(await contents(client)).toEqual({ waiting: [], failed: ['1', '2'] });
  });
});

describe('replace', () => {
  it.for(['waiting', 'delayed'])('stores in place of a job that is %s', async (state, { client, worker }) => {
    await REACH[state]({ client, worker });
    expect(await store(client, 'replace', 'q/id=k', 'second')).toBe('STORED');
    expect((await contents(client)).waiting).toEqual(['second']);
  });

  it.for(['running', 'leased', 'complete', 'failed'])(
    'stores nothing where the job is %s',
    async (state, { client, worker }) => {
      await REACH[state]({ client, worker });
      expect(await store(client, 'replace', 'q/id=k', 'second')).toBe('NOT_STORED');
      const { waiting, failed } = await contents(client);
      expect([...waiting, ...failed]).not.toContain('second');
    },
  );

  it('stores nothing where there is none, in every protocol', async ({ server, client, worker }) => {
    expect(await store(client, 'replace', 'q/id=k', 'x')).toBe('NOT_STORED');
    expect(await client.exchange('ms q/id=k 1 MR\r\nx\r\n')).toBe('NS');
    using binary = await BinaryClient.connect(server.port);
    // As memcached has it: the key was not found.
    expect(await binary.exchange(storeRequest(Opcode.replace, 'q/id=k', 'x'))).toMatchObject([{ status: 1 }]);
    await REACH.waiting({ client, worker });
    expect(await client.exchange('ms q/id=k 1 MR\r\nx\r\n')).toBe('HD');
    expect(await binary.exchange(storeRequest(Opcode.replace, 'q/id=k', 'y'))).toMatchObject([{ status: 0 }]);
    expect((await contents(client)).waiting).toEqual(['y']);
  });
});

describe('append and prepend', () => {
  it('overwrite as set does; prepend puts it ahead', async ({ client, worker }) => {
    await store(client, 'set', 'q', 'other');
    await REACH.waiting({ client, worker });
    expect(await store(client, 'append', 'q/id=k', 'second')).toBe('STORED');
    expect(await client.getText('q/peek')).toBe('other');
    expect(await store(client, 'prepend', 'q/id=k', 'third')).toBe('STORED');
    expect((await contents(client)).waiting).toEqual(['third', 'other']);
  });
});

describe('delete', () => {
  it.for(['complete', 'failed'])(
    'finds nothing live where the job is %s',
    async (state, { client, worker }) => {
      await REACH[state]({ client, worker });
      expect(await client.ask('delete q/id=k')).toBe('NOT_FOUND');
      expect(await stateOf(client)).toBe(state);
    },
  );

  it('drops neither the queue nor the lease of the connection', async ({ client, worker }) => {
    await store(client, 'set', 'q/id=k', 'job');
    await store(client, 'set', 'q', 'leased');
    await worker.exchange('get q/id=k\r\ngat 1000 q\r\n');
    expect(await worker.ask('delete q/id=other')).toBe('NOT_FOUND');
    expect(await worker.ask('touch q 100')).toBe('TOUCHED');
    expect(await client.ask('delete nowhere/id=k')).toBe('NOT_FOUND');
    expect((await contents(client)).waiting).toEqual(['leased']);
  });

  it('is the same in meta and binary', async ({ server, client }) => {
    using binary = await BinaryClient.connect(server.port);
    await store(client, 'set', 'q/id=k', 'x');
    expect(await client.exchange('md q/id=k k\r\nmd q/id=k\r\nmd q/id=k q\r\n')).toBe('HD kq/id=k\nNF\nNF');
    await store(client, 'set', 'q/id=k', 'x');
    expect((await binary.ask(Opcode.delete, { key: 'q/id=k' })).status).toBe(0);
    expect((await binary.ask(Opcode.delete, { key: 'q/id=k' })).status).toBe(1);
  });
});

describe('what makes no sense', () => {
  it('is refused by name, and nothing is taken, stored or dropped', async ({ server, client, worker }) => {
    await REACH.waiting({ client, worker });
    for (const line of [
      ...['open', 'close', 'abort', 'peek', 'info'].map((option) => `get q/id=k/${option}`),
      'gets q/peek/id=k',
      'get q/id=k q/id=k/open',
      'get q q/id=k/info',
      'mg q/id=k/peek v',
      'mg q/id=k T5',
      'mg q/id=k v T5',
      'gat 5 q/id=k',
      'gats 5 q/id=k',
      'touch q/id=k 5',
      'flush q/id=k',
      'delete q/id=k/lease=1',
      'delete q/id=k/id=k',
      'md q/id=k C5',
      'set q/id=k/close 0 0 9\r\nflush_all',
      'set q/fail/id=k 0 0 9\r\nflush_all',
      'set q/id= 0 0 9\r\nflush_all',
      'set q/id 0 0 9\r\nflush_all',
      'get $watch/id=k',
      'delete $watch/id=k',
      'set $watch/id=k 0 0 1\r\nq',
      'incr q/id=k 1',
    ]) {
      expect(await client.exchange(`${line}\r\n`), line).toMatch(/^CLIENT_ERROR \S[^\n]*$/);
    }
    using binary = await BinaryClient.connect(server.port);
    expect((await binary.ask(Opcode.delete, { key: 'q/id=k', cas: 5n })).status).toBe(4);
    const cas = await binary.ask(Opcode.set, { key: 'q/id=k', value: 'x', cas: 5n, extras: storeExtras() });
    expect([cas.status, String(cas.value)]).toEqual([4, expect.stringContaining('cas')]);
    expect(await contents(client)).toEqual({ waiting: ['first'], failed: [] });
  });
});
