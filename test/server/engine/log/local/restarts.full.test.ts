import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../../../../helpers/server.ts';
import { SmallDisk } from '../../../../helpers/small-disk.ts';
import { TextClient } from '../../../../helpers/text-client.ts';

const FULL = 'SERVER_ERROR the disk is full';
const RESTARTS = 10;

const probe = await SmallDisk.mount('1m');
if (probe === undefined)
  console.warn('nothing was seen of restarts on a full disk: no file system can be mounted here');
await probe?.[Symbol.asyncDispose]();

function body(index: number): string {
  return `${index} `.padEnd(700 + (index % 7) * 100, '.');
}

/** Sets messages until one is refused; how many were stored. */
async function fill(client: TextClient): Promise<number> {
  for (let stored = 0; ; stored++) {
    const answer = await client.set('q', body(stored));
    if (answer === 'STORED') continue;
    expect(answer).toBe(FULL);
    return stored;
  }
}

/** A start after the one end and the other, in turn. */
async function restart(server: TestServer, count: number): Promise<TextClient> {
  if (count % 2 === 0) await server.kill();
  else expect(await server.stop()).toBe(0);
  await server.start();
  return TextClient.connect(server.port);
}

describe.runIf(probe !== undefined)('a disk that is full of messages', () => {
  it.each([
    ['4m', 40],
    ['64k', 0],
  ])(
    'lets a server of segments of %s start any number of times, each taking %i, and loses none',
    async (size, taken) => {
      await using disk = (await SmallDisk.mount('24m')) as SmallDisk;
      await using server = await startServer({
        dataDir: join(disk.path, 'data'),
        prefix: disk.prefix,
        args: ['--segment-size', size],
      });
      let stored = 0;
      {
        using client = await TextClient.connect(server.port);
        stored = await fill(client);
        expect(stored).toBeGreaterThan(10_000);
      }
      // What was open is taken back by the start, which is to be on record.
      const readers = await Promise.all(Array.from({ length: 5 }, () => TextClient.connect(server.port)));
      for (const [i, reader] of readers.entries()) expect(await reader.getText('q/open')).toBe(body(i));
      let next = 0;
      for (let count = 0; count < RESTARTS; count++) {
        using client = await restart(server, count);
        for (let i = 0; i < taken; i++) expect(await client.getText('q')).toBe(body(next++));
        expect((await client.stats()).get('journal_failure')).toBe('none');
      }
      for (const reader of readers) reader.close();
      using client = await TextClient.connect(server.port);
      for (; next < stored; next++) expect(await client.getText('q')).toBe(body(next));
      expect(await client.getText('q')).toBeUndefined();
      for (let i = 0; i < stored / 2; i++) expect(await client.set('again', body(i))).toBe('STORED');
    },
  );
});
