import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FORMAT_VERSION } from '../../server/engine/log/codec/headers.ts';
import { memqServer } from '../helpers/command.ts';
import { startServer } from '../helpers/server.ts';
import { logged } from '../helpers/server-log.ts';
import { TextClient } from '../helpers/text-client.ts';

/** Has a server's disk fail, from the signal USR2 on, at syncing or at writing. */
function failing(call: 'fdatasync' | 'write'): string[] {
  const code = `
    import fs from 'node:fs';
    const { writeSync } = fs;
    const problem = () => Object.assign(new Error('EIO: i/o error, ${call}'), { code: 'EIO', syscall: '${call}' });
    process.on('SIGUSR2', () => {
      if ('${call}' === 'write') fs.writeSync = (...args) => {
        // The log goes on: it writes at no position.
        if (typeof args[4] === 'number') throw problem();
        return writeSync(...args);
      };
      else {
        fs.fdatasync = (fd, done) => setImmediate(done, problem());
        fs.fdatasyncSync = () => { throw problem(); };
      }
      process.stderr.write('the disk fails\\n');
    });`;
  return ['env', `NODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent(code)}`];
}

/** Starts a server that is to refuse that, with its status and the reason; behind the line that it starts. */
async function start(directory: string): Promise<{ code: number | null; stderr: string }> {
  const { code, stderr } = await memqServer(['-p', '0', '--http', 'none', '-d', directory]);
  const [first, ...rest] = stderr.split('\n');
  expect(JSON.parse(first ?? '')).toMatchObject({ msg: 'starting', data: directory });
  return { code, stderr: rest.join('\n') };
}

/** `directory` is the data that a stopped server has left, a few segments, copied for each test. */
const it = test.extend<{ left: string; directory: string }>({
  left: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it what a fixture needs
    async ({}, use) => {
      await using server = await startServer({ args: ['--segment-size', '64k'] });
      using client = await TextClient.connect(server.port);
      for (let i = 0; i < 200; i++) await client.set('q', 'x'.repeat(1000));
      await server.stop();
      await use(server.dataDir);
    },
    { scope: 'file' },
  ],
  directory: async ({ left }, use) => {
    const directory = fs.mkdtempSync(join(tmpdir(), 'memq-trouble-'));
    fs.cpSync(left, directory, { recursive: true });
    await use(directory);
    fs.rmSync(directory, { recursive: true });
  },
});

describe.each(['fdatasync', 'write'] as const)('a disk that fails at %s', (call) => {
  it('has the server acknowledge nothing any more, say so, and go on showing what it has', async () => {
    await using server = await startServer({ prefix: failing(call) });
    using client = await TextClient.connect(server.port);
    expect(await client.set('q', 'stored')).toBe('STORED');
    process.kill(server.pid, 'SIGUSR2');
    await logged(server, ({ msg }) => msg === 'the disk fails');

    const problem = /^SERVER_ERROR (writing to|syncing) journal segment 1 failed: EIO: i\/o error, /;
    expect(await client.set('q', 'lost')).toMatch(problem);
    expect(await client.set('q', 'lost')).toMatch(problem);
    expect(await client.get('q')).toMatch(problem);
    expect(await client.getText('q/peek')).toBe('stored');
    expect((await client.stats()).get('journal_failure')).toMatch(/^(writing|syncing)$/);
    const { level, error } = await logged(server, ({ msg }) => /nothing is acknowledged/.test(String(msg)));
    expect({ level, error }).toEqual({
      level: 60,
      error: expect.stringMatching(/journal segment 1 failed: EIO/),
    });

    await server.kill();
    await server.start();
    using again = await TextClient.connect(server.port);
    expect(await again.getText('q')).toBe('stored');
  });
});

describe('a start', () => {
  it('ends with 75 where another server has the directory', async () => {
    await using server = await startServer();
    expect(await start(server.dataDir)).toEqual({
      code: 75,
      stderr: `memq-server: ${server.dataDir} is in use by another memq-server\n`,
    });
  });

  it('ends with 74 where a newer server has written', async ({ directory }) => {
    const path = join(directory, '0000000001.journal');
    const bytes = fs.readFileSync(path);
    bytes.writeUInt16LE(FORMAT_VERSION + 1, 6);
    bytes.writeUInt32LE(crc32(bytes.subarray(4, 48), 1), 0);
    fs.writeFileSync(path, bytes);
    const text = `memq-server: ${path} has format ${FORMAT_VERSION + 1}; this version reads up to ${FORMAT_VERSION}\n`;
    expect(await start(directory)).toEqual({ code: 74, stderr: text });
    for (const command of ['inspect', 'salvage', 'backup']) {
      const target = command === 'backup' ? [`${directory}.copy`] : [];
      const { code, stdout, stderr } = await memqServer([command, directory, ...target]);
      expect({ code, stdout, stderr }).toEqual({ code: 74, stdout: '', stderr: text });
    }
  });

  it.for([
    [
      'is cut',
      (path: string) => fs.truncateSync(path, 30_000),
      / was longer than the 30000 bytes that it has: its end is missing\. /,
    ],
    [
      'is damaged',
      (path: string) => fs.writeFileSync(path, fs.readFileSync(path).fill(0, 30_000, 33_000)),
      / is damaged at offset \d+: records that/,
    ],
    ['is missing', (path: string) => fs.rmSync(path), / is missing\. /],
  ] as const)(
    'ends with 74 where a file of the log %s, and names the way out',
    async ([_, harm, problem], { directory }) => {
      const path = join(directory, '0000000002.journal');
      harm(path);
      const { code, stderr } = await start(directory);
      expect(code).toBe(74);
      expect(stderr.startsWith(`memq-server: ${path}`)).toBe(true);
      expect(stderr).toMatch(problem);
      expect(stderr).toContain(`"memq-server salvage ${directory}" copies all that can be read`);
    },
  );

  it('ends with 74 where the last file that was written to is cut, and all who look say so', async ({
    directory,
  }) => {
    const names = fs.readdirSync(directory).filter((name) => name.endsWith('.journal'));
    const isSegment = (name: string) =>
      fs.readFileSync(join(directory, name)).toString('latin1', 8, 12) === 'memq';
    const path = join(directory, names.findLast(isSegment) as string);
    fs.truncateSync(path, 1000);
    const { code, stderr } = await start(directory);
    expect({ code, stderr }).toMatchObject({
      code: 74,
      stderr: expect.stringContaining(
        `${path} was longer than the 1000 bytes that it has: its end is missing. `,
      ),
    });
    for (const command of ['inspect', 'salvage']) {
      const seen = await memqServer([command, directory]);
      expect(seen.stdout + seen.stderr).toContain(`${path}: its end is missing, from offset 1000 on`);
      expect(seen.code).toBe(74);
    }
    fs.rmSync(`${directory}.salvaged`, { recursive: true, force: true });
  });

  it('ends with 74 where the directory cannot be one', async ({ directory }) => {
    const path = join(directory, 'file');
    fs.writeFileSync(path, '');
    const { code, stderr } = await start(path);
    expect(code).toBe(74);
    expect(stderr).toMatch(/^memq-server: \S+file cannot be used: (EEXIST|ENOTDIR): [^\n]*\n$/);
  });
});
