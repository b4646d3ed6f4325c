import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode } from '../../helpers/binary-client.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

const it = withServer(['--memory', '--backoff', 'none']);

it.afterEach(async ({ client }) => {
  for (const name of (await client.stats('queue')).keys()) await client.ask(`delete ${name}`);
});

function watch(client: TextClient, list: string): Promise<string | undefined> {
  return client.set('$watch', list);
}

async function fill(client: TextClient, ...jobs: string[]): Promise<void> {
  for (const job of jobs) await client.set(job.split(' ')[0], job);
}

/** Takes all that there is for a worker. */
async function drain(client: TextClient): Promise<string[]> {
  const jobs: string[] = [];
  for (let job = await client.getText('$watch'); job !== undefined; job = await client.getText('$watch'))
    jobs.push(job);
  return jobs;
}

/** Until that many connections wait in a read. */
async function waiting(client: TextClient, count: number): Promise<void> {
  await until(async () => {
    const states = [...(await client.stats('conns'))].filter(([name]) => name.endsWith(':state'));
    return states.filter(([, state]) => state === 'waiting').length === count;
  });
}

describe('a list', () => {
  it('is served in its order, and each queue in its own', async ({ client, worker }) => {
    await fill(client, 'low 1', 'mid 1', 'high 1', 'low 2', 'high 2');
    expect(await watch(worker, 'high,mid,low')).toBe('STORED');
    expect(await worker.getText('$watch')).toBe('high 1');
    expect(await worker.getText('$watch')).toBe('high 2');
    expect(await worker.getText('$watch')).toBe('mid 1');
    await fill(client, 'high 3');
    expect(await drain(worker)).toEqual(['high 3', 'low 1', 'low 2']);
  });

  it('of weights is served in proportion', async ({ client, worker }) => {
    const jobs = (name: string) => Array.from({ length: 400 }, (_, i) => `${name} ${i}`);
    await fill(client, ...jobs('high'), ...jobs('low'));
    await watch(worker, 'high:4,low');
    const taken: string[] = [];
    for (let i = 0; i < 200; i++) taken.push((await worker.getText('$watch')) as string);
    const high = taken.filter((job) => job.startsWith('high'));
    // 160 is to be expected; as far away as this it is one time in a million million.
    expect(high.length).toBeGreaterThan(115);
    expect(high.length).toBeLessThan(195);
    expect(high).toEqual(jobs('high').slice(0, high.length));
    expect((await drain(worker)).length).toBe(600);
  });

  it('has with * all other queues, each in its turn, and without !name those not', async ({
    client,
    worker,
  }) => {
    await watch(worker, 'high,*,!noise');
    await fill(client, 'a 1', 'a 2', 'b 1', 'b 2', 'noise 1', 'high 1');
    expect(await drain(worker)).toEqual(['high 1', 'a 1', 'b 1', 'a 2', 'b 2']);
    expect(await worker.getText('noise')).toBe('noise 1');
  });

  it('holds for its connection, until the next one', async ({ client, worker }) => {
    await fill(client, 'a 1', 'b 1', 'b 2');
    await watch(worker, 'a');
    await watch(client, 'b');
    expect(await worker.getText('$watch')).toBe('a 1');
    expect(await client.getText('$watch')).toBe('b 1');
    await watch(worker, 'b');
    expect(await worker.getText('$watch')).toBe('b 2');
  });

  it('that is none changes nothing', async ({ client, worker }) => {
    await fill(client, 'a 1');
    await watch(worker, 'a');
    for (const text of ['', 'a,a', 'a/open', '$client', 'b:0']) {
      expect(await watch(worker, text)).toMatch(/^CLIENT_ERROR not a list of queues: /);
    }
    expect(await worker.getText('$watch')).toBe('a 1');
  });

  it('may be set and read with any client, also with noreply', async ({ server, client, worker }) => {
    await fill(client, 'a 1', 'a 2');
    expect(await worker.exchange('set $watch 0 0 1 noreply\r\na\r\nget $watch\r\n')).toBe(
      'VALUE $watch 0 3\na 1\nEND',
    );
    using binary = await BinaryClient.connect(server.port);
    expect(await binary.set('$watch', 'b,a')).toBe(0);
    const { key, value } = await binary.ask(Opcode.getk, { key: '$watch/open' });
    expect([key, value.toString()]).toEqual(['$watch/open', 'a 2']);
  });
});

