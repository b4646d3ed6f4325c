import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode, storeExtras, storeRequest } from '../../helpers/binary-client.ts';

const it = withServer(['--backoff', 'none']);

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\ndelete p\r\n');
});

describe('a delayed message', () => {
  it('comes when its time has come, and not before', async ({ client }) => {
    const begin = performance.now();
    // In one piece, so that no pause of this process comes between.
    const reads = 'get q\r\nget q/peek\r\nget q/open\r\ngat 10 q\r\nstats queues\r\n';
    const answer = await client.exchange(`set q/delay=0.5 0 0 3\r\njob\r\n${reads}`);
    expect(answer).toMatch(/^STORED\n(END\n){4}STAT /);
    expect(answer).toContain('STAT q:waiting 0\nSTAT q:delayed 1\n');
    expect(await client.getText('q/t=60000')).toBe('job');
    // The clocks of two processes may differ in a millisecond's fraction.
    expect(performance.now() - begin).toBeGreaterThan(499);
    expect([await client.figure('q:waiting'), await client.figure('q:delayed')]).toEqual(['0', '0']);
  });

  it('comes in the order of the times, whoever waits for it in whatever way', async ({ client, other }) => {
    await other.set('$watch', 'p,q');
    await client.exchange(
      'set q/delay=0.9 0 0 1\r\nc\r\nset q/delay=0.3 0 0 1\r\na\r\nset q/delay=0.6 0 0 1\r\nb\r\n',
    );
    other.send('get $watch/open/t=60000\r\n');
    expect(await other.values()).toEqual([Buffer.from('a')]);
    // In one piece, so that no pause of this process comes between.
    client.send('get q/peek/t=60000\r\nget q/t=60000\r\nget q/open/t=60000\r\n');
    for (const body of ['b', 'b', 'c']) expect(await client.values()).toEqual([Buffer.from(body)]);
  });

  it('goes to where it was in line, as soon as its time has come', async ({ client }) => {
    await client.set('q/delay=0.1', 'before');
    await client.set('q', 'behind');
    await client.set('q/delay=0.1/pri=5', 'urgent');
    await client.set('q/pri=4', 'more urgent');
    await client.pass(0.1);
    expect(await client.drain()).toEqual(['more urgent', 'urgent', 'before', 'behind']);
  });

  it('of no seconds, or fewer than a microsecond, is there at once', async ({ client }) => {
    expect(await client.set('q/delay=0', 'a')).toBe('STORED');
    expect(await client.set('q/delay=0.000000000', 'b')).toBe('STORED');
    expect(await client.drain()).toEqual(['a', 'b']);
    await client.set('q/delay=0.0000001', 'c');
    expect(await client.getText('q/t=60000')).toBe('c');
  });

  it('may have a delay of centuries', async ({ client }) => {
    await client.set('q/delay=9999999999.999999999', 'never');
    await client.set('q/delay=4294968', 'in 50 days');
    await client.set('q/delay=0.1', 'soon');
    expect(await client.getText('q/t=60000')).toBe('soon');
    expect(await client.drain()).toEqual([]);
    expect(await client.figure('q:delayed')).toBe('2');
    expect(await client.ask('flush q')).toBe('OK');
    expect(await client.figure('q:delayed')).toBe('0');
  });

  it('that expires before its time is counted, and is not seen', async ({ client }) => {
    // An expiry is kept to the second.
    await client.set('q/delay=2.1', 'gone', 0, 1);
    await client.set('q/delay=2.1', 'job', 0, 100);
    expect(await client.getText('q/t=60000')).toBe('job');
    expect(await client.drain()).toEqual([]);
    expect(await client.figure('q:expired')).toBe('1');
  });

  it('goes with its queue', async ({ client }) => {
    await client.set('q/delay=0.1', 'dropped');
    expect(await client.ask('delete q')).toBe('DELETED');
    await client.pass(0.1);
    expect(await client.drain()).toEqual([]);
  });

  it('may be stored by any verb of any protocol, and each keeps its meaning', async ({ server, client }) => {
    using binary = await BinaryClient.connect(server.port);
    const storeAll = async (delay: string) => {
      for (const verb of ['set', 'add', 'append', 'prepend'])
        expect(await client.ask(`${verb} q/${delay} 5 0 ${verb.length}\r\n${verb}`)).toBe('STORED');
      expect(await client.exchange(`replace q/${delay} 0 0 1\r\nx\r\n`)).toBe('NOT_STORED');
      await client.exchange(`set q/${delay} 0 0 5 noreply\r\nquiet\r\n`);
      expect(await client.exchange(`ms q/${delay} 4\r\nmeta\r\n`)).toBe('HD');
      expect(await binary.set(`q/${delay}`, 'binary')).toBe(0);
      expect(await binary.exchange(storeRequest(Opcode.setq, `q/${delay}`, 'setq'))).toEqual([]);
      expect((await binary.ask(Opcode.append, { key: `q/${delay}`, value: 'last' })).status).toBe(0);
    };
    await storeAll('delay=1000');
    expect(await client.drain()).toEqual([]);
    expect(await client.figure('q:delayed')).toBe('9');
    await client.ask('delete q');

    await client.set('q', 'there');
    await storeAll('delay=0.01');
    await client.pass(0.01);
    const inOrder = ['set', 'add', 'append', 'quiet', 'meta', 'binary', 'setq', 'last'];
    expect(await client.drain()).toEqual(['prepend', 'there', ...inOrder]);
  });

  it('is one of thousands, each at its time', async ({ client }) => {
    const delays = Array.from({ length: 5000 }, (_, i) => ((i * 7919) % 5000) / 10_000);
    const sets = delays.map((delay, i) => `set q/delay=${delay.toFixed(4)} 0 0 4\r\n${1000 + i}\r\n`);
    expect(await client.exchange(sets.join(''))).toBe(sets.map(() => 'STORED').join('\n'));
    await client.pass(0.5);
    const taken = await client.get(delays.map(() => 'q').join(' '));
    expect((taken as Buffer[]).map(String)).toEqual(delays.map((_, i) => String(1000 + i)));
  });
});

