import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode, request } from '../../helpers/binary-client.ts';
import { contents, REACH, stateOf, store } from './job-states.ts';

const it = withServer(['--backoff', 'fixed:1000', '--max-attempts', '2']);

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\ndelete p\r\n');
});

describe('the status', () => {
  it('of a job that nobody knows is a miss', async ({ client }) => {
    expect(await client.exchange('get q/id=k\r\ngets q/id=k p/id=x\r\nmg q/id=k v k\r\n')).toBe(
      'END\nEND\nEN kq/id=k',
    );
    await store(client, 'set', 'q', 'without id');
    await store(client, 'set', 'p/id=k', 'elsewhere');
    expect(await client.exchange('get q/id=k\r\nget q/id=\r\n')).toMatch(/^END\nCLIENT_ERROR/);
  });

  it('tells a life, from waiting to complete', async ({ client, worker }) => {
    await client.set('$client', '{"program":"web"}');
    await worker.set('$client', '{"program":"w","pid":7,"worker":"5f3a9c"}');
    const before = Date.now();
    await store(client, 'set', 'q/id=k/pri=5', 'job');
    const waiting = await client.getStatus('q/id=k');
    expect(waiting).toEqual({
      id: 'k',
      queue: 'q',
      state: 'waiting',
      attempts: 0,
      priority: 5,
      enqueued: expect.any(Number),
      message: expect.stringMatching(/^[1-9]\d*$/),
    });
    const { enqueued, message } = waiting!;
    // The server's clock is the machine's as it was at its start.
    expect(Math.abs(enqueued - before)).toBeLessThan(5000);

    expect(await worker.getText('q/open')).toBe('job');
    const running = await client.getStatus('q/id=k');
    expect(running).toEqual({
      ...waiting,
      state: 'running',
      attempts: 1,
      started: expect.any(Number),
      by: { program: 'w', pid: 7, worker: '5f3a9c' },
    });
    expect(running!.started).toBeGreaterThanOrEqual(enqueued);

    await worker.set('q/close', '{"rows":3}\n');
    const complete = await client.getStatus('q/id=k');
    expect(complete).toMatchObject({
      id: 'k',
      queue: 'q',
      state: 'complete',
      attempts: 1,
      priority: 5,
      enqueued,
      result: '{"rows":3}\n',
      message,
    });
    expect(complete!.ended).toBeGreaterThanOrEqual(running!.started!);
    expect(complete).not.toHaveProperty('due');
    expect(complete).not.toHaveProperty('error');
    expect(await client.getText('q/id=k')).not.toContain('\n');
  });

  it('has its fields in one order', async ({ client, worker }) => {
    await REACH.failed({ client, worker });
    const keys = Object.keys((await client.getStatus('q/id=k'))!);
    const all = ['id', 'queue', 'state', 'attempts', 'priority', 'enqueued', 'due', 'started', 'ended'];
    const rest = [
      'error',
      'earlier_error',
      'by',
      'result',
      'result_base64',
      'every',
      'cron',
      'last',
      'message',
    ];
    expect(keys).toEqual([...all, ...rest].filter((key) => keys.includes(key)));
    expect(keys).toEqual(expect.arrayContaining(['ended', 'error', 'by', 'message']));
  });

  it('tells why an attempt failed before the last one, which did not', async ({ client, worker }) => {
    await REACH.failed({ client, worker });
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'failed', error: 'why' });
    expect(await client.ask('touch q/failed/id=k 0')).toBe('TOUCHED');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting', error: 'why' });
    expect(await worker.getText('q/open')).toBe('first');
    await worker.set('q/close', 'result');
    const status = (await client.getStatus('q/id=k'))!;
    expect(status).toMatchObject({ state: 'complete', result: 'result', earlier_error: 'why' });
    expect(status).not.toHaveProperty('error');
  });

  it('tells when a delay is over', async ({ client, worker }) => {
    await REACH.delayed({ client, worker });
    const { state, due, enqueued } = (await client.getStatus('q/id=k'))!;
    expect(state).toBe('waiting');
    expect(Math.abs(due! - enqueued - 1_000_000)).toBeLessThanOrEqual(1);
  });

  it('tells why it failed, who had it then, and that it waits for the next try', async ({
    client,
    worker,
  }) => {
    await REACH.running({ client, worker });
    await worker.set('q/fail', 'say "ä"\r\n');
    const { due, ...waiting } = (await client.getStatus('q/id=k'))!;
    expect(waiting).toMatchObject({ state: 'waiting', attempts: 1, error: 'say "ä"\r\n' });
    expect(waiting).not.toHaveProperty('ended');
    // The backoff is fixed.
    expect(due! - waiting.enqueued).toBeGreaterThanOrEqual(999_999);

    await client.exchange('delete q\r\n');
    await REACH.failed({ client, worker });
    const failed = await client.getStatus('q/id=k');
    expect(failed).toMatchObject({
      state: 'failed',
      attempts: 1,
      error: 'why',
      by: `127.0.0.1:${worker.socket.localPort}`,
    });
    expect(failed!.ended).toBeGreaterThanOrEqual(failed!.enqueued);
    expect(await client.getJob('q/failed/info')).toMatchObject({ body: 'first', by: failed!.by });
  });

  it('stays failed for what was taken from the failed set, and waits again for what was put back', async ({
    client,
    worker,
  }) => {
    await REACH.failed({ client, worker });
    expect(await client.ask('touch q/failed 0')).toBe('TOUCHED');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(await store(client, 'add', 'q/id=k', 'second')).toBe('NOT_STORED');
    expect(await worker.getText('q/open')).toBe('first');
    await worker.set('q/fail/final', 'again');
    const failed = await client.getStatus('q/id=k');
    expect(failed).toMatchObject({ state: 'failed', error: 'again', ended: expect.any(Number) });
    await client.pass(0.01);
    expect(await client.getText('q/failed')).toBe('first');
    expect(await client.getStatus('q/id=k')).toEqual(failed);
    expect(await store(client, 'add', 'q/id=k', 'second')).toBe('STORED');
  });

  it('is complete for what was taken destructively, closed or deleted by its lease', async ({
    client,
    worker,
  }) => {
    for (const end of ['get q', 'get q/open\r\nget q/close', 'gat 10 q\r\ndelete q', 'mg q v']) {
      await store(client, 'set', 'q/id=k', 'job');
      await worker.exchange(`${end}\r\n`);
      expect(await client.getStatus('q/id=k'), end).toMatchObject({ state: 'complete', attempts: 1 });
    }
    await store(client, 'set', 'q/id=k', 'job');
    const token = / (\d+)\n/.exec(await worker.exchange('gats 10 q\r\n'))?.[1];
    expect(await stateOf(client)).toBe('running');
    expect(await client.ask(`set q/close/lease=${token} 0 0 4\r\ndone`)).toBe('STORED');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'complete', result: 'done' });
  });

  it('is failed for what has expired', async ({ client }) => {
    // An expiry is kept to the second.
    await client.ask('set q/id=k/delay=2.1 0 1 3\r\njob');
    await client.pass(2.1);
    expect(await client.getText('q')).toBeUndefined();
    expect(await stateOf(client)).toBe('failed');
    expect(await store(client, 'add', 'q/id=k', 'second')).toBe('STORED');
  });

  it('is failed for what has expired though nobody came for it, which stands in the way of no other', async ({
    client,
  }) => {
    await client.ask('set q/id=k 0 1 3\r\njob');
    await client.ask('set q/id=d/delay=1000 0 1 3\r\njob');
    await client.pass(2.1);
    for (const id of ['k', 'd']) {
      const status = await client.getStatus(`q/id=${id}`);
      expect(status).toMatchObject({ state: 'failed', error: 'it expired' });
      expect(status?.due).toBeUndefined();
      expect(await client.ask(`delete q/id=${id}`)).toBe('NOT_FOUND');
      expect(await store(client, 'replace', `q/id=${id}`, 'second')).toBe('NOT_STORED');
      expect(await store(client, 'add', `q/id=${id}`, 'second')).toBe('STORED');
      expect(await client.getStatus(`q/id=${id}`)).toMatchObject({ state: 'waiting', attempts: 0 });
    }
    expect((await client.stats('queues')).get('q:expired')).toBe('2');
    expect(await contents(client)).toEqual({ waiting: ['second', 'second'], failed: [] });
  });

  it('has a result of any bytes: text as it is, all else as base64', async ({ client, worker }) => {
    const results: [Buffer, object][] = [
      [Buffer.from('ä 作 😀 "\\'), { result: 'ä 作 😀 "\\' }],
      [Buffer.from('\0\r\n'), { result: '\0\r\n' }],
      [Buffer.of(0xff, 0x00, 0x80), { result_base64: '/wCA' }],
      [Buffer.alloc(100_000, 'x'), { result: 'x'.repeat(100_000) }],
    ];
    for (const [bytes, expected] of results) {
      await REACH.running({ client, worker });
      expect(await worker.set('q/close', bytes)).toBe('STORED');
      const { result, result_base64 } = (await client.getStatus('q/id=k'))!;
      expect({ result, result_base64 }).toEqual({
        result: undefined,
        result_base64: undefined,
        ...expected,
      });
    }
    await REACH.running({ client, worker });
    await worker.set('q/close', '');
    expect(await client.getText('q/id=k')).not.toMatch(/result/);
  });

  it('of ids and queues of any bytes is found; UTF-8 is told as such', async ({ client }) => {
    const id = 'Rechnung-ä=7:%\x01"';
    const bytes = Buffer.from(id).toString('latin1');
    const queue = Buffer.from('队列').toString('latin1');
    await client.exchange(Buffer.from(`set ${queue}/id=${bytes} 0 0 1\r\nx\r\n`, 'latin1'));
    expect(await client.getStatus(`${queue}/id=${bytes}`)).toMatchObject({ id, queue: '队列' });
    await client.exchange(
      Buffer.from('set q/id=\xff\xfe 0 0 1\r\nx\r\nset q/id=\xff 0 0 1\r\ny\r\n', 'latin1'),
    );
    expect(await client.getStatus('q/id=\xff\xfe')).toMatchObject({ id: 'ÿþ', state: 'waiting' });
    expect(await client.ask(Buffer.from('delete q/id=\xff', 'latin1'))).toBe('DELETED');
    expect((await contents(client)).waiting).toEqual(['x']);
  });

  it('takes nothing, and mixes with reads of messages in one get', async ({ client }) => {
    await store(client, 'set', 'q/id=k', 'job');
    await store(client, 'set', 'p', 'other');
    const values = (await client.get('q/id=k q/id=nobody p q/id=k q q/id=k')) as Buffer[];
    expect(values.map(String).map((text) => (text.startsWith('{') ? JSON.parse(text).state : text))).toEqual([
      'waiting',
      'other',
      'waiting',
      'job',
      'complete',
    ]);
  });

  it('may be asked for while a read is open', async ({ client, worker }) => {
    await REACH.running({ client, worker });
    expect(await worker.getStatus('q/id=k')).toMatchObject({ state: 'running' });
    expect(await worker.set('q/close', '')).toBe('STORED');
  });

  it('comes in every protocol, with flags 0 and the message id as CAS', async ({ server, client }) => {
    await client.ask('set q/id=k 99 0 1\r\nx');
    const json = (await client.getText('q/id=k'))!;
    const { message } = JSON.parse(json);
    expect(await client.exchange('gets q/id=k\r\n')).toBe(
      `VALUE q/id=k 0 ${json.length} ${message}\n${json}\nEND`,
    );
    expect(await client.exchange('mg q/id=k v f c s k Oabc\r\n')).toBe(
      `VA ${json.length} f0 c${message} s${json.length} kq/id=k Oabc\n${json}`,
    );
    expect(await client.exchange('mg q/id=k s c\r\nmg q/id=k q\r\nmg q/id=no q\r\n')).toBe(
      `HD s${json.length} c${message}\nHD`,
    );
    using binary = await BinaryClient.connect(server.port);
    expect(await binary.ask(Opcode.getk, { key: 'q/id=k', opaque: 5 })).toMatchObject({
      status: 0,
      key: 'q/id=k',
      cas: BigInt(message),
      extras: Buffer.alloc(4),
      value: Buffer.from(json),
      opaque: 5,
    });
    expect((await binary.ask(Opcode.get, { key: 'q/id=no' })).status).toBe(1);
    expect(await binary.exchange(request(Opcode.getq, { key: 'q/id=no' }))).toEqual([]);
    expect((await contents(client)).waiting).toEqual(['x']);
  });

  it('is told apart for thousands of jobs', async ({ client, worker }) => {
    const ids = Array.from({ length: 3000 }, (_, i) => `job-${i}`);
    await client.exchange(ids.map((id) => `set q/id=${id} 0 0 ${id.length}\r\n${id}\r\n`).join(''));
    for (let i = 0; i < 1000; i++) await worker.getText('q');
    const states = await client.get(ids.map((id) => `q/id=${id}`).join(' '));
    expect((states as Buffer[]).map((json) => JSON.parse(String(json)).state)).toEqual(
      ids.map((_, i) => (i < 1000 ? 'complete' : 'waiting')),
    );
  });
});

it('a result may be given by the list of queues that the job was taken from', async ({ client, worker }) => {
  await REACH.waiting({ client, worker });
  await worker.set('$watch', 'p,q');
  expect(await worker.getText('$watch/open')).toBe('first');
  expect(await worker.set('$watch/close', 'result')).toBe('STORED');
  expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'complete', result: 'result' });
});

it('results of jobs without an id are dropped silently', async ({ client, worker }) => {
  await store(client, 'set', 'q', 'job');
  await worker.getText('q/open');
  expect(await worker.set('q/close', 'result')).toBe('STORED');
  expect(await client.getText('q')).toBeUndefined();
});
