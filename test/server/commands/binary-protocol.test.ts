import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode, request, storeExtras, storeRequest } from '../../helpers/binary-client.ts';

const it = withServer(['--memory']);

it.beforeEach(async ({ binary }) => {
  expect((await binary.ask(Opcode.flush)).status).toBe(0);
});

const text = (value: Buffer | undefined) => value?.toString();

describe('stores', () => {
  it('set, add and append enqueue at the tail, prepend ahead; all are answered with an empty body', async ({
    binary,
  }) => {
    const stores = [
      storeRequest(Opcode.set, 'q', 'a', 1),
      storeRequest(Opcode.add, 'q', 'b', 2),
      request(Opcode.append, { key: 'q', value: 'c', opaque: 3 }),
      request(Opcode.prepend, { key: 'q', value: 'd', opaque: 4 }),
    ];
    const answers = await binary.exchange(...stores);
    expect(
      answers.map(({ status, opaque, key, value, extras }) => [
        status,
        opaque,
        key,
        `${value}`,
        extras.length,
      ]),
    ).toEqual([1, 2, 3, 4].map((opaque) => [0, opaque, '', '', 0]));
    const bodies = await binary.exchange(...Array<Buffer>(5).fill(request(Opcode.get, { key: 'q' })));
    expect(bodies.map(({ status, value }) => (status === 0 ? text(value) : status))).toEqual([
      'd',
      'a',
      'b',
      'c',
      1,
    ]);
  });

  it('the quiet ones are silent, and leave before the NOOP behind them', async ({ binary }) => {
    const stores = [
      storeRequest(Opcode.setq, 'q', 'a'),
      storeRequest(Opcode.addq, 'q', 'b'),
      request(Opcode.appendq, { key: 'q', value: 'c' }),
      request(Opcode.prependq, { key: 'q', value: 'd' }),
    ];
    expect(await binary.exchange(...stores)).toEqual([]);
    for (const body of ['d', 'a', 'b', 'c']) expect(text(await binary.get('q'))).toBe(body);
  });

  it('an error of a quiet one is answered', async ({ binary }) => {
    const answers = await binary.exchange(
      storeRequest(Opcode.setq, 'q/opne', 'a', 1),
      storeRequest(Opcode.setq, 'q', Buffer.alloc(1_048_577), 2),
      request(Opcode.setq, { key: 'q', value: 'a', opaque: 3 }),
      storeRequest(Opcode.replaceq, 'q', 'a', 4),
      request(Opcode.deleteq, { key: 'nobody', opaque: 5 }),
      request(Opcode.incrementq, { key: 'q', extras: Buffer.alloc(20), opaque: 6 }),
    );
    expect(answers.map(({ opaque, status }) => [opaque, status])).toEqual([
      [1, 4],
      [2, 3],
      [3, 4],
      [4, 1],
      [5, 1],
      [6, 4],
    ]);
    expect(await binary.get('q')).toBeUndefined();
  });

  it('replace finds nothing to replace, as memcached says it', async ({ binary }) => {
    const { status, value } = await binary.ask(Opcode.replace, {
      key: 'q',
      value: 'x',
      extras: storeExtras(),
    });
    expect([status, text(value)]).toEqual([1, 'Not found']);
  });

  it('with a CAS are refused, since a message is never changed', async ({ binary }) => {
    const { status, value } = await binary.ask(Opcode.set, {
      key: 'q',
      value: 'x',
      extras: storeExtras(),
      cas: 5n,
    });
    expect(status).toBe(4);
    expect(text(value)).toMatch(/^cas is not supported/);
    expect(await binary.get('q')).toBeUndefined();
  });

  it('return any body unchanged', async ({ binary }) => {
    const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    for (const body of [Buffer.alloc(0), everyByte, Buffer.concat(Array<Buffer>(1000).fill(everyByte))]) {
      await binary.set('q', body);
      expect((await binary.get('q'))?.equals(body)).toBe(true);
    }
  });

  it('expire as their exptime says', async ({ binary }) => {
    for (const exptime of [-1, 2_592_001]) expect(await binary.set('q', 'x', 0, exptime)).toBe(0);
    expect(await binary.get('q')).toBeUndefined();
    await binary.set('q', 'x', 0, 100);
    expect(text(await binary.get('q'))).toBe('x');
  });
});

