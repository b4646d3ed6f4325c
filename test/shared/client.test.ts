import { describe, expect } from 'vitest';
import { connect, type Producer } from '../../shared/client.ts';
import { ClosedError, UnreachableError } from '../../shared/errors.ts';
import { withServer } from '../fixtures/server.ts';
import { answer, BadServer } from '../helpers/bad-server.ts';

const it = withServer(['--memory', '--backoff', 'fixed:1000']).extend<{ producer: Producer }>({
  producer: async ({ server }, use) => {
    const producer = connect({ port: server.port, timeout: 60 });
    await use(producer);
    producer.close();
  },
});

describe('a producer and its jobs', () => {
  it.beforeEach(async ({ client }) => {
    await client.exchange(Buffer.from('delete q\r\ndelete 队列\r\n'));
  });

  it('stores, also in place of another with the same id, and a unique one only once', async ({
    client,
    producer,
  }) => {
    expect(await producer.enqueue('q', 'f', [1])).toBe(true);
    expect(await producer.enqueue('q', 'f', [2], { id: 'a' })).toBe(true);
    expect(await producer.enqueue('q', 'f', [3], { id: 'a' })).toBe(true);
    expect(await producer.enqueue('q', 'f', [4], { id: 'a', unique: true })).toBe(false);
    expect(await producer.enqueue('q', 'f', [5], { id: 'b', unique: true })).toBe(true);
    expect(await producer.enqueue('q', 'f', [0], { priority: 0 })).toBe(true);
    const bodies = (await client.get('q q q q q')) as Buffer[];
    expect(bodies.map(String)).toEqual(['f(0)', 'f(1)', 'f(3)', 'f(5)']);
    expect(await producer.enqueue('q', 'f', [6], { id: 'b', unique: true })).toBe(true);
  });

  it('tells what becomes of a job', async ({ client, producer }) => {
    expect(await producer.status('队列', 'nobody')).toBeUndefined();
    await producer.enqueue('队列', 'f', [], { id: 'ä', delay: 1000, priority: 7 });
    const waiting = await producer.status('队列', 'ä');
    expect(waiting).toEqual({
      id: 'ä',
      queue: '队列',
      state: 'waiting',
      attempts: 0,
      priority: 7,
      enqueued: expect.any(Number),
      due: expect.any(Number),
      message: expect.stringMatching(/^\d+$/),
    });
    await producer.enqueue('队列', 'f', [], { id: 'ä' });
    const queue = Buffer.from('队列').toString('latin1');
    await client.set('$client', '{"program":"w"}');
    await client.getText(`${queue}/open`);
    expect(await producer.status('队列', 'ä')).toMatchObject({ state: 'running', by: { program: 'w' } });
    await client.exchange(Buffer.from(`set ${queue}/fail 0 0 3\r\nwhy\r\n`, 'latin1'));
    expect(await producer.status('队列', 'ä')).toMatchObject({ state: 'waiting', attempts: 1, error: 'why' });
  });

  it('hands on results, as text or as bytes', async ({ client, producer }) => {
    const results: [Buffer, string | Buffer | undefined][] = [
      [Buffer.from('{"n":1} ä'), '{"n":1} ä'],
      [Buffer.of(0xff, 0), Buffer.of(0xff, 0)],
      [Buffer.alloc(0), undefined],
    ];
    for (const [bytes, result] of results) {
      await producer.enqueue('q', 'f', [], { id: 'a' });
      await client.getText('q/open');
      await client.set('q/close', bytes);
      const status = await producer.status('q', 'a');
      expect(status?.state).toBe('complete');
      expect(status?.result).toEqual(result);
      expect(status).not.toHaveProperty('result_base64');
    }
  });

  it('repeats and cancels', async ({ client, producer }) => {
    await producer.enqueue('q', 'f', [], { id: 'a', every: 0.05 });
    for (let i = 0; i < 3; i++) expect(await client.getText('q/t=60000')).toBe('f()');
    expect(await producer.status('q', 'a')).toMatchObject({ state: 'waiting', every: 0.05 });
    expect(await producer.cancel('q', 'a')).toBe(true);
    expect(await producer.cancel('q', 'a')).toBe(false);
    expect((await producer.status('q', 'a'))?.state).toBe('cancelled');
    expect((await client.stats('queues')).get('q:delayed')).toBe('0');
  });

  it('says how often a job is tried, and how long it waits', async ({ client, producer }) => {
    await producer.enqueue('q', 'f', [], { id: 'a', attempts: 2, backoff: { fixed: 0.05 } });
    expect(await producer.status('q', 'a')).toMatchObject({ max_attempts: 2, backoff: 'fixed:0.05' });
    for (let attempt = 1; attempt <= 2; attempt++) {
      expect(await client.getText('q/open/t=60000')).toBe('f()');
      await client.set('q/fail', 'no');
    }
    expect(await producer.status('q', 'a')).toMatchObject({ state: 'failed', attempts: 2, max_attempts: 2 });
    await producer.enqueue('q', 'f', [], { id: 'a' });
    const status = await producer.status('q', 'a');
    expect(status).not.toHaveProperty('max_attempts');
    expect(status).not.toHaveProperty('backoff');
  });

  it('shows jobs that failed, and has them run again or discards them, one or all', async ({
    client,
    producer,
  }) => {
    const ids = ['a', 'ä', 'c'];
    expect(await producer.failed('队列')).toBeUndefined();
    expect(await producer.retryAllFailed('队列')).toBe(false);
    const queue = Buffer.from('队列').toString('latin1');
    await client.set('$client', '{"program":"w"}');
    const failAll = async () => {
      for (const id of ids) {
        await producer.enqueue('队列', 'f', [id], { id });
        await client.getText(`${queue}/open`);
        await client.set(`${queue}/fail/final`, `why ${id}`);
      }
    };
    const states = () => Promise.all(ids.map(async (id) => (await producer.status('队列', id))?.state));
    await failAll();
    const job = {
      id: 'ä',
      queue: '队列',
      attempts: 1,
      enqueued: expect.any(Number),
      failed: expect.any(Number),
      error: 'why ä',
      by: { program: 'w' },
      payload: 'f("ä")',
      flags: 0,
      message: expect.stringMatching(/^\d+$/),
    };
    expect(await producer.failed('队列', 'ä')).toEqual(job);
    expect(await producer.failed('队列')).toMatchObject({ id: 'a', payload: 'f("a")' });
    expect(await producer.failed('队列', 'nobody')).toBeUndefined();

    expect(await producer.retryFailed('队列', 'ä')).toBe(true);
    expect(await producer.retryFailed('队列', 'ä')).toBe(false);
    expect(await producer.discardFailed('队列', 'ä')).toBe(false);
    expect(await states()).toEqual(['failed', 'waiting', 'failed']);
    expect(await producer.discardFailed('队列', 'c')).toBe(true);
    expect(await producer.discardFailed('队列', 'c')).toBe(false);
    expect(await states()).toEqual(['failed', 'waiting', undefined]);
    expect(await client.getText(queue)).toBe('f("ä")');

    // Else it stays, without its id, beside the new one.
    expect(await producer.discardFailed('队列', 'a')).toBe(true);
    await failAll();
    expect(await producer.retryFailed('队列', 'c', { delay: 1000 })).toBe(true);
    expect(await producer.status('队列', 'c')).toHaveProperty('due');
    expect(await producer.retryAllFailed('队列', { delay: 0 })).toBe(true);
    expect(await states()).toEqual(['waiting', 'waiting', 'waiting']);
    expect(await client.get(`${queue} ${queue} ${queue}`)).toEqual(['f("a")', 'f("ä")'].map(Buffer.from));
  });

  it('shows what failed without an id, and is not text', async ({ client, producer }) => {
    await client.set('q', Buffer.of(0xff, 0x0a, 0), 9);
    await client.getText('q/open');
    await client.set('q/fail/final', '');
    const job = await producer.failed('q');
    expect(job).toMatchObject({ payload: Buffer.of(0xff, 0x0a, 0), flags: 9, error: '' });
    expect(job).not.toHaveProperty('id');
    expect(job).not.toHaveProperty('dead');
  });

  it('says that an answer is none', async () => {
    await using bad = await BadServer.known((socket) => {
      socket.on('data', (data) => {
        const header = answer(0, data.readUInt32BE(12), 0, '....not JSON');
        header[4] = 4;
        socket.write(header);
      });
    });
    const other = connect({ port: bad.port });
    await expect(other.status('q', 'a')).rejects.toThrow('is this a memq-server?');
    await expect(other.failed('q', 'a')).rejects.toThrow('is this a memq-server?');
    other.close();
  });
});