describe('a read of a list', () => {
  it('tells the queue with /info', async ({ client, worker }) => {
    await fill(client, 'b 1');
    await watch(worker, 'a,b');
    const [info, body] = ((await worker.getText('$watch/open/info')) as string).split('\n');
    expect(JSON.parse(info)).toMatchObject({ queue: 'b', attempt: 1 });
    expect(body).toBe('b 1');
  });

  it('waits, and is woken by any of its queues', async ({ client, worker }) => {
    await watch(worker, 'a,*,!no');
    for (const [name, alone] of [
      ['a', false],
      ['new', false],
      ['no', true],
    ] as const) {
      worker.send('get $watch/t=60000\r\n');
      await waiting(client, 1);
      await fill(client, `${name} 1`);
      if (alone) {
        await waiting(client, 1);
        await fill(client, 'a 2');
        expect(await worker.values()).toEqual([Buffer.from('a 2')]);
      } else {
        expect(await worker.values()).toEqual([Buffer.from(`${name} 1`)]);
      }
    }
  });

  it('and other reads that wait are served in the order in which they came', async ({ server, client }) => {
    const readers = await Promise.all(Array.from({ length: 6 }, () => TextClient.connect(server.port)));
    const reads = [
      '$watch/t=60000',
      'b/t=60000',
      '$watch/open/t=60000',
      'a/open/t=60000',
      '$watch/t=60000',
      'b/t=60000',
    ];
    const answered: number[] = [];
    const answers: Promise<unknown>[] = [];
    for (const [i, reader] of readers.entries()) {
      await watch(reader, i === 2 ? 'b' : 'a,b');
      reader.send(`get ${reads[i]}\r\n`);
      await waiting(client, i + 1);
      answers.push(reader.values().then((values) => answered.push(i) && values));
    }
    // Who is first of those that want it: 0 and 3 want a, 0, 1, 2, 4, 5 want b; 4 wants both.
    for (const [job, left] of [
      ['b 1', 5],
      ['a 1', 4],
      ['b 2', 3],
      ['b 3', 2],
      ['b 4', 1],
      ['b 5', 0],
    ] as const) {
      await fill(client, job);
      await waiting(client, left);
    }
    expect((await Promise.all(answers)).flat().map(String)).toEqual([
      'b 1',
      'b 2',
      'b 3',
      'a 1',
      'b 4',
      'b 5',
    ]);
    expect(answered).toEqual([0, 3, 1, 2, 4, 5]);
    for (const reader of readers) reader.close();
  });

  it('gives up with END when nothing came in time', async ({ worker }) => {
    await watch(worker, 'a');
    expect(await worker.exchange('get $watch/t=20\r\n')).toBe('END');
  });

  it('is opened, closed, aborted and failed like any other', async ({ client, worker }) => {
    await fill(client, 'a 1', 'b 1', 'b 2', 'b 3');
    await watch(worker, 'a,b');
    expect(await worker.getText('$watch/open')).toBe('a 1');
    expect(await worker.getText('$watch/close/open')).toBe('b 1');
    expect(await worker.exchange('get $watch/abort\r\n')).toBe('END');
    expect(await worker.getText('$watch/open/info')).toMatch(/"queue":"b".*"attempt":2.*\nb 1$/);
    expect(await worker.ask('set $watch/fail/final 0 0 5\r\nwrong')).toBe('STORED');
    expect(await worker.getText('b/failed/info')).toMatch(/"error":"wrong".*\nb 1$/s);
    expect(await worker.getText('$watch/open')).toBe('b 2');
    expect(await worker.ask('set $watch/close 0 0 2\r\nok')).toBe('STORED');
    expect(await worker.ask('set $watch/close 0 0 2\r\nok')).toBe('NOT_STORED');
    expect(await worker.getText('$watch/open')).toBe('b 3');
    worker.close();
    expect(await client.getText('b/info/t=60000')).toMatch(/"attempt":2.*\nb 3$/);
    expect(await client.exchange('get a b\r\n')).toBe('END');
  });

  it('stays open when another list is set, and while a queue of its own is open', async ({
    client,
    worker,
  }) => {
    await fill(client, 'a 1', 'a 2', 'b 1');
    await watch(worker, 'a');
    expect(await worker.getText('$watch/open')).toBe('a 1');
    expect(await worker.getText('a/open')).toBe('a 2');
    await watch(worker, 'b');
    expect(await worker.getText('$watch/close/open')).toBe('b 1');
    expect(await worker.exchange('get $watch/close\r\nget a/abort\r\n')).toBe('END\nEND');
    expect(await client.exchange('get a b\r\n')).toBe('VALUE a 0 3\na 2\nEND');
  });

  it('shows what it would give, and leaves it there', async ({ client, worker }) => {
    await fill(client, 'a 1', 'b 1');
    await watch(worker, 'b,a');
    expect(await worker.exchange('get $watch/peek\r\n')).toBe('VALUE $watch/peek 0 3\nb 1\nEND');
    expect(await worker.getText('$watch/peek/info')).toMatch(/^{"queue":"b",.*"attempt":1,.*}\nb 1$/);
    expect(await worker.exchange('mg $watch s\r\n')).toBe('HD s3');
    expect(await client.ask('set b/pause 0 0 0\r\n')).toBe('STORED');
    expect(await worker.getText('$watch/peek')).toBe('a 1');
    expect(await client.ask('set b/resume 0 0 0\r\n')).toBe('STORED');
    expect(await client.exchange('get a b\r\n')).toBe('VALUE a 0 3\na 1\nVALUE b 0 3\nb 1\nEND');
    expect(await worker.exchange('get $watch/peek\r\n')).toBe('END');
  });

  it('shows of all queues the same one as long as nothing is taken', async ({ client, worker }) => {
    await fill(client, 'a 1', 'b 1');
    await watch(worker, '*');
    for (let i = 0; i < 3; i++) expect(await worker.getText('$watch/peek')).toBe('a 1');
    expect(await worker.getText('$watch')).toBe('a 1');
    expect(await worker.getText('$watch')).toBe('b 1');
  });

  it('may be leased, and the lease ended', async ({ client, worker }) => {
    await fill(client, 'a 1', 'a 2');
    await watch(worker, 'b,a');
    expect(await worker.exchange('gat 50 $watch\r\ntouch $watch 60\r\ndelete $watch\r\n')).toBe(
      'VALUE $watch 0 3\na 1\nEND\nTOUCHED\nDELETED',
    );
    expect(await worker.getText('a')).toBe('a 2');
  });

  it('tells the id of what it gives, and the token of a lease, in text and meta', async ({
    client,
    worker,
  }) => {
    await fill(client, 'a 1', 'a 2', 'b 1', 'b 2');
    await watch(worker, 'a,b');
    expect(await worker.exchange('gets $watch\r\n')).toMatch(/^VALUE \$watch 0 3 \d+\r?\na 1\r?\nEND$/);
    for (const [read, queue] of [
      ['gats 50 $watch', 'a'],
      ['mg $watch v c T50', 'b'],
    ] as const) {
      const answer = await worker.exchange(`${read}\r\n`);
      const token = /^VA(?:LUE \$watch 0)? 3 c?(\d+)/.exec(answer)?.[1];
      // Any connection ends it, by the token.
      expect(await client.exchange(`delete ${queue}/lease=${token}\r\n`)).toBe('DELETED');
    }
    expect(await worker.exchange('mg $watch v\r\nmg $watch v\r\n')).toBe('VA 3\nb 2\nEN');
  });
});

