import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { memqServer } from '../../../../helpers/command.ts';
import { startServer, type TestServer } from '../../../../helpers/server.ts';
import { logged } from '../../../../helpers/server-log.ts';
import { SmallDisk } from '../../../../helpers/small-disk.ts';
import { TextClient } from '../../../../helpers/text-client.ts';

const FULL = 'SERVER_ERROR the disk is full';
/** Requests that are sent at once. */
const MANY = 500;

const probe = await SmallDisk.mount('1m');
if (probe === undefined)
  console.warn('nothing was seen of a real full disk: no file system can be mounted here');
await probe?.[Symbol.asyncDispose]();

function body(index: number): string {
  return `${index} `.padEnd(700 + (index % 7) * 100, '.');
}

/** Sets messages until one is refused; how many were stored. */
async function fill(client: TextClient, queue: string): Promise<number> {
  for (let stored = 0; ; stored++) {
    const answer = await client.set(queue, body(stored));
    if (answer === 'STORED') continue;
    expect(answer).toBe(FULL);
    return stored;
  }
}

/** Takes all there is; these are the messages from `first` to before `end`. */
async function expectRest(client: TextClient, queue: string, first: number, end: number): Promise<void> {
  for (let index = first; index < end; index++) expect(await client.getText(queue)).toBe(body(index));
  expect(await client.getText(queue)).toBeUndefined();
}

const it = test.extend<{ disk: SmallDisk; server: TestServer; client: TextClient }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it what a fixture needs
  disk: async ({}, use) => {
    await using disk = (await SmallDisk.mount('16m')) as SmallDisk;
    await use(disk);
  },
  server: async ({ disk }, use) => {
    await using server = await startServer({ dataDir: join(disk.path, 'data'), prefix: disk.prefix });
    await use(server);
  },
  client: async ({ server }, use) => {
    using client = await TextClient.connect(server.port);
    await use(client);
  },
});

describe.runIf(probe !== undefined)('a disk that is full for real', () => {
  it('refuses new messages only; what is there is read and done with, and then it has room again', async ({
    client,
  }) => {
    const stored = await fill(client, 'q');
    expect(stored).toBeGreaterThan(8000);
    expect(await client.set('q', body(6))).toBe(FULL);
    expect((await client.getText('q/peek'))?.split(' ')[0]).toBe('0');
    expect(await client.getText('q')).toBe(body(0));
    expect(await client.getText('q/open')).toBe(body(1));
    expect(await client.get('q/close')).toEqual([]);
    expect(await client.getText('q/open')).toBe(body(2));
    expect(await client.get('q/abort')).toEqual([]);
    expect(await client.exchange('gats 60 q\r\n')).toMatch(/^VALUE q 0 900 \d+\n2 /);
    expect(await client.ask('set q/pause 0 0 0\r\n')).toBe('STORED');
    expect(await client.ask('set q/resume 0 0 0\r\n')).toBe('STORED');
    expect((await client.stats()).get('journal_failure')).toBe('none');
    await expectRest(client, 'q', 3, stored);
    for (let index = 0; index < stored / 2; index++)
      expect(await client.set('again', body(index))).toBe('STORED');
  });

  it('is told of in the log once, and once more when it is over, and in stats meanwhile', async ({
    server,
    client,
  }) => {
    const lines = (text: RegExp) => server.log.filter(({ msg }) => text.test(String(msg))).length;
    const stored = await fill(client, 'q');
    for (let i = 0; i < 100; i++) expect(await client.set('q', body(6))).toBe(FULL);
    expect(await client.exchange('stats\r\n')).toContain('\nSTAT journal_refusal the disk is full\n');
    expect(lines(/the log cannot grow/)).toBe(1);
    expect(lines(/the log can grow again/)).toBe(0);
    await expectRest(client, 'q', 0, stored);
    await logged(server, ({ msg }) => msg === 'the log can grow again');
    expect((await client.stats()).get('journal_refusal')).toBe('none');
    expect(lines(/the log cannot grow/)).toBe(1);
  });

  it('loses nothing when the server is killed, and is no hindrance to a start', async ({
    server,
    client,
  }) => {
    const stored = await fill(client, 'q');
    for (let index = 0; index < 100; index++) await client.getText('q');
    expect(await client.getText('q/open')).toBe(body(100));
    await server.kill();
    await server.start();
    await client.reconnect();
    await expectRest(client, 'q', 100, stored);
  });

  it('has room for the end of all messages, also of the smallest, in whatever order', async ({ client }) => {
    const sets = (queue: string) => `set ${queue} 0 0 1\r\nx\r\n`.repeat(MANY);
    const stored = { a: 0, b: 0 };
    for (let round = 0, isFull = false; !isFull; round++) {
      const queue = round % 2 === 0 ? 'a' : 'b';
      const answers = (await client.exchange(sets(queue))).split('\n');
      for (const answer of answers) {
        if (answer === 'STORED') stored[queue]++;
        else {
          expect(answer).toBe(FULL);
          isFull = true;
        }
      }
    }
    expect(stored.a + stored.b).toBeGreaterThan(80_000);
    for (const queue of ['b', 'a'] as const) {
      let count = 0;
      await client.get(`${queue}/open`);
      for (let isEmpty = false; !isEmpty; ) {
        const answer = await client.exchange(`get ${queue}/close/open\r\n`.repeat(MANY));
        const lines = answer.split('\n');
        expect(lines.filter((line) => !/^(?:x|END|VALUE .*|)$/.test(line))).toEqual([]);
        const values = lines.filter((line) => line === 'x').length;
        count += values;
        isEmpty = values < MANY;
      }
      expect(count).toBe(stored[queue] - 1);
    }
    expect(await client.set('q', 'x')).toBe('STORED');
  });

  it('is what a backup ends with when it goes there, and leaves nothing', async ({
    disk,
    server,
    client,
  }) => {
    const stored = await fill(client, 'q');
    const target = join(disk.path, 'backup');
    const result = await memqServer(['backup', server.dataDir, target], { prefix: disk.prefix });
    expect(result).toEqual({ code: 75, stdout: '', stderr: `memq-server: the disk of ${target} is full\n` });
    const again = await memqServer(['inspect', target], { prefix: disk.prefix });
    expect(again).toMatchObject({ code: 64, stderr: expect.stringContaining('cannot be read') });
    await expectRest(client, 'q', 0, stored);
    expect(await memqServer(['backup', server.dataDir, target], { prefix: disk.prefix })).toMatchObject({
      code: 0,
    });
  });
});
