import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode, storeExtras } from '../../helpers/binary-client.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

const it = withServer(['--backoff', 'none', '--max-attempts', '5']);

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\ndelete p\r\ndelete target\r\n');
});

async function figure(client: TextClient, name: string): Promise<string | undefined> {
  return (await client.stats('queues')).get(name);
}

/** Sees to it that somebody waits for the queue. */
async function waiting(client: TextClient, queue: string): Promise<void> {
  await until(async () => (await figure(client, `${queue}:waiters`)) === '1');
}

describe('a paused queue', () => {
  it('gives nothing to whoever reads, and takes what is set', async ({ client, other }) => {
    await client.set('q', 'before');
    expect(await client.set('q/pause', '')).toBe('STORED');
    expect(await client.set('q', 'after')).toBe('STORED');
    expect(await client.set('q/pri=0', 'urgent')).toBe('STORED');
    for (const read of ['get q', 'get q/open', 'get q/t=30', 'gat 10 q', 'gats 10 q', 'get q/close/open'])
      expect(await other.exchange(`${read}\r\n`), read).toBe('END');
    expect(await other.exchange('mg q v\r\n')).toBe('EN');
    await other.set('$watch', 'q,p');
    expect(await other.exchange('get $watch\r\n')).toBe('END');
    await client.set('p', 'of another');
    expect(await other.getText('$watch')).toBe('of another');
    expect([await figure(client, 'q:paused'), await figure(client, 'q:waiting')]).toEqual(['yes', '3']);
    expect(await figure(client, 'p:paused')).toBe('no');

    expect(await client.set('q/resume', '')).toBe('STORED');
    expect(await figure(client, 'q:paused')).toBe('no');
    expect(await client.get('q q q q')).toEqual(
      ['urgent', 'before', 'after'].map((body) => Buffer.from(body)),
    );
  });

  it('lets those wait who can, and serves them when it is resumed', async ({ client, other }) => {
    await client.set('q/pause', '');
    other.send('get q/t=60000\r\n');
    await waiting(client, 'q');
    await client.set('q', 'job');
    expect(await figure(client, 'q:waiters')).toBe('1');
    await client.set('q/resume', '');
    expect(await other.values()).toEqual([Buffer.from('job')]);

    await client.set('q/pause', '');
    await other.set('$watch', 'p,q');
    other.send('get $watch/open/t=60000\r\n');
    await waiting(client, 'q');
    await client.set('q', 'watched');
    await client.set('q/resume', '');
    expect(await other.values()).toEqual([Buffer.from('watched')]);
  });

  it('shows what it has, and what has failed', async ({ client }) => {
    await client.exchange('set q 0 0 3\r\nbad\r\nget q/open\r\nset q/fail/final 0 0 3\r\nwhy\r\n');
    await client.set('q/id=k', 'job');
    await client.set('q/pause', '');
    expect(await client.getText('q/peek')).toBe('job');
    expect(await client.exchange('mg q s\r\n')).toBe('HD s3');
    expect(await client.getText('q/failed/peek')).toBe('bad');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting' });
  });

  it('lets what is open end, and has delays end', async ({ client, other }) => {
    for (const body of ['a', 'b']) await client.set('q', body);
    await client.getText('q/open');
    await client.set('q/delay=0.01', 'c');
    await other.set('q/pause', '');
    expect(await client.set('q/close', '')).toBe('STORED');
    await client.pass(0.01);
    expect([await figure(client, 'q:waiting'), await figure(client, 'q:delayed')]).toEqual(['2', '0']);
    expect(await client.getText('q')).toBeUndefined();
    await other.set('q/resume', '');
    expect(await client.getText('q/open')).toBe('b');
    await other.set('q/pause', '');
    expect(await client.exchange('get q/abort\r\nget q\r\n')).toBe('END\nEND');
    await other.set('q/resume', '');
    expect(await client.getJob('q/info')).toMatchObject({ body: 'b', attempt: 2 });
  });

  it('may be flushed, dropped and cancelled in', async ({ client }) => {
    await client.set('q/pause', '');
    await client.set('q/id=k', 'job');
    expect(await client.ask('delete q/id=k')).toBe('DELETED');
    await client.set('q', 'job');
    expect(await client.ask('flush q')).toBe('OK');
    expect([await figure(client, 'q:paused'), await figure(client, 'q:waiting')]).toEqual(['yes', '0']);
    expect(await client.ask('delete q')).toBe('DELETED');
    expect(await client.set('q', 'new')).toBe('STORED');
    expect(await client.getText('q')).toBe('new');
  });

  it('need not be there before; to resume what is not paused is told', async ({ client }) => {
    expect(await client.set('q/resume', '')).toBe('NOT_STORED');
    expect(await client.set('q/pause', 'whatever')).toBe('STORED');
    expect(await client.set('q/pause', '')).toBe('STORED');
    expect([await figure(client, 'q:paused'), await figure(client, 'q:waiting')]).toEqual(['yes', '0']);
    expect(await client.set('q/resume', 'whatever')).toBe('STORED');
    expect(await client.set('q/resume', '')).toBe('NOT_STORED');
  });

  it('is paused and resumed in every protocol', async ({ server, client }) => {
    using binary = await BinaryClient.connect(server.port);
    expect(await binary.set('q/pause', '')).toBe(0);
    expect(await client.exchange('ms q/resume 0\r\n\r\nms q/resume 0\r\n\r\n')).toBe('HD\nNS');
    expect(await client.exchange('ms q/pause 0 q\r\n\r\n')).toBe('');
    expect(await binary.set('q/resume', '')).toBe(0);
    expect(await binary.set('q/resume', '')).toBe(5);
    expect(await client.exchange('set q/pause 0 0 0 noreply\r\n\r\n')).toBe('');
    expect(await figure(client, 'q:paused')).toBe('yes');
  });
});

