import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode, storeExtras } from '../../helpers/binary-client.ts';
import { type Status, TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

const it = withServer(['--backoff', 'none', '--max-attempts', '3']);

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\ndelete p\r\n');
});

/** `every` in seconds. */
async function repeat(client: TextClient, every: number, options = '', body = 'tick'): Promise<void> {
  expect(await client.set(`q/id=k/every=${every}${options}`, body)).toBe('STORED');
}

/** One run, as the worker does it; what is known of the job then. */
async function run(worker: TextClient): Promise<Status> {
  expect(await worker.getText('q/open/t=60000')).toBe('tick');
  // In one piece, so that no pause of this process comes between the two.
  const [answer, , status] = (await worker.exchange('set q/close 0 0 0\r\n\r\nget q/id=k\r\n')).split('\n');
  expect(answer).toBe('STORED');
  return JSON.parse(status);
}

/** How many there are, in whatever state. */
async function count(client: TextClient): Promise<number> {
  const stats = await client.stats('queues');
  return ['waiting', 'delayed', 'reserved', 'failed'].reduce(
    (sum, figure) => sum + Number(stats.get(`q:${figure}`) ?? 0),
    0,
  );
}

describe('a job that repeats', () => {
  it('runs at once, and then on the grid of its period', async ({ client, worker }) => {
    await repeat(client, 0.2);
    const first = (await client.getStatus('q/id=k'))!;
    expect(first).toMatchObject({ state: 'waiting', attempts: 0, every: 0.2 });
    for (let i = 0; i < 4; i++) {
      const { state, due, attempts, message } = await run(worker);
      expect({ state, attempts, message }).toEqual({
        state: 'waiting',
        attempts: 0,
        message: first.message,
      });
      // Both are rounded to a millisecond.
      expect(Math.abs(((due! - first.enqueued + 100) % 200) - 100)).toBeLessThanOrEqual(1);
      expect(await count(client)).toBe(1);
    }
    expect(await worker.getJob('q/open/info/t=60000')).toMatchObject({ attempt: 1, body: 'tick' });
  });

  it('runs for the first time after its delay, if it has one', async ({ client, worker }) => {
    // In one piece, so that no pause of this process comes between the two.
    const set = 'set q/id=k/every=1000/delay=0.3 0 0 4\r\ntick\r\n';
    const [answer, , status] = (await client.exchange(`${set}get q/id=k\r\n`)).split('\n');
    expect(answer).toBe('STORED');
    const { enqueued, due } = JSON.parse(status);
    expect(Math.abs(due! - enqueued - 300)).toBeLessThanOrEqual(1);
    expect(Math.abs((await run(worker)).due! - due - 1_000_000)).toBeLessThanOrEqual(1);
  });

  it('is one message, however many of its times pass while it waits, runs or is put back', async ({
    client,
    worker,
  }) => {
    await repeat(client, 0.01);
    await client.pass(0.1);
    expect(await count(client)).toBe(1);
    expect(await worker.getText('q/open')).toBe('tick');
    await client.pass(0.1);
    expect(await count(client)).toBe(1);
    expect(await client.getText('q')).toBeUndefined();
    await worker.get('q/abort');
    expect(await worker.getJob('q/open/info')).toMatchObject({ attempt: 2 });
    await worker.set('q/close', '');
    expect(await count(client)).toBe(1);
    await run(worker);
    expect(await worker.getJob('q/open/info/t=60000')).toMatchObject({ attempt: 1 });
  });

  it('goes on, however a run ends', async ({ client, worker }) => {
    await repeat(client, 0.02);
    for (const ending of [
      'get q/t=60000',
      'mg q/t=60000 v',
      'get q/open/t=60000\r\nget q/close',
      'get q/open/t=60000\r\nset q/close 0 0 4\r\ndone',
      'gat 100 q/t=60000\r\ndelete q',
      'get q/open/t=60000\r\nset q/fail/final 0 0 3\r\nbad',
    ]) {
      expect(await worker.exchange(`${ending}\r\n`), ending).toContain('tick');
      expect((await client.getStatus('q/id=k'))?.state, ending).toBe('waiting');
    }
    expect(await client.getText('q/t=60000')).toBe('tick');
  });

  it('that fails is tried again, and then a copy is kept as failed and it goes on', async ({
    client,
    worker,
  }) => {
    await repeat(client, 0.2);
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(await worker.getJob('q/open/info/t=60000')).toMatchObject({ attempt, body: 'tick' });
      await worker.set('q/fail', `error ${attempt}`);
    }
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting', attempts: 0, every: 0.2 });
    expect(await client.getJob('q/failed/info')).toMatchObject({
      attempt: 3,
      body: 'tick',
      error: 'error 3',
    });
    expect(await worker.getJob('q/open/info/t=60000')).toMatchObject({ attempt: 1, body: 'tick' });
    await worker.set('q/fail/final', 'bad');
    expect(await client.ask('touch q/failed 0')).toBe('TOUCHED');
    // The copy, which is no longer the job; a run may have come before it.
    expect(await client.getText('q/t=60000')).toBe('tick');
    expect((await client.getStatus('q/id=k'))?.state).toBe('waiting');
    await until(async () => (await count(client)) === 1 || (await client.getText('q')) === '');
  });

  it('stays where it is by another add, and is enqueued once by many', async ({ server, client, worker }) => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => TextClient.connect(server.port)));
    const answers = await Promise.all(
      clients.map((each) => each.exchange('add q/id=k/every=1000 0 0 4\r\ntick\r\n')),
    );
    for (const each of clients) each.close();
    expect(answers.filter((answer) => answer === 'STORED')).toHaveLength(1);
    await run(worker);
    expect(await client.set('q/id=k', 'x')).toBe('STORED');
  });
});