describe('a producer', () => {
  it('connects anew after it lost the connection', async () => {
    await using bad = await BadServer.known((socket) => {
      socket.on('data', (data) => {
        if (bad.connections === 1) socket.destroy();
        else socket.write(answer(1, data.readUInt32BE(12), 0));
      });
    });
    const producer = connect({ port: bad.port });
    await expect(producer.enqueue('q', 'f')).rejects.toThrow(UnreachableError);
    await producer.enqueue('q', 'f');
    expect(bad.connections).toBe(2);
    producer.close();
  });

  it('writes options into the key and the expiry, and the call into the body', async () => {
    const stored: { key: string; exptime: number; body: string }[] = [];
    await using bad = await BadServer.known((socket) => {
      socket.on('data', (data) => {
        // It is asked for its settings, and has none.
        if (data[1] === 0x10) {
          socket.write(answer(0x10, data.readUInt32BE(12), 0));
          return;
        }
        const bodyStart = 32 + data.readUInt16BE(2);
        const key = data.toString('utf8', 32, bodyStart);
        stored.push({ key, exptime: data.readUInt32BE(28), body: data.toString('utf8', bodyStart) });
        socket.write(answer(1, data.readUInt32BE(12), 0));
      });
    });
    const producer = connect({ port: bad.port });
    await producer.enqueue('队列', 'f', ['哈', 1]);
    await producer.enqueue('q', 'f', [], { delay: 1.5, priority: 0, id: 'invoice-7', ttl: 0.5 });
    await producer.enqueue('q', 'f', [], { id: 'a', every: 0.25, unique: false, delay: 0.0004 });
    await producer.enqueue('q', 'f', [], { group: '客户7', backoff: { fixed: 0.5 }, attempts: 3 });
    await producer.enqueue('q', 'f', [], { attempts: 65_535, backoff: 'none' });
    await producer.enqueue('q', 'f', [], { backoff: 'exponential', id: 'a', priority: 1 });
    await producer.enqueue('q', 'f', [], { ttl: 60 * 86_400 });
    producer.close();
    const epoch = stored.pop()!;
    expect(stored).toEqual([
      { key: '队列', exptime: 0, body: 'f("哈", 1)' },
      { key: 'q/delay=1.5/pri=0/id=invoice-7', exptime: 1, body: 'f()' },
      { key: 'q/delay=0/id=a/every=0.25', exptime: 0, body: 'f()' },
      { key: 'q/attempts=3/backoff=fixed:0.5/group=客户7', exptime: 0, body: 'f()' },
      { key: 'q/attempts=65535/backoff=none', exptime: 0, body: 'f()' },
      { key: 'q/pri=1/id=a/backoff=exponential', exptime: 0, body: 'f()' },
    ]);
    // Beyond 30 days memcached reads an exptime as a Unix time.
    expect(epoch.exptime - Date.now() / 1000).toBeGreaterThan(60 * 86_400 - 60);
  });

  it.each<[string, Parameters<ReturnType<typeof connect>['enqueue']>, string]>([
    ['an empty queue name', ['', 'f'], 'is empty'],
    ['an option in the queue name', ['q/delay=1', 'f'], 'has "/" in it'],
    ['a line in the queue name', ['q\r\nflush_all', 'f'], 'has "\\r" in it'],
    ['a call as the method', ['q', "f('x'); g"], "is not a method's name"],
    ['a negative delay', ['q', 'f', [], { delay: -1 }], 'delay must be'],
    ['a delay that is no number', ['q', 'f', [], { delay: Number.NaN }], 'delay must be'],
    ['a priority out of range', ['q', 'f', [], { priority: 2 ** 32 }], 'priority must be'],
    ['a fraction as priority', ['q', 'f', [], { priority: 0.5 }], 'priority must be'],
    ['a ttl of 0', ['q', 'f', [], { ttl: 0 }], 'ttl must be'],
    ['an option in the id', ['q', 'f', [], { id: 'a/fail' }], 'id "a/fail"'],
    ['an empty id', ['q', 'f', [], { id: '' }], 'id ""'],
    ['a long id', ['q', 'f', [], { id: 'x'.repeat(250) }], 'longer than 250 bytes'],
    ['a unique job without id', ['q', 'f', [], { unique: true }], 'unique needs an id'],
    ['a job that repeats without id', ['q', 'f', [], { every: 5 }], 'every needs an id'],
    ['a period of nothing', ['q', 'f', [], { id: 'a', every: 0 }], 'every must be 0.001 or more'],
    [
      'a period that never ends',
      ['q', 'f', [], { id: 'a', every: Number.POSITIVE_INFINITY }],
      'every must be',
    ],
    ['no attempt', ['q', 'f', [], { attempts: 0 }], 'attempts must be an integer from 1 to 65535, not 0'],
    ['half an attempt', ['q', 'f', [], { attempts: 1.5 }], 'attempts must be'],
    ['endless attempts', ['q', 'f', [], { attempts: 65_536 }], 'attempts must be'],
    [
      'a backoff before now',
      ['q', 'f', [], { backoff: { fixed: -1 } }],
      'the fixed backoff must be 0 or more',
    ],
    ['an endless backoff', ['q', 'f', [], { backoff: { fixed: 4e8 } }], 'must be at most ten years'],
    ['an option in the group', ['q', 'f', [], { group: 'a/pri=0' }], 'group "a/pri=0" is empty, has blanks'],
    ['an empty group', ['q', 'f', [], { group: '' }], 'group ""'],
    ['half a character as group', ['q', 'f', [], { group: '\ud800' }], 'is no Unicode text'],
    ['a long group', ['q', 'f', [], { group: 'x'.repeat(250) }], 'longer than 250 bytes'],
    ['a ttl of a job that repeats', ['q', 'f', [], { id: 'a', every: 5, ttl: 5 }], 'takes no ttl'],
  ])('refuses %s before it sends anything', async (_, [queue, method, args, options], message) => {
    // Nobody listens there: to send would be another error.
    const producer = connect({ port: 1 });
    await expect(producer.enqueue(queue, method, args, options)).rejects.toThrow(message);
  });

  it.each([undefined, null, '', 5, 'a/b', 'a b', 'a\r\nflush_all', {}])(
    'asks for no job, and ends none, by the id %j, which would name something else',
    async (id) => {
      const producer = connect({ port: 1 });
      const job = id as string;
      for (const ask of [
        producer.status('q', job),
        producer.cancel('q', job),
        producer.retryFailed('q', job),
        producer.discardFailed('q', job),
        // Without one it is the next.
        ...(id === undefined ? [] : [producer.failed('q', job)]),
      ])
        await expect(ask).rejects.toThrow(/^id /);
    },
  );

  it.each([-1, 0.5, Number.NaN, 31 * 86_400])('tries nothing again after %d seconds', async (delay) => {
    const producer = connect({ port: 1 });
    await expect(producer.retryFailed('q', 'a', { delay })).rejects.toThrow('delay must be a whole number');
    await expect(producer.retryAllFailed('q', { delay })).rejects.toThrow('delay must be a whole number');
  });

  it('asks for no failed job whose name is too long with what is asked', async () => {
    const producer = connect({ port: 1 });
    await expect(producer.failed('q', 'x'.repeat(240))).rejects.toThrow('longer than 250 bytes');
  });

  it.each<[string, object]>([
    ['enqueue has no option "dealy"', { dealy: 60 }],
    ['is it delay?', { dealy: 60 }],
    ['is it priority?', { Priority: 1 }],
    ['there are ttl, delay, priority, id, unique, every, attempts, backoff, group', { when: 1 }],
    ['must be an object', Object.create({ dealy: 60 })],
    ['id must be a string, not null', { id: null }],
    ['id must be a string, not 7', { id: 7 }],
    ["delay must be a number, not '60'", { delay: '60' }],
    ['delay must be a number, not NaN', { delay: Number.NaN }],
    ['delay must be a number, not null', { delay: null }],
    ['delay must be a number, not 60n', { delay: 60n }],
    ['delay must be a number, not 1970-01-01T00:00:00.000Z', { delay: new Date(0) }],
    ['ttl must be a number, not [ 1 ]', { ttl: [1] }],
    ["priority must be a number, not '0'", { priority: '0' }],
    ['every must be a number, not true', { id: 'a', every: true }],
    ["unique must be a boolean, not 'no'", { id: 'a', unique: 'no' }],
    ['unique must be a boolean, not 0', { id: 'a', unique: 0 }],
    ["attempts must be a number, not '3'", { attempts: '3' }],
    ['group must be a string, not 7', { group: 7 }],
    ["backoff must be 'exponential', 'none' or { fixed: seconds }, not 'fixed:60'", { backoff: 'fixed:60' }],
    ['{ fixed: seconds }, not 60', { backoff: 60 }],
    ['{ fixed: seconds }, not null', { backoff: null }],
    ['{ fixed: seconds }, not {}', { backoff: {} }],
    ["the fixed backoff must be a number, not '60'", { backoff: { fixed: '60' } }],
    ['the fixed backoff must be a number, not undefined', { backoff: { fixed: undefined } }],
    ['backoff has no option "fixd"', { backoff: { fixed: 1, fixd: 2 } }],
    ['the options of enqueue must be an object, such as { ttl: ... }, not 60', 60 as unknown as object],
    ['must be an object', null as unknown as object],
    ['must be an object', ['delay', 60]],
    ['must be an object', new Map([['delay', 60]])],
    ['must be an object', new Date(60)],
    ['must be an object', () => ({ delay: 60 })],
  ])('says that %s, and sends nothing', async (message, options) => {
    const producer = connect({ port: 1 });
    const attempt = producer.enqueue('q', 'f', [], options);
    await expect(attempt).rejects.toThrow(TypeError);
    await expect(attempt).rejects.toThrow(message);
  });

  it.each<[string, unknown[]]>([
    ['the arguments of m must be a list, such as ["hi"], not \'hi\'', ['q', 'm', 'hi']],
    ['not null', ['q', 'm', null]],
    ['not { delay: 60 }', ['q', 'm', { delay: 60 }]],
    ["5 is not a method's name", ['q', 5]],
    ["undefined is not a method's name", ['q']],
    ["the queue's name must be a string, not undefined", []],
    ["the queue's name must be a string, not 5", [5, 'm']],
    ['args[1].x is an instance of Date', ['q', 'm', [1, { x: new Date() }]]],
  ])('says that %s, and sends nothing', async (message, args) => {
    const producer = connect({ port: 1 });
    const attempt = producer.enqueue(...(args as Parameters<Producer['enqueue']>));
    await expect(attempt).rejects.toThrow(TypeError);
    await expect(attempt).rejects.toThrow(message);
  });

  it('takes no name that would become another one on its way', async () => {
    const producer = connect({ port: 1 });
    await expect(producer.enqueue('q\ud800', 'f')).rejects.toThrow('is no Unicode text');
    await expect(producer.enqueue('q', 'f', [], { id: '\udc00' })).rejects.toThrow('no Unicode text');
    await expect(producer.status('q', 'a\ud800')).rejects.toThrow('no Unicode text');
  });

  it.each<[string, unknown]>([
    ['a retry has no option "dealy"; is it delay?', { dealy: 60 }],
    ["delay must be a whole number of seconds, at most 30 days, not '60'", { delay: '60' }],
    ['not NaN', { delay: Number.NaN }],
    ['not null', { delay: null }],
    ['must be an object', 60],
    ['must be an object', null],
  ])('says before it tries again that %s', async (message, options) => {
    const producer = connect({ port: 1 });
    for (const attempt of [
      () => producer.retryFailed('q', 'a', options as object),
      () => producer.retryAllFailed('q', options as object),
    ]) {
      await expect(attempt).rejects.toThrow(TypeError);
      await expect(attempt).rejects.toThrow(message);
    }
  });

  it('tells after its close that it is closed, and never connects again', async () => {
    await using bad = await BadServer.known((socket) => {
      socket.on('data', (data) => socket.write(answer(data.readUInt8(1), data.readUInt32BE(12), 0)));
    });
    for (const wasUsed of [true, false]) {
      const producer = connect({ port: bad.port });
      if (wasUsed) await producer.enqueue('q', 'f');
      producer.close();
      producer.close();
      for (const attempt of [
        () => producer.enqueue('q', 'f'),
        () => producer.enqueue('q', 'f', [], { id: 'a', unique: true }),
        () => producer.status('q', 'a'),
        () => producer.cancel('q', 'a'),
        () => producer.failed('q'),
        () => producer.retryFailed('q', 'a'),
        () => producer.retryAllFailed('q'),
        () => producer.discardFailed('q', 'a'),
      ]) {
        await expect(attempt).rejects.toThrow(ClosedError);
        await expect(attempt).rejects.toThrow('the producer is closed');
      }
    }
    expect(bad.connections).toBe(1);
  });
});

