import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BinaryClient, Opcode } from '../../helpers/binary-client.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

let server: TestServer;
let reader: TextClient;
let writer: TextClient;

beforeAll(async () => {
  server = await startServer({ args: ['--memory', '--backoff', 'none'] });
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
});
beforeEach(async () => {
  reader = await TextClient.connect(server.port);
  writer = await TextClient.connect(server.port);
});
afterEach(async () => {
  reader.close();
  for (const name of (await writer.stats('queue')).keys()) await writer.ask(`delete ${name}`);
  writer.close();
});

function watch(client: TextClient, list: string): Promise<string | undefined> {
  return client.set('$watch', list);
}

async function fill(...jobs: string[]): Promise<void> {
  for (const job of jobs) await writer.set(job.split(' ')[0] as string, job);
}

/** Takes all that there is for a reader. */
async function drain(client: TextClient): Promise<string[]> {
  const jobs: string[] = [];
  for (let job = await client.getText('$watch'); job !== undefined; job = await client.getText('$watch'))
    jobs.push(job);
  return jobs;
}

/** Until that many connections wait in a read. */
async function waiting(count: number): Promise<void> {
  for (;;) {
    const states = [...(await writer.stats('conns'))].filter(([name]) => name.endsWith(':state'));
    if (states.filter(([, state]) => state === 'waiting').length === count) return;
  }
}

describe('a list', () => {
  it('is served in its order, and each queue in its own', async () => {
    await fill('low 1', 'mid 1', 'high 1', 'low 2', 'high 2');
    expect(await watch(reader, 'high,mid,low')).toBe('STORED');
    expect(await reader.getText('$watch')).toBe('high 1');
    expect(await reader.getText('$watch')).toBe('high 2');
    expect(await reader.getText('$watch')).toBe('mid 1');
    await fill('high 3');
    expect(await drain(reader)).toEqual(['high 3', 'low 1', 'low 2']);
  });

  it('of weights is served in proportion', async () => {
    const jobs = (name: string) => Array.from({ length: 400 }, (_, i) => `${name} ${i}`);
    await fill(...jobs('high'), ...jobs('low'));
    await watch(reader, 'high:4,low');
    const taken: string[] = [];
    for (let i = 0; i < 200; i++) taken.push((await reader.getText('$watch')) as string);
    const high = taken.filter((job) => job.startsWith('high'));
    // 160 is to be expected; as far away as this it is one time in a million million.
    expect(high.length).toBeGreaterThan(115);
    expect(high.length).toBeLessThan(195);
    expect(high).toEqual(jobs('high').slice(0, high.length));
    expect((await drain(reader)).length).toBe(600);
  });

  it('has with * all other queues, each in its turn, and without !name those not', async () => {
    await watch(reader, 'high,*,!noise');
    await fill('a 1', 'a 2', 'b 1', 'b 2', 'noise 1', 'high 1');
    expect(await drain(reader)).toEqual(['high 1', 'a 1', 'b 1', 'a 2', 'b 2']);
    expect(await reader.getText('noise')).toBe('noise 1');
  });

  it('holds for its connection, until the next one', async () => {
    await fill('a 1', 'b 1', 'b 2');
    await watch(reader, 'a');
    await watch(writer, 'b');
    expect(await reader.getText('$watch')).toBe('a 1');
    expect(await writer.getText('$watch')).toBe('b 1');
    await watch(reader, 'b');
    expect(await reader.getText('$watch')).toBe('b 2');
  });

  it('that is none changes nothing', async () => {
    await fill('a 1');
    await watch(reader, 'a');
    for (const text of ['', 'a,a', 'a/open', '$client', 'b:0']) {
      expect(await watch(reader, text)).toMatch(/^CLIENT_ERROR not a list of queues: /);
    }
    expect(await reader.getText('$watch')).toBe('a 1');
  });

  it('may be set and read with any client, also with noreply', async () => {
    await fill('a 1', 'a 2');
    expect(await reader.exchange('set $watch 0 0 1 noreply\r\na\r\nget $watch\r\n')).toBe(
      'VALUE $watch 0 3\na 1\nEND',
    );
    using binary = await BinaryClient.connect(server.port);
    expect(await binary.set('$watch', 'b,a')).toBe(0);
    const { key, value } = await binary.ask(Opcode.getk, { key: '$watch/open' });
    expect([key, value.toString()]).toEqual(['$watch/open', 'a 2']);
  });
});

