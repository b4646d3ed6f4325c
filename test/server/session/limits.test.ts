import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BinaryClient } from '../../helpers/binary-client.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

const MEBIBYTE = 1024 * 1024;

describe('the size of a message', () => {
  it('is at most 1 MiB, to the byte, and what is larger is swallowed', async () => {
    await using server = await startServer();
    using text = await TextClient.connect(server.port);
    using binary = await BinaryClient.connect(server.port);
    const largest = Buffer.alloc(MEBIBYTE, 'x\r\n');
    const larger = Buffer.alloc(MEBIBYTE + 1, 'flush_all\r\n');
    expect(await text.set('q', largest)).toBe('STORED');
    expect(await binary.set('q', largest)).toBe(0);
    expect(await text.set('q', larger)).toBe('SERVER_ERROR object too large for cache');
    expect(await binary.set('q', larger)).toBe(3);
    expect((await binary.get('q'))?.equals(largest)).toBe(true);
    const [taken] = (await text.get('q')) as Buffer[];
    expect(taken?.equals(largest)).toBe(true);
    expect(await text.get('q')).toEqual([]);
  });

  it('is at most what -I says', async () => {
    await using server = await startServer({ args: ['-I', '2k'] });
    using client = await TextClient.connect(server.port);
    expect(await client.set('q', 'x'.repeat(2048))).toBe('STORED');
    expect(await client.set('q', 'x'.repeat(2049))).toBe('SERVER_ERROR object too large for cache');
  });

  it('may exceed that of a segment of the log, from many clients at once', async () => {
    await using server = await startServer({ args: ['--segment-size', '64k'] });
    const clients = await Promise.all(Array.from({ length: 16 }, () => TextClient.connect(server.port)));
    const bodies = clients.map((_, i) => Buffer.alloc(MEBIBYTE, `${i},`));
    const answers = await Promise.all(
      clients.map((client, i) => client.set(`q${i}`, bodies[i] as Buffer, i)),
    );
    expect(answers).toEqual(Array(16).fill('STORED'));
    const [client] = clients as [TextClient];
    for (const [i, body] of bodies.entries()) {
      client.send(`get q${i}\r\n`);
      expect(await client.line()).toBe(`VALUE q${i} ${i} ${MEBIBYTE}`);
      expect(
        (await client.bytes(MEBIBYTE + 7)).equals(Buffer.concat([body, Buffer.from('\r\nEND\r\n')])),
      ).toBe(true);
    }
    for (const each of clients) each.close();
  });
});

it('a key has at most 250 bytes, and the body of a longer one is swallowed', async () => {
  await using server = await startServer({ args: ['--memory'] });
  using text = await TextClient.connect(server.port);
  using binary = await BinaryClient.connect(server.port);
  const [longest, longer] = ['k'.repeat(250), 'k'.repeat(251)];
  expect(await text.set(longest, 'x')).toBe('STORED');
  expect(await binary.set(longest, 'y')).toBe(0);
  expect(await text.exchange(`get ${longest}\r\nget ${longest}\r\n`)).toBe(
    `VALUE ${longest} 0 1\nx\nEND\nVALUE ${longest} 0 1\ny\nEND`,
  );
  expect(await text.set(longer, 'flush_all')).toBe('CLIENT_ERROR key is longer than 250 bytes');
  expect(await binary.set(longer, 'x')).toBe(4);
  expect(await binary.set('k'.repeat(65_535), 'x')).toBe(4);
  expect(await text.exchange(`get ${longer}\r\ndelete ${longer}\r\n`)).toMatch(
    /^CLIENT_ERROR .*\nCLIENT_ERROR .*$/,
  );
  expect(await text.exchange('stats queue\r\n')).toBe(`STAT ${longest} 2/2\nEND`);
});

describe('a line', () => {
  it('may name as many queues as fit into 64 KiB', async () => {
    await using server = await startServer({ args: ['--memory'] });
    using client = await TextClient.connect(server.port);
    await client.set('q', 'x');
    const line = `get${' q'.repeat(32_766)}`;
    expect(await client.exchange(`${line}\r\n`)).toBe('VALUE q 0 1\nx\nEND');
  });

  it('that does not end is refused and the connection closed, and who goes on sending can read why', async () => {
    await using server = await startServer({ args: ['--memory'] });
    for (const bytes of [`get ${'q '.repeat(50_000)}`, `gats 10 ${'q '.repeat(5_000_000)}`]) {
      using client = await TextClient.connect(server.port);
      client.send(bytes);
      expect(await client.line()).toBe('CLIENT_ERROR line too long');
      expect(await client.line()).toBeUndefined();
    }
  });

  it('that may end in noreply is refused without a word', async () => {
    await using server = await startServer({ args: ['--memory'] });
    using other = await TextClient.connect(server.port);
    await other.set('victim', 'is here');
    for (const verb of [
      'delete victim',
      'set q 0 0 5',
      'flush_all',
      'md victim',
      'nonsense',
      'x'.repeat(70_000),
    ]) {
      for (const words of ['x'.repeat(100_000), ' '.repeat(100_000), 'x '.repeat(5_000_000)]) {
        using client = await TextClient.connect(server.port);
        client.send(`${verb} ${words} noreply\r\nflush_all\r\ndelete victim\r\n`);
        expect((await client.rest()).length, verb).toBe(0);
      }
    }
    expect(await other.getText('victim')).toBe('is here');
  });
});

describe('connections', () => {
  it('beyond the limit are told so and closed, and leave nothing behind', async () => {
    await using server = await startServer({ args: ['--memory', '-c', '2'] });
    using first = await TextClient.connect(server.port);
    const second = await TextClient.connect(server.port);
    await Promise.all([first.ask('version'), second.ask('version')]);
    const descriptors = () => readdirSync(`/proc/${server.pid}/fd`).length;
    const before = descriptors();
    for (let i = 0; i < 20; i++) {
      using refused = await TextClient.connect(server.port);
      expect((await refused.rest()).toString()).toBe('SERVER_ERROR too many open connections\r\n');
    }
    await until(() => descriptors() <= before);
    expect((await first.stats()).get('rejected_connections')).toBe('20');
    second.close();
    await until(async () => (await first.stats()).get('curr_connections') === '1');
    using third = await TextClient.connect(server.port);
    expect(await third.ask('version')).toMatch(/^VERSION/);
  });
});