describe('a misuse', () => {
  it.for([
    ['get $watch', /^CLIENT_ERROR nothing is watched yet: set "\$watch" to a list of queues first$/],
    ['get $watch/peek', /^CLIENT_ERROR nothing is watched yet/],
    ['get $client/peek', /^CLIENT_ERROR get cannot be used with "\$client\/peek": names that begin with \$/],
    ['get $watch/failed', /^CLIENT_ERROR .*the server's own$/],
    ['get $client', /^CLIENT_ERROR .*the server's own$/],
    ['get $other', /^CLIENT_ERROR .*the server's own$/],
    ['gets $watch/failed', /^CLIENT_ERROR .*the server's own$/],
    ['gat 5 $watch/peek', /^CLIENT_ERROR option "peek" is not supported with gat$/],
    ['gats 5 $watch/failed', /^CLIENT_ERROR option "failed" is not supported with gats$/],
    ['gats 5 $client', /^CLIENT_ERROR .*the server's own$/],
    ['mg $watch', /^CLIENT_ERROR nothing is watched yet/],
    [
      'set $watch 0 0 5\r\na,b/c',
      /^CLIENT_ERROR not a list of queues: a name with "\/" needs --compat memcacheq$/,
    ],
    ['delete $watch', /^CLIENT_ERROR "\$watch" cannot be deleted$/],
    ['delete $client', /^CLIENT_ERROR .*the server's own$/],
    ['flush $watch', /^CLIENT_ERROR .*the server's own$/],
    ['touch $client 5', /^CLIENT_ERROR .*the server's own$/],
    ['set $other 0 0 1\r\nx', /^CLIENT_ERROR .*the server's own$/],
    ['add $watch 0 0 1\r\nx', /^CLIENT_ERROR .*the server's own$/],
    ['prepend $watch 0 0 1\r\nx', /^CLIENT_ERROR .*the server's own$/],
    ['set $client/close 0 0 1\r\nx', /^CLIENT_ERROR .*the server's own$/],
    ['set $client 0 0 1\r\nx', /^CLIENT_ERROR \$client needs JSON$/],
  ] as const)('%j is refused, and the connection stays', async ([command, answer], { worker }) => {
    expect(await worker.ask(command)).toMatch(answer);
    expect(await worker.ask('version')).toMatch(/^VERSION /);
    expect((await worker.stats('queue')).size).toBe(0);
  });

  it('of $client with more than 1024 bytes is refused', async ({ worker }) => {
    expect(await worker.set('$client', `"${'x'.repeat(1022)}"`)).toBe('STORED');
    expect(await worker.set('$client', `"${'x'.repeat(1023)}"`)).toBe(
      'CLIENT_ERROR $client is longer than 1024 bytes',
    );
  });

  it('of what is open closes the connection', async ({ client, worker }) => {
    await fill(client, 'a 1', 'a 2');
    await watch(worker, 'a');
    expect(await worker.getText('$watch/open')).toBe('a 1');
    expect(await worker.ask('get $watch/open')).toMatch(/^CLIENT_ERROR a read is open on this queue already/);
    expect(await worker.line()).toBeUndefined();
    expect(await client.getText('a/info')).toMatch(/"attempt":2.*\na 1$/);
  });
});

describe('stats conns', () => {
  it('shows what a client says of itself, watches, holds open and is doing', async ({ client, worker }) => {
    await fill(client, 'a 1');
    const who = { program: 'worker', worker: '5f3a9c', host: 'größe', pid: 7, line: 'a\r\nb' };
    expect(await worker.set('$client', JSON.stringify(who))).toBe('STORED');
    await watch(worker, 'a,b');
    await worker.getText('$watch/open');
    await fill(client, 'b 1');
    await worker.getText('b/open');
    worker.send('get other/t=60000\r\n');
    await waiting(client, 1);
    client.send('stats conns\r\n');
    const lines: string[] = [];
    for (let line = await client.line(); line !== 'END'; line = await client.line())
      lines.push(line as string);
    const id = /^STAT (\d+):state waiting$/.exec(
      lines.find((line) => line.endsWith(' waiting')) as string,
    )?.[1];
    const own = lines.filter((line) => line.startsWith(`STAT ${id}:`));
    expect(own).toContain(`STAT ${id}:watch a,b`);
    expect(own).toContain(`STAT ${id}:open $watch,b`);
    const said = own.find((line) => line.startsWith(`STAT ${id}:client `)) as string;
    expect(
      JSON.parse(
        Buffer.from(said, 'latin1')
          .toString()
          .replace(/^\S+ \S+ /, ''),
      ),
    ).toEqual(who);
  });
});