describe('move', () => {
  it('has all that waits wait in the other queue, in its order', async ({ client }) => {
    await client.exchange(
      [
        'set target 0 0 1\r\nt\r\n',
        'set q 0 0 1\r\nb\r\n',
        'set q/pri=5 0 0 1\r\na\r\n',
        'set target/pri=5 0 0 1\r\nu\r\n',
        'set q 0 0 1\r\nc\r\n',
        'set q/delay=0.05 0 0 1\r\nd\r\n',
      ].join(''),
    );
    expect(await client.set('q/move', 'target')).toBe('STORED');
    expect(await client.getText('q')).toBeUndefined();
    expect([await figure(client, 'q:waiting'), await figure(client, 'q:delayed')]).toEqual(['0', '0']);
    await client.pass(0.05);
    // By priority, and then by the order of the sets, in whichever queue that was.
    expect(((await client.get('target '.repeat(7).trim())) as Buffer[]).map(String)).toEqual([
      'a',
      'u',
      't',
      'b',
      'c',
      'd',
    ]);
  });

  it('keeps ids, flags, times, attempts and errors', async ({ client }) => {
    await client.ask('set q/id=k/pri=3 77 0 3\r\njob');
    const { message, enqueued } = (await client.getStatus('q/id=k'))!;
    await client.exchange('get q/open\r\nset q/fail 0 0 3\r\nwhy\r\n');
    await client.ask('set q/id=late/delay=1000 0 0 1\r\nx');
    const { due } = (await client.getStatus('q/id=late'))!;
    expect(await client.set('q/move', 'target')).toBe('STORED');
    expect(await client.getStatus('q/id=k')).toBeUndefined();
    expect(await client.getStatus('target/id=k')).toMatchObject({
      queue: 'target',
      state: 'waiting',
      attempts: 1,
      priority: 3,
      error: 'why',
      enqueued,
      message,
    });
    expect((await client.getStatus('target/id=late'))?.due).toBe(due);
    expect(await client.set('target/move', 'q')).toBe('STORED');
    expect(await client.exchange('gets q\r\n')).toBe(`VALUE q 77 3 ${message}\njob\nEND`);
  });

  it('leaves what is open or has failed', async ({ client, other }) => {
    for (const body of ['failed', 'open', 'waits']) await client.set('q', body);
    await other.exchange('get q/open\r\nset q/fail/final 0 0 3\r\nwhy\r\nget q/open\r\n');
    expect(await client.set('q/move', 'target')).toBe('STORED');
    expect(await client.get('target target')).toEqual([Buffer.from('waits')]);
    expect(await other.exchange('get q/abort\r\nget q\r\nget q/failed\r\n')).toBe(
      'END\nVALUE q 0 4\nopen\nEND\nVALUE q/failed 0 6\nfailed\nEND',
    );
  });

  it('serves those who wait for the other queue', async ({ client, other }) => {
    await client.set('q', 'job');
    other.send('get target/t=60000\r\n');
    await client.ask('version');
    await client.set('q/move', 'target');
    expect(await other.values()).toEqual([Buffer.from('job')]);
  });

  it('has an id that is live over there be lost on the way', async ({ client }) => {
    await client.set('q/id=k', 'moved');
    await client.set('target/id=k', 'there');
    expect(await client.set('q/move', 'target')).toBe('STORED');
    expect(await client.ask('delete target/id=k')).toBe('DELETED');
    expect(await client.get('target target')).toEqual([Buffer.from('moved')]);
  });

  it('keeps an id of which only the end of another job is known over there', async ({ server, client }) => {
    await client.set('target/id=k', 'over');
    await client.getText('target');
    expect(await client.getStatus('target/id=k')).toMatchObject({ state: 'complete' });
    await client.set('q/id=k/every=1000/delay=500', 'again');
    expect(await client.set('q/move', 'target')).toBe('STORED');
    const status = { state: 'waiting', every: 1000 };
    expect(await client.getStatus('target/id=k')).toMatchObject(status);
    await server.restart();
    using later = await TextClient.connect(server.port);
    expect(await later.getStatus('target/id=k')).toMatchObject(status);
    expect(await later.ask('delete target/id=k')).toBe('DELETED');
  });

  it('of nothing is told, and creates no queue; nor does one to itself', async ({ client }) => {
    expect(await client.set('q/move', 'target')).toBe('NOT_STORED');
    await client.exchange('set q 0 0 1\r\nx\r\nget q\r\n');
    expect(await client.set('q/move', 'target')).toBe('NOT_STORED');
    expect(await figure(client, 'target:waiting')).toBeUndefined();
    await client.set('q', 'job');
    expect(await client.set('q/move', 'q')).toBe('NOT_STORED');
    expect(await client.getText('q')).toBe('job');
  });

  it('goes to names of any bytes, in every protocol', async ({ server, client }) => {
    const name = Buffer.from('队列:\xff\x01', 'latin1');
    await client.set('q', 'job');
    expect(await client.set('q/move', name)).toBe('STORED');
    const key = name.toString('latin1');
    expect(await client.getText(`${key}/peek`)).toBe('job');
    using binary = await BinaryClient.connect(server.port);
    expect(await binary.set(`${key}/move`, 'p')).toBe(0);
    expect(await binary.set(`${key}/move`, 'p')).toBe(5);
    expect(await client.exchange('ms p/move 1\r\nq\r\nms p/move 1\r\nq\r\n')).toBe('HD\nNS');
    expect(await client.getText('q')).toBe('job');
  });

  it.for([
    ['', 'is empty'],
    ['a b', 'blank'],
    ['a\r\nflush_all', 'LF'],
    ['a\0', 'NUL'],
    ['target\n', 'LF'],
    ['$watch', "server's own"],
    ['target/open', 'options'],
    ['target/nonsense', 'nonsense'],
    ['x'.repeat(251), '250 bytes'],
  ] as const)(
    'to %j, which is no name of a queue, is refused and moves nothing',
    async ([name, reason], { client }) => {
      await client.set('q', 'job');
      const answer = await client.set('q/move', name);
      expect(answer).toMatch(/^CLIENT_ERROR not the name of a queue: /);
      expect(answer).toContain(reason);
      expect(await client.getText('q')).toBe('job');
      expect(await client.exchange('get target\r\n')).toBe('END');
    },
  );

  it.for([
    [1000, 'all at once'],
    [10_000, 'gone from here at once, and there one after the other'],
  ] as const)('is for whoever looks, with %i messages, %s', async ([count], { client, other }) => {
    await client.exchange('set q 0 0 3\r\njob\r\n'.repeat(count));
    let moving = true;
    const watched = (async () => {
      const seen: [number, number][] = [];
      while (moving) {
        const stats = await other.stats('queues');
        seen.push([Number(stats.get('q:waiting')), Number(stats.get('target:waiting') ?? 0)]);
      }
      return seen;
    })();
    for (const [from, to] of [
      ['q', 'target'],
      ['target', 'q'],
      ['q', 'target'],
    ] as const)
      expect(await client.set(`${from}/move`, to)).toBe('STORED');
    moving = false;
    for (const [here, there] of await watched) {
      if (count === 1000) expect([`${count},0`, `0,${count}`]).toContain(`${here},${there}`);
      // One of them is the source, which has all or nothing.
      else expect(here === 0 || there === 0).toBe(true);
      expect(here + there).toBeLessThanOrEqual(count);
    }
    expect(await figure(client, 'target:waiting')).toBe(String(count));
  });
});

