import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, vi } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { amount } from '../../helpers/amount.ts';
import { memqServer } from '../../helpers/command.ts';
import { TextClient } from '../../helpers/text-client.ts';

/** Looks at a directory that a busy server has. */
const ROUNDS = amount(2, 8);
const SMALL = ['--segment-size', '64k'];

const it = withServer([...SMALL, '--max-attempts', '1']);

interface Inspection {
  readonly format: number;
  readonly isClosed: boolean;
  readonly inUse: boolean;
  readonly nextId: number;
  readonly tornBytes: number;
  readonly segments: {
    path: string;
    bytes: number;
    written: number;
    live: number;
    records: number;
    earliest: number;
  }[];
  readonly spares: unknown[];
  readonly queues: Record<string, unknown>[];
  readonly damage: { path: string; offset: number; end: number; what: string }[];
  readonly lost?: { path: string; offset: number; queue: string; id: number; job?: string }[];
}

async function inspect(directory: string, ...flags: string[]): Promise<Inspection & { code: number | null }> {
  const { code, stdout, stderr } = await memqServer(['inspect', directory, '--json', ...flags]);
  expect(stderr).toBe('');
  return { ...(JSON.parse(stdout) as Inspection), code };
}

/** All that a directory has: names, contents, and when they were changed. */
function fingerprint(directory: string): unknown {
  const { mtimeMs, ctimeMs } = fs.statSync(directory);
  const files = fs.readdirSync(directory).map((name) => {
    const path = join(directory, name);
    const { mtimeMs, ctimeMs, size } = fs.statSync(path);
    return [name, size, mtimeMs, ctimeMs, createHash('sha256').update(fs.readFileSync(path)).digest('hex')];
  });
  return { mtimeMs, ctimeMs, files };
}