describe('reads', () => {
  it('a hit has 4 bytes of flags, the opaque, the id as CAS, and with GETK the key', async ({ binary }) => {
    for (const [opcode, key] of [
      [Opcode.get, ''],
      [Opcode.getq, ''],
      [Opcode.getk, 'q'],
      [Opcode.getkq, 'q'],
    ] as const) {
      await binary.set('q', 'body', 0xdead_beef);
      const hit = await binary.ask(opcode, { key: 'q', opaque: 0xffff_fffe });
      expect(hit).toMatchObject({ opcode, key, status: 0, opaque: 0xffff_fffe, value: Buffer.from('body') });
      expect(hit.extras).toEqual(Buffer.from('deadbeef', 'hex'));
      expect(hit.cas).toBeGreaterThan(0n);
    }
  });

  it('a miss says so; GETK alone says with which key; the quiet ones say nothing', async ({ binary }) => {
    const opcodes = [Opcode.get, Opcode.getk, Opcode.getq, Opcode.getkq];
    const misses = await binary.exchange(...opcodes.map((opcode) => request(opcode, { key: 'nobody' })));
    expect(misses.map(({ opcode, status, key, value }) => [opcode, status, key, text(value)])).toEqual([
      [Opcode.get, 1, '', 'Not found'],
      [Opcode.getk, 1, 'nobody', ''],
    ]);
  });

  it('a multi-get of GETKQ closed by a NOOP gives what there is', async ({ binary }) => {
    await binary.set('a', '1');
    await binary.set('c', '3');
    const hits = await binary.exchange(...['a', 'b', 'c', 'a'].map((key) => request(Opcode.getkq, { key })));
    expect(hits.map(({ key, value }) => [key, text(value)])).toEqual([
      ['a', '1'],
      ['c', '3'],
    ]);
  });

  it('an open read, close, abort, fail and info work as in the text protocol', async ({ binary }) => {
    await binary.set('q', 'job', 5);
    const opened = await binary.ask(Opcode.getk, { key: 'q/open/info' });
    expect(opened).toMatchObject({ status: 0, key: 'q/open/info', extras: Buffer.from([0, 0, 0, 5]) });
    const [info, body] = opened.value.toString().split('\n');
    expect(JSON.parse(info)).toMatchObject({ queue: 'q', attempt: 1 });
    expect(body).toBe('job');
    expect(await binary.get('q/abort')).toBeUndefined();
    expect(text(await binary.get('q/open'))).toBe('job');
    expect(await binary.set('q/fail/final', 'no good')).toBe(0);
    expect(text(await binary.get('q/failed/info'))).toMatch(/"error":"no good".*\njob$/);
    expect((await binary.ask(Opcode.set, { key: 'q/close', extras: storeExtras() })).status).toBe(5);
  });

  it('misuse of an open read is status 4, and then the end', async ({ server, binary }) => {
    await binary.set('q', 'a');
    await binary.get('q/open');
    binary.send(request(Opcode.get, { key: 'q', opaque: 9 }), request(Opcode.version));
    const refusal = await binary.next();
    expect(refusal).toMatchObject({ status: 4, opaque: 9 });
    expect(text(refusal?.value)).toMatch(/open/);
    expect(await binary.next()).toBeUndefined();
    using other = await BinaryClient.connect(server.port);
    expect(text(await other.get('q/t=60000'))).toBe('a');
  });
});