describe('what makes no sense', () => {
  it.for([
    'set q/pause/resume',
    'set q/pause/id=k',
    'set q/pause/delay=1',
    'set q/move/pause',
    'set q/move/close',
    'set q/resume/lease=1',
    'set q/pause/fail/final',
    'set q/pause=1',
    'set q/move=target',
    'add q/pause',
    'replace q/resume',
    'append q/move',
    'prepend q/pause',
    'set $watch/pause',
    'set $watch/move',
    'set $client/resume',
  ])('is refused: %s', async (command, { client }) => {
    expect(await client.exchange(`${command} 0 0 9\r\nflush_all\r\n`)).toMatch(/^CLIENT_ERROR \S[^\n]*$/);
    expect(await figure(client, 'q:waiting')).toBeUndefined();
  });

  it.for(['get q/pause', 'delete q/move', 'touch q/pause 5', 'gat 5 q/resume', 'flush q/pause'])(
    'is refused: %s',
    async (command, { client }) => {
      expect(await client.exchange(`${command}\r\n`)).toMatch(/^CLIENT_ERROR option .* not supported with/);
    },
  );

  it('is refused in binary, too', async ({ server }) => {
    using binary = await BinaryClient.connect(server.port);
    for (const key of ['q/pause/resume', 'q/move/close'])
      expect((await binary.ask(Opcode.set, { key, value: 'p', extras: storeExtras() })).status).toBe(4);
  });
});