// The last one damages the directory that all look at.
describe('inspect', { shuffle: false }, () => {
  let began: number;

  it.beforeAll(async ({ server }) => {
    using client = await TextClient.connect(server.port);
    began = Date.now();
    for (let i = 0; i < 300; i++) await client.set('mail', 'x'.repeat(1000));
    await client.exchange(
      'set jobs/delay=100 0 0 1\r\nd\r\n' +
        'set jobs 0 0 1\r\nr\r\ngats 60 jobs\r\nset jobs 0 0 1\r\nf\r\nget jobs/open\r\nset jobs/fail 0 0 2\r\nno\r\n' +
        'set jobs/id=k 0 0 1\r\ni\r\nget jobs\r\nset held/pause 0 0 0\r\n\r\nset held 0 0 1\r\nh\r\n' +
        'set \u001b[31m\u009b 0 0 1\r\nx\r\n',
    );
  });

  it('tells what a data directory has while a server is writing there, and changes nothing', async ({
    server,
    client,
  }) => {
    const before = fingerprint(server.dataDir);
    const inspection = await inspect(server.dataDir);
    expect(fingerprint(server.dataDir)).toEqual(before);
    expect(inspection).toMatchObject({
      code: 0,
      format: 4,
      isClosed: false,
      inUse: true,
      tornBytes: 0,
      damage: [],
    });
    expect(inspection.lost).toBeUndefined();
    const queues = new Map(inspection.queues.map((queue) => [queue.name, queue]));
    expect(queues.get('mail')).toMatchObject({
      waiting: 300,
      delayed: 0,
      reserved: 0,
      failed: 0,
      isPaused: false,
    });
    expect(queues.get('jobs')).toMatchObject({ waiting: 0, delayed: 1, reserved: 1, failed: 1, finished: 1 });
    expect(queues.get('held')).toMatchObject({ waiting: 1, isPaused: true });
    const stats = await client.stats('queues');
    for (const name of ['mail', 'jobs', 'held'])
      expect(queues.get(name)?.bytes).toBe(Number(stats.get(`${name}:bytes`)));
    for (const time of [queues.get('mail')?.oldest, inspection.segments[0]?.earliest]) {
      expect(time).toBeGreaterThan(began - 1000);
      expect(time).toBeLessThan(Date.now() + 1000);
    }
    const general = await client.stats();
    const sum = (pick: (segment: Inspection['segments'][number]) => number) =>
      inspection.segments.reduce((total, segment) => total + pick(segment), 0);
    expect(sum((segment) => segment.live)).toBe(Number(general.get('journal_live_bytes')));
    expect(inspection.segments.length).toBe(Number(general.get('journal_segments')));
    expect(sum((segment) => segment.written)).toBe(Number(general.get('journal_written_bytes')));
    expect(sum((segment) => segment.records)).toBeGreaterThan(600);
  });

  it('is readable, and does nothing to a terminal that a client wants', async ({ server }) => {
    const { code, stdout } = await memqServer(['inspect', server.dataDir, '--bodies']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/: format 4, in use by a server: what follows is the state of a moment\n/);
    expect(stdout).toMatch(/ 0000000001\.journal {2}64\.0 KiB .* 9\d % .* 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\n/);
    expect(stdout).toMatch(/^ {2}mail +300 +0 +0 +0 +0 +\d+\.\d KiB {2}20\d\d-/m);
    expect(stdout).toMatch(/^ {2}held +1 .* paused$/m);
    expect(stdout).toMatch(/^305 messages in 4 queues; .* live; next id \d+\nNo damage\n/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it('sees nothing but what is sound, however busy the server is', async ({ server, client }) => {
    let isOver = false;
    const load = async (name: string): Promise<void> => {
      using busy = await TextClient.connect(server.port);
      const body = 'y'.repeat(700);
      while (!isOver) await busy.exchange(`set ${name} 0 0 700\r\n${body}\r\nget ${name}\r\n`.repeat(20));
    };
    const loads = ['a', 'b', 'c'].map(load);
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const { damage, lost, code, queues } = await inspect(server.dataDir, '--bodies');
        expect({ damage, lost, code }).toEqual({ damage: [], lost: [], code: 0 });
        expect(queues.find(({ name }) => name === 'mail')?.waiting).toBe(300);
      }
      // How fast the server is does not matter: it has freed files while they were looked at.
      const freed = async () => Number((await client.stats()).get('journal_freed_segments'));
      await vi.waitFor(async () => expect(await freed()).toBeGreaterThan(10), {
        timeout: 240_000,
        interval: 20,
      });
    } finally {
      isOver = true;
      await Promise.all(loads);
    }
  });

  it('tells the same of a directory that no server has, and where it is damaged', async ({ server }) => {
    const running = await inspect(server.dataDir);
    await server.kill();
    const stopped = await inspect(server.dataDir, '--bodies');
    expect(stopped).toMatchObject({ code: 0, inUse: false, damage: [], lost: [], queues: running.queues });

    // Every message there, as some of them may have been written again elsewhere; not in the last one, which a start checks.
    const [fullest] = stopped.segments
      .slice(0, -1)
      .toSorted((a, b) => b.live - a.live)
      .map(({ path }) => path) as [string];
    const bytes = fs.readFileSync(fullest);
    const places: number[] = [];
    for (let at = bytes.indexOf('x'.repeat(1000)); at >= 0; at = bytes.indexOf('x'.repeat(1000), at + 1000)) {
      places.push(at - 72);
      bytes[at] = 0;
    }
    fs.writeFileSync(fullest, bytes);
    const without = await inspect(server.dataDir);
    expect(without).toMatchObject({ code: 0, damage: [] });
    const { code: status, damage: none, lost } = await inspect(server.dataDir, '--bodies');
    expect({ status, none }).toEqual({ status: 74, none: [] });
    expect(lost?.length).toBeGreaterThan(10);
    for (const { path, offset, ...message } of lost ?? []) {
      expect({ path, isThere: places.includes(offset) }).toEqual({ path: fullest, isThere: true });
      expect(message).toEqual({ queue: 'mail', id: expect.any(Number), bytes: 1072 });
    }

    const [, second, third] = stopped.segments.map(({ path }) => path) as [string, string, string];
    const records = fs.readFileSync(second);
    // Longer than any message here: so that the header of one is among it.
    records.fill(0xff, 30_000, 33_000);
    fs.writeFileSync(second, records);
    fs.rmSync(third);
    const { code, stdout } = await memqServer(['inspect', server.dataDir]);
    expect(code).toBe(74);
    expect(stdout).toMatch(
      new RegExp(
        `2 damaged places:\n  ${second}: nothing can be read from offset \\d+ to \\d+ .*\n  ${third} is missing, with \\d+\\.\\d KiB of records\n`,
      ),
    );
    expect(stdout).toContain(
      `A server does not start from this. "memq-server salvage ${server.dataDir}" copies all that can be read.`,
    );
    const { damage, queues } = await inspect(server.dataDir);
    expect(damage).toMatchObject([
      { path: second, what: 'records' },
      { path: third, what: 'file' },
    ]);
    expect(damage[0]?.offset).toBeGreaterThan(28_500);
    expect(damage[0]?.offset).toBeLessThan(33_000);
    expect(damage[0]?.end).toBeGreaterThanOrEqual(33_000);
    expect(damage[0]?.end).toBeLessThan(34_500);
    const waiting = queues.find(({ name }) => name === 'mail')?.waiting as number;
    expect(waiting).toBeGreaterThan(200);
    // All of them, where compaction had written those of the missing file again.
    expect(waiting).toBeLessThanOrEqual(300);
  });
});

it.each([
  ['there is no such directory', 'nowhere', /nowhere cannot be read/],
  ['nothing is kept there', 'empty', /empty has no log of messages/],
])('inspect says so where %s, with 64', async (_, name, message) => {
  const directory = fs.mkdtempSync(join(tmpdir(), 'memq-inspect-'));
  fs.mkdirSync(join(directory, 'empty'));
  const { code, stderr, stdout } = await memqServer(['inspect', join(directory, name)]);
  expect({ code, stderr, stdout }).toEqual({ code: 64, stderr: expect.stringMatching(message), stdout: '' });
  fs.rmSync(directory, { recursive: true });
});

it('a command that there is not is refused with 64', async () => {
  expect(await memqServer(['inspct', 'data'])).toEqual({
    code: 64,
    stdout: '',
    stderr: 'memq-server: there is no command inspct; is it inspect?\n',
  });
  expect(await memqServer(['inspect', 'data', 'more'])).toMatchObject({ code: 64 });
});
