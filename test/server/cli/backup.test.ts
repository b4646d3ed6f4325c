import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { withOwnServer } from '../../fixtures/server.ts';
import { memqServer } from '../../helpers/command.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { body, rangeOf } from './numbered-messages.ts';

const SMALL = ['--segment-size', '64k'];

const it = withOwnServer(SMALL);

describe('backup', () => {
  let root: string;

  beforeEach(async () => {
    root = fs.mkdtempSync(join(tmpdir(), 'memq-backup-'));
  });
  afterEach(async () => {
    fs.rmSync(root, { recursive: true, force: true });
  });

  it('of a stopped server has all, tells so as JSON, and goes on from there', async ({ server }) => {
    {
      using client = await TextClient.connect(server.port);
      for (let i = 0; i < 200; i++) await client.set('mail', body('mail', i));
      await client.exchange('set jobs/id=k/delay=100 0 0 1\r\nd\r\nset held/pause 0 0 0\r\n\r\n');
    }
    await server.stop();
    const target = join(root, 'deep', 'target');
    const { code, stdout } = await memqServer(['backup', server.dataDir, target, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ target, messages: 201, queues: 3, lost: [] });
    // As sure of its end as what it was copied from.
    const { stdout: seen } = await memqServer(['inspect', target, '--json']);
    expect(JSON.parse(seen)).toMatchObject({ isClosed: true, damage: [] });
    await using copy = await startServer({ args: SMALL, dataDir: target });
    using client = await TextClient.connect(copy.port);
    expect(await rangeOf(client, 'mail')).toEqual({ first: 0, end: 200 });
    expect(await client.getStatus('jobs/id=k')).toMatchObject({ state: 'waiting' });
    expect((await client.stats('queues')).get('held:paused')).toBe('yes');
  });

  it('goes to another file system', async ({ server }) => {
    const { dev } = fs.statSync(server.dataDir);
    const other = ['/dev/shm', '/var/tmp', '/run'].find((path) => {
      return fs.existsSync(path) && fs.statSync(path).dev !== dev;
    });
    if (other === undefined) console.warn('backup to another file system: there is none here');
    const directory = fs.mkdtempSync(join(other ?? root, 'memq-backup-'));
    try {
      using client = await TextClient.connect(server.port);
      await client.set('q', body('q', 0));
      const target = join(directory, 'target');
      expect(await memqServer(['backup', server.dataDir, target])).toMatchObject({ code: 0 });
      const { stdout } = await memqServer(['inspect', target, '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ isClosed: false, damage: [] });
      await using copy = await startServer({ args: SMALL, dataDir: target });
      using reader = await TextClient.connect(copy.port);
      expect(await rangeOf(reader, 'q')).toEqual({ first: 0, end: 1 });
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });

  it('refuses what is damaged, with 74 and the way to have the rest', async ({ server }) => {
    {
      using client = await TextClient.connect(server.port);
      for (let i = 0; i < 300; i++) await client.set('q', body('q', i));
    }
    await server.stop();
    const first = join(server.dataDir, '0000000001.journal');
    const bytes = fs.readFileSync(first);
    bytes.fill(0, 20_000, 22_000);
    fs.writeFileSync(first, bytes);
    const target = join(root, 'target');
    const { code, stderr, stdout } = await memqServer(['backup', server.dataDir, target]);
    expect({ code, stdout }).toEqual({ code: 74, stdout: '' });
    expect(stderr).toMatch(
      /0000000001\.journal is damaged at offset \d+: .*"memq-server salvage \S+" copies/,
    );
    expect(fs.readdirSync(root)).toEqual([]);
  });

  it('copies a message that cannot be read as it is, names it, and ends with 74', async ({ server }) => {
    {
      using client = await TextClient.connect(server.port);
      for (let i = 0; i < 300; i++) await client.set('q', body('q', i));
    }
    await server.stop();
    const first = join(server.dataDir, '0000000001.journal');
    const bytes = fs.readFileSync(first);
    const at = bytes.indexOf(body('q', 24));
    bytes[at + 30] = 0;
    fs.writeFileSync(first, bytes);
    const target = join(root, 'target');
    const { code, stdout } = await memqServer(['backup', server.dataDir, target]);
    expect(code).toBe(74);
    expect(stdout).toMatch(
      /\n1 message of them cannot be read, here as there:\n {2}message \d+ of queue q: .*\n$/,
    );
    await using copy = await startServer({ args: SMALL, dataDir: target });
    using client = await TextClient.connect(copy.port);
    expect(Number((await client.stats('queues')).get('q:waiting'))).toBe(300);
  });

  it('overwrites nothing', async ({ server }) => {
    const target = join(root, 'target');
    fs.mkdirSync(target);
    fs.writeFileSync(join(target, 'precious'), 'x');
    const { code, stderr } = await memqServer(['backup', server.dataDir, target]);
    expect({ code, stderr }).toEqual({ code: 64, stderr: `memq-server: ${target} is there already\n` });
    const other = join(root, 'other');
    fs.mkdirSync(`${other}.partial`);
    fs.writeFileSync(join(`${other}.partial`, 'precious'), 'x');
    const second = await memqServer(['backup', server.dataDir, other]);
    expect(second).toMatchObject({ code: 64, stderr: `memq-server: ${other}.partial is in the way\n` });
    expect(fs.readdirSync(`${other}.partial`)).toEqual(['precious']);
  });
});