describe('the last run of a job that repeats', () => {
  /** A run that fails for good, with that error. */
  async function fail(worker: TextClient, error: string): Promise<void> {
    expect(await worker.getText('q/open/t=60000')).toBe('tick');
    expect(await worker.set('q/fail/final', error)).toBe('STORED');
  }

  it('is told once there is one: when it ended, how, and why it failed', async ({ client, worker }) => {
    await repeat(client, 0.01);
    expect(await client.getStatus('q/id=k')).not.toHaveProperty('last');
    const complete = (await run(worker)).last!;
    expect(complete).toEqual({ state: 'complete', ended: expect.any(Number) });
    await fail(worker, 'no disk');
    const failed = (await client.getStatus('q/id=k'))!;
    expect(failed).toMatchObject({ state: 'waiting', last: { state: 'failed', error: 'no disk' } });
    expect(failed.last!.ended).toBeGreaterThanOrEqual(complete.ended);
    expect(failed).not.toHaveProperty('error');
    expect((await run(worker)).last).toEqual({ state: 'complete', ended: expect.any(Number) });
  });

  it('is what it was while the next one is tried again and again', async ({ client, worker }) => {
    await repeat(client, 0.01);
    await fail(worker, 'first');
    expect(await worker.getText('q/open/t=60000')).toBe('tick');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'running', last: { error: 'first' } });
    await worker.set('q/fail', 'second');
    expect(await client.getStatus('q/id=k')).toMatchObject({ error: 'second', last: { error: 'first' } });
    expect((await run(worker)).last).toEqual({ state: 'complete', ended: expect.any(Number) });
  });

  it('is none that was discarded before anybody took it', async ({ client, worker }) => {
    await repeat(client, 0.05);
    await fail(worker, 'why');
    const { last } = (await client.getStatus('q/id=k'))!;
    await client.pass(0.1);
    expect(await client.ask('flush q')).toBe('OK');
    expect((await client.getStatus('q/id=k'))!.last).toEqual(last);
  });

  it('is kept when the job is set again, and when it moves, but not by a job that runs once', async ({
    client,
    worker,
  }) => {
    await repeat(client, 1000);
    await fail(worker, 'why');
    const { last } = (await client.getStatus('q/id=k'))!;
    await repeat(client, 1000, '', 'new');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting', last });
    await repeat(client, 2000);
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting', every: 2000, last });
    await client.set('q/move', 'p');
    expect(await client.getStatus('p/id=k')).toMatchObject({ last });
    await client.set('p/id=k', 'once');
    expect(await client.getStatus('p/id=k')).not.toHaveProperty('last');
  });
});

describe('set again', () => {
  it('with the same period keeps its rhythm, and takes the new body, priority and flags', async ({
    client,
    worker,
  }) => {
    await repeat(client, 1000);
    const { due, message } = await run(worker);
    expect(await client.ask('set q/id=k/every=1000.000/pri=3 9 0 3\r\nnew')).toBe('STORED');
    expect(await client.getStatus('q/id=k')).toMatchObject({
      due,
      message,
      priority: 3,
      state: 'waiting',
      every: 1000,
    });
    expect(await client.get('q')).toEqual([]);
  });

  it('with another period begins anew', async ({ client, worker }) => {
    await repeat(client, 1000);
    await run(worker);
    await repeat(client, 2000);
    const { due, enqueued } = await run(worker);
    expect(Math.abs(due! - enqueued - 2_000_000)).toBeLessThanOrEqual(1);
  });

  it('without one runs once more', async ({ client, worker }) => {
    await repeat(client, 0.01);
    await run(worker);
    await client.set('q/id=k', 'last');
    expect(await client.getText('q/t=60000')).toBe('last');
    await client.pass(0.1);
    expect(await count(client)).toBe(0);
    expect((await client.getStatus('q/id=k'))?.state).toBe('complete');
  });

  it('while it runs: the run ends for itself, and the new one begins its own rhythm', async ({
    client,
    worker,
  }) => {
    await repeat(client, 0.01);
    expect(await worker.getText('q/open')).toBe('tick');
    await repeat(client, 1000, '', 'new');
    expect(await client.getText('q')).toBe('new');
    await worker.set('q/close', '');
    await client.pass(0.1);
    expect(await count(client)).toBe(1);
    expect(await client.getText('q')).toBeUndefined();
  });
});