describe('a read of a list', () => {
  it('tells the queue with /info', async () => {
    await fill('b 1');
    await watch(reader, 'a,b');
    const [info, body] = ((await reader.getText('$watch/open/info')) as string).split('\n');
    expect(JSON.parse(info as string)).toMatchObject({ queue: 'b', attempt: 1 });
    expect(body).toBe('b 1');
  });

  it('waits, and is woken by any of its queues', async () => {
    await watch(reader, 'a,*,!no');
    for (const [name, alone] of [
      ['a', false],
      ['new', false],
      ['no', true],
    ] as const) {
      reader.send('get $watch/t=20000\r\n');
      await waiting(1);
      await fill(`${name} 1`);
      if (alone) {
        await waiting(1);
        await fill('a 2');
        expect(await reader.values()).toEqual([Buffer.from('a 2')]);
      } else {
        expect(await reader.values()).toEqual([Buffer.from(`${name} 1`)]);
      }
    }
  });

  it('and other reads that wait are served in the order in which they came', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => TextClient.connect(server.port)));
    const reads = [
      '$watch/t=20000',
      'b/t=20000',
      '$watch/open/t=20000',
      'a/open/t=20000',
      '$watch/t=20000',
      'b/t=20000',
    ];
    const answered: number[] = [];
    const answers: Promise<unknown>[] = [];
    for (const [i, client] of clients.entries()) {
      await watch(client, i === 2 ? 'b' : 'a,b');
      client.send(`get ${reads[i]}\r\n`);
      await waiting(i + 1);
      answers.push(client.values().then((values) => answered.push(i) && values));
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
      await fill(job);
      await waiting(left);
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
    for (const client of clients) client.close();
  });

  it('gives up with END when nothing came in time', async () => {
    await watch(reader, 'a');
    expect(await reader.exchange('get $watch/t=20\r\n')).toBe('END');
  });

  it('is opened, closed, aborted and failed like any other', async () => {
    await fill('a 1', 'b 1', 'b 2', 'b 3');
    await watch(reader, 'a,b');
    expect(await reader.getText('$watch/open')).toBe('a 1');
    expect(await reader.getText('$watch/close/open')).toBe('b 1');
    expect(await reader.exchange('get $watch/abort\r\n')).toBe('END');
    expect(await reader.getText('$watch/open/info')).toMatch(/"queue":"b".*"attempt":2.*\nb 1$/);
    expect(await reader.ask('set $watch/fail/final 0 0 5\r\nwrong')).toBe('STORED');
    expect(await reader.getText('b/failed/info')).toMatch(/"error":"wrong".*\nb 1$/s);
    expect(await reader.getText('$watch/open')).toBe('b 2');
    expect(await reader.ask('set $watch/close 0 0 2\r\nok')).toBe('STORED');
    expect(await reader.ask('set $watch/close 0 0 2\r\nok')).toBe('NOT_STORED');
    expect(await reader.getText('$watch/open')).toBe('b 3');
    reader.close();
    expect(await writer.getText('b/info/t=20000')).toMatch(/"attempt":2.*\nb 3$/);
    expect(await writer.exchange('get a b\r\n')).toBe('END');
  });

  it('stays open when another list is set, and while a queue of its own is open', async () => {
    await fill('a 1', 'a 2', 'b 1');
    await watch(reader, 'a');
    expect(await reader.getText('$watch/open')).toBe('a 1');
    expect(await reader.getText('a/open')).toBe('a 2');
    await watch(reader, 'b');
    expect(await reader.getText('$watch/close/open')).toBe('b 1');
    expect(await reader.exchange('get $watch/close\r\nget a/abort\r\n')).toBe('END\nEND');
    expect(await writer.exchange('get a b\r\n')).toBe('VALUE a 0 3\na 2\nEND');
  });

  it('may be leased, and the lease ended', async () => {
    await fill('a 1', 'a 2');
    await watch(reader, 'b,a');
    expect(await reader.exchange('gat 50 $watch\r\ntouch $watch 60\r\ndelete $watch\r\n')).toBe(
      'VALUE $watch 0 3\na 1\nEND\nTOUCHED\nDELETED',
    );
    expect(await reader.getText('a')).toBe('a 2');
  });
});