describe('priorities', () => {
  it('are served from 0 on, and those that are equal in the order of their sets', async ({ client }) => {
    await client.set('q', 'usual');
    await client.set('q/pri=4294967295', 'least');
    await client.set('q/pri=1024', 'as usual');
    await client.set('q/pri=0', 'most');
    await client.set('q/pri=1023', 'sooner');
    await client.set('q/pri=1025', 'later');
    await client.set('q/pri=0', 'most, too');
    expect(await client.getText('q/peek')).toBe('most');
    expect(await client.drain()).toEqual([
      'most',
      'most, too',
      'sooner',
      'usual',
      'as usual',
      'later',
      'least',
    ]);
  });

  it('sort whatever comes, stably', async ({ client }) => {
    const priority = fc.oneof(fc.nat(3), fc.constantFrom(1023, 1024, 1025, 2 ** 31, 2 ** 32 - 1));
    await fc.assert(
      fc.asyncProperty(fc.array(priority, { minLength: 1, maxLength: 50 }), async (priorities) => {
        const sets = priorities.map((pri, i) => `set q/pri=${pri} 0 0 2\r\n${10 + i}\r\n`);
        await client.exchange(sets.join(''));
        const order = priorities.map((pri, i) => ({ pri, i })).sort((a, b) => a.pri - b.pri || a.i - b.i);
        expect(await client.drain()).toEqual(order.map(({ i }) => String(10 + i)));
      }),
      { numRuns: 30 },
    );
  });

  it('stay with what comes back, aborted, failed or left', async ({ client, other }) => {
    await client.exchange('set q/pri=7 0 0 1\r\nb\r\nset q 0 0 1\r\nc\r\nset q/pri=3 0 0 1\r\na\r\n');
    expect(await other.getText('q/open')).toBe('a');
    await other.get('q/abort');
    expect(await other.getText('q/open')).toBe('a');
    await other.set('q/fail', 'why');
    expect(await other.getText('q/open')).toBe('a');
    other.socket.end();
    await other.rest();
    expect(await client.drain()).toEqual(['a', 'b', 'c']);
  });

  it('do not stand against prepend, which goes ahead of all', async ({ client }) => {
    await client.exchange('set q/pri=0 0 0 1\r\nc\r\nprepend q 0 0 1\r\nb\r\nprepend q 0 0 1\r\na\r\n');
    expect(await client.drain()).toEqual(['a', 'b', 'c']);
    expect(await client.exchange('prepend q/pri=0 0 0 9\r\nflush_all\r\n')).toBe(
      'CLIENT_ERROR option "pri" is not supported with prepend',
    );
    expect(await client.drain()).toEqual([]);
  });

  it('are taken in all protocols, by every verb that puts something behind', async ({ server, client }) => {
    using binary = await BinaryClient.connect(server.port);
    for (const verb of ['set', 'add', 'append']) await client.ask(`${verb} q/pri=9 0 0 1\r\n9`);
    expect(await client.exchange('ms q/pri=8 1\r\n8\r\nms q/pri=7 1 MA\r\n7\r\n')).toBe('HD\nHD');
    expect(await binary.set('q/pri=6', '6')).toBe(0);
    expect((await binary.ask(Opcode.append, { key: 'q/pri=5', value: '5' })).status).toBe(0);
    const add = { key: 'q/pri=4', value: '4', extras: storeExtras() };
    expect((await binary.ask(Opcode.add, add)).status).toBe(0);
    expect(await client.drain()).toEqual(['4', '5', '6', '7', '8', '9', '9', '9']);
  });
});

describe('values that are none', () => {
  it.for([
    'q/delay=',
    'q/delay=-1',
    'q/delay=1e3',
    'q/delay=12345678901',
    'q/delay=1.1.1',
    'q/delay',
    'q/delay=1/delay=2',
    'q/pri=',
    'q/pri=-1',
    'q/pri=4294967296',
    'q/pri=1.5',
    'q/pri',
    'q/every=5',
    'q/delay=1/close',
    'q/pri=1/fail',
  ])('are refused, with the body swallowed: %s', async (key, { server, client }) => {
    expect(await client.exchange(`set ${key} 0 0 9\r\nflush_all\r\n`)).toMatch(
      /^CLIENT_ERROR option "(delay|pri|every)" [^\n]*$/,
    );
    using binary = await BinaryClient.connect(server.port);
    const refused = await binary.ask(Opcode.set, { key, value: 'x', extras: storeExtras() });
    expect([refused.status, String(refused.value)]).toEqual([4, expect.stringMatching(/delay|pri|every/)]);
    expect(await client.exchange(`ms ${key} 1\r\nx\r\n`)).toMatch(/^CLIENT_ERROR option/);
    expect(await client.figure('q:waiting')).toBeUndefined();
  });

  it.for([
    'get q/delay=1',
    'gets q/pri=1',
    'delete q/delay=1',
    'touch q/pri=1 5',
    'gat 5 q/delay=1',
    'flush q/pri=1',
  ])('are refused where nothing is stored: %s', async (line, { client }) => {
    expect(await client.exchange(`${line}\r\n`)).toMatch(
      /^CLIENT_ERROR option "(delay|pri)" is not supported with/,
    );
  });
});