describe('it ends', () => {
  it('when it is cancelled while it waits', async ({ client, worker }) => {
    await repeat(client, 0.01);
    await run(worker);
    expect(await client.ask('delete q/id=k')).toBe('DELETED');
    expect(await client.ask('delete q/id=k')).toBe('NOT_FOUND');
    await client.pass(0.1);
    expect(await count(client)).toBe(0);
    const { state, every } = (await client.getStatus('q/id=k'))!;
    expect([state, every]).toEqual(['cancelled', undefined]);
  });

  it('with the run under way, when it is cancelled while it runs', async ({ client, worker }) => {
    await repeat(client, 0.01);
    expect(await worker.getText('q/open')).toBe('tick');
    expect(await client.ask('delete q/id=k')).toBe('DELETED');
    expect((await client.getStatus('q/id=k'))!.every).toBeUndefined();
    expect(await worker.set('q/close', 'last')).toBe('NOT_STORED');
    await client.pass(0.1);
    expect(await count(client)).toBe(0);
    expect((await client.getStatus('q/id=k'))!.state).toBe('cancelled');
  });

  it('with its queue', async ({ client, worker }) => {
    await repeat(client, 0.01);
    await run(worker);
    await client.ask('delete q');
    await client.pass(0.1);
    expect(await count(client)).toBe(0);
  });
});

it('a flush discards the run that waits, not the job', async ({ client, worker }) => {
  await repeat(client, 0.1);
  await client.set('q', 'other');
  expect(await client.ask('flush q')).toBe('OK');
  expect(await count(client)).toBe(1);
  await run(worker);
  expect(await client.ask('flush_all')).toBe('OK');
  await run(worker);
});

it('a move takes it along', async ({ client, worker }) => {
  await repeat(client, 0.1);
  await run(worker);
  expect(await client.set('q/move', 'p')).toBe('STORED');
  expect(await client.getStatus('p/id=k')).toMatchObject({ state: 'waiting', every: 0.1 });
  for (let i = 0; i < 2; i++) expect(await client.getText('p/t=60000')).toBe('tick');
  expect(await count(client)).toBe(0);
  expect(await client.ask('delete p/id=k')).toBe('DELETED');
});

it('every protocol and verb has it', async ({ server, client }) => {
  using binary = await BinaryClient.connect(server.port);
  expect(await binary.set('q/id=a/every=1000', 'a')).toBe(0);
  const add = { key: 'q/id=a/every=1000', value: 'b', extras: storeExtras() };
  expect((await binary.ask(Opcode.add, add)).status).toBe(2);
  expect((await binary.ask(Opcode.replace, add)).status).toBe(0);
  expect(await client.exchange('ms q/id=c/every=1000 1\r\nc\r\n')).toBe('HD');
  expect(await client.exchange('append q/id=d/every=1000 0 0 1\r\nd\r\n')).toBe('STORED');
  expect(await client.exchange('prepend q/id=e/every=1000 0 0 1\r\ne\r\n')).toBe('STORED');
  expect(await client.get('q q q q q')).toEqual(['e', 'b', 'c', 'd'].map((body) => Buffer.from(body)));
  expect((await client.stats('queues')).get('q:delayed')).toBe('4');
});

it.for([
  ['no id', 'q/every=5', 0],
  ['an expiry', 'q/every=5/id=k', 10],
  ['an expiry that is over', 'q/every=5/id=k', -1],
  ['no period', 'q/every=0/id=k', 0],
  ['a period below a millisecond', 'q/every=0.0005/id=k', 0],
  ['a negative period', 'q/every=-5/id=k', 0],
  ['no value', 'q/every/id=k', 0],
  ['an end of a read', 'q/every=5/id=k/close', 0],
] as const)('with %s it is refused', async ([_, key, exptime], { server, client }) => {
  expect(await client.exchange(`set ${key} 0 ${exptime} 9\r\nflush_all\r\n`)).toMatch(
    /^CLIENT_ERROR [^\n]+$/,
  );
  expect(await client.exchange(`ms ${key} 9 T${exptime}\r\nflush_all\r\n`)).toMatch(/^CLIENT_ERROR [^\n]+$/);
  using binary = await BinaryClient.connect(server.port);
  expect(await binary.set(key, 'x', 0, exptime)).toBe(4);
  expect(await count(client)).toBe(0);
});