describe('a misuse', () => {
  it.each([
    ['get $watch', /^CLIENT_ERROR nothing is watched yet: set "\$watch" to a list of queues first$/],
    ['get $watch/peek', /^CLIENT_ERROR get cannot be used with "\$watch\/peek": names that begin with \$/],
    ['get $watch/failed', /^CLIENT_ERROR .*the server's own$/],
    ['get $client', /^CLIENT_ERROR .*the server's own$/],
    ['get $other', /^CLIENT_ERROR .*the server's own$/],
    ['gets $watch', /^CLIENT_ERROR .*the server's own$/],
    ['mg $watch v', /^CLIENT_ERROR .*the server's own$/],
    ['delete $watch', /^CLIENT_ERROR "\$watch" cannot be deleted$/],
    ['delete $client', /^CLIENT_ERROR .*the server's own$/],
    ['flush $watch', /^CLIENT_ERROR .*the server's own$/],
    ['touch $client 5', /^CLIENT_ERROR .*the server's own$/],
    ['set $other 0 0 1\r\nx', /^CLIENT_ERROR .*the server's own$/],
    ['add $watch 0 0 1\r\nx', /^CLIENT_ERROR .*the server's own$/],
    ['prepend $watch 0 0 1\r\nx', /^CLIENT_ERROR .*the server's own$/],
    ['set $client/close 0 0 1\r\nx', /^CLIENT_ERROR .*the server's own$/],
    ['set $client 0 0 1\r\nx', /^CLIENT_ERROR \$client needs JSON$/],
  ])('%j is refused, and the connection stays', async (command, answer) => {
    expect(await reader.ask(command)).toMatch(answer);
    expect(await reader.ask('version')).toMatch(/^VERSION /);
    expect((await reader.stats('queue')).size).toBe(0);
  });

  it('of $client with more than 1024 bytes is refused', async () => {
    expect(await reader.set('$client', `"${'x'.repeat(1022)}"`)).toBe('STORED');
    expect(await reader.set('$client', `"${'x'.repeat(1023)}"`)).toBe(
      'CLIENT_ERROR $client is longer than 1024 bytes',
    );
  });

  it('of what is open closes the connection', async () => {
    await fill('a 1', 'a 2');
    await watch(reader, 'a');
    expect(await reader.getText('$watch/open')).toBe('a 1');
    expect(await reader.ask('get $watch/open')).toMatch(/^CLIENT_ERROR a read is open on this queue already/);
    expect(await reader.line()).toBeUndefined();
    expect(await writer.getText('a/info')).toMatch(/"attempt":2.*\na 1$/);
  });
});

describe('stats conns', () => {
  it('shows what a client says of itself, watches, holds open and is doing', async () => {
    await fill('a 1');
    const who = { program: 'worker', host: 'größe', pid: 7, line: 'a\r\nb' };
    expect(await reader.set('$client', JSON.stringify(who))).toBe('STORED');
    await watch(reader, 'a,b');
    await reader.getText('$watch/open');
    await fill('b 1');
    await reader.getText('b/open');
    reader.send('get other/t=20000\r\n');
    await waiting(1);
    writer.send('stats conns\r\n');
    const lines: string[] = [];
    for (let line = await writer.line(); line !== 'END'; line = await writer.line())
      lines.push(line as string);
    const id = /^STAT (\d+):state waiting$/.exec(
      lines.find((line) => line.endsWith(' waiting')) as string,
    )?.[1];
    const own = lines.filter((line) => line.startsWith(`STAT ${id}:`));
    expect(own).toContain(`STAT ${id}:watch a,b`);
    expect(own).toContain(`STAT ${id}:open $watch,b`);
    const client = own.find((line) => line.startsWith(`STAT ${id}:client `)) as string;
    expect(
      JSON.parse(
        Buffer.from(client, 'latin1')
          .toString()
          .replace(/^\S+ \S+ /, ''),
      ),
    ).toEqual(who);
  });
});