describe('connect', () => {
  it.each<[string, unknown]>([
    ['connect has no option "prot"; is it port?', { prot: 1 }],
    ['is it host?', { hots: 'a' }],
    ['is it username?', { user: 'a' }],
    ["port must be a number, not '22201'", { port: '22201' }],
    ['port must be a number, not NaN', { port: Number.NaN }],
    ['port must be a number, not null', { port: null }],
    ['host must be a string, not 127', { host: 127 }],
    ['timeout must be a number, not 5n', { timeout: 5n }],
    ['password must be a string', { username: 'a', password: 1 }],
    ['username needs a password', { username: 'a' }],
    ['password needs a username', { password: 'a' }],
    [
      "the options of connect must be an object, such as { host: ... }, not '127.0.0.1:22201'",
      '127.0.0.1:22201',
    ],
    ['must be an object', null],
    ['must be an object', 22_201],
  ])('says that %s', (message, options) => {
    expect(() => connect(options as object)).toThrow(TypeError);
    expect(() => connect(options as object)).toThrow(message);
  });

  it.each([
    { timeout: 0 },
    { timeout: -1 },
    { timeout: Number.POSITIVE_INFINITY },
    { port: 0 },
    { port: 65_536 },
    { port: 1.5 },
    { port: Number.POSITIVE_INFINITY },
    { host: '' },
  ])('refuses %j', (options) => {
    expect(() => connect(options)).toThrow(RangeError);
  });

  it('takes undefined for what is left out', () => {
    const options: object = { host: undefined, port: undefined, username: undefined, timeout: undefined };
    connect(options).close();
  });
});