describe('the other opcodes', () => {
  it('DELETE drops a queue', async ({ binary }) => {
    await binary.set('q', 'x');
    expect(await binary.exchange(request(Opcode.deleteq, { key: 'q' }))).toEqual([]);
    expect(await binary.ask(Opcode.delete, { key: 'q' })).toMatchObject({
      status: 1,
      value: Buffer.from('Not found'),
    });
    await binary.set('q', 'x');
    expect((await binary.ask(Opcode.delete, { key: 'q' })).status).toBe(0);
    expect(await binary.get('q')).toBeUndefined();
  });

  it('FLUSH empties all queues, with extras and without, but not later', async ({ binary }) => {
    for (const fields of [{}, { extras: Buffer.alloc(4) }]) {
      await binary.set('q', 'x');
      expect((await binary.ask(Opcode.flush, fields)).status).toBe(0);
      expect(await binary.get('q')).toBeUndefined();
    }
    await binary.set('q', 'x');
    expect((await binary.ask(Opcode.flush, { extras: Buffer.from([0, 0, 0, 5]) })).status).toBe(4);
    expect(await binary.exchange(request(Opcode.flushq))).toEqual([]);
    expect(await binary.get('q')).toBeUndefined();
  });

  it('VERSION, NOOP and VERBOSITY are answered', async ({ binary }) => {
    expect(text((await binary.ask(Opcode.version)).value)).toMatch(/^[1-9]\d*\.\d+\.\d+/);
    expect(await binary.ask(Opcode.noop, { opaque: 7 })).toMatchObject({
      status: 0,
      opaque: 7,
      value: Buffer.alloc(0),
    });
    expect((await binary.ask(Opcode.verbosity, { extras: Buffer.alloc(4) })).status).toBe(0);
  });

  it('QUIT is answered, QUITQ is not, and both end the connection', async ({ server, binary }) => {
    binary.send(request(Opcode.quit, { opaque: 3 }), request(Opcode.version));
    expect(await binary.next()).toMatchObject({ opcode: Opcode.quit, status: 0, opaque: 3 });
    expect(await binary.next()).toBeUndefined();
    using other = await BinaryClient.connect(server.port);
    other.send(request(Opcode.version), request(Opcode.quitq));
    expect((await other.next())?.opcode).toBe(Opcode.version);
    expect(await other.next()).toBeUndefined();
  });

  it('STAT answers one by one, and ends with an empty one', async ({ server, binary }) => {
    await binary.set('counted', 'x');
    expect((await binary.stats()).get('pid')).toBe(String(server.pid));
    expect((await binary.stats('queue')).get('counted')).toBe('1/0');
    expect((await binary.stats('settings')).get('item_size_max')).toBe('1048576');
    expect(await binary.stats('items')).toEqual(new Map());
    expect(await binary.stats('reset')).toEqual(new Map());
    expect((await binary.stats('queue')).get('counted')).toBe('0/0');
    expect((await binary.ask(Opcode.stat, { key: 'everything' })).status).toBe(4);
  });

  it('SASL is offered, and without passwords of its own every login is right', async ({ binary }) => {
    expect(text((await binary.ask(Opcode.saslList)).value)).toBe('PLAIN');
    const login = { key: 'PLAIN', value: '\0user\0password' };
    expect((await binary.ask(Opcode.saslAuth, login)).status).toBe(0);
    expect((await binary.ask(Opcode.saslStep, login)).status).toBe(0);
    expect(await binary.set('q', 'x')).toBe(0);
  });

  it('what a queue does not do is status 4 with a reason', async ({ binary }) => {
    for (const opcode of [Opcode.increment, Opcode.decrement]) {
      const { status, value } = await binary.ask(opcode, { key: 'q', extras: Buffer.alloc(20) });
      expect([status, text(value)]).toEqual([4, expect.stringMatching(/is not supported/)]);
    }
  });

  it('or not yet, is never silent, and stays in step', async ({ binary }) => {
    const extras = Buffer.alloc(4);
    for (const fields of [
      { key: 'nobody', extras },
      { key: 'nobody', extras, cas: 5n },
    ]) {
      for (const opcode of [Opcode.touch, Opcode.gat, 0x23]) {
        expect([1, 4]).toContain((await binary.ask(opcode, fields)).status);
      }
    }
    expect([1, 4]).toContain((await binary.ask(Opcode.delete, { key: 'nobody', cas: 5n })).status);
    expect(await binary.exchange()).toEqual([]);
  });

  it('opcodes that nobody knows are status 0x81, and their bodies are skipped', async ({ binary }) => {
    for (const opcode of [0x1f, 0x25, 0x50, 0xff]) {
      const unknown = request(opcode, {
        key: 'q',
        value: request(Opcode.flush),
        extras: Buffer.alloc(3),
        opaque: 1,
      });
      expect(await binary.exchange(unknown)).toMatchObject([{ opcode, status: 0x81, opaque: 1 }]);
    }
  });
});
