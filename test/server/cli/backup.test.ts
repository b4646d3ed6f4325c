import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { pinSegments } from '../../../server/engine/offline/directory-hold.ts';
import { withOwnServer } from '../../fixtures/server.ts';
import { amount } from '../../helpers/amount.ts';
import { memqServer } from '../../helpers/command.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

/** Backups of a busy server, two at a time. */
const ROUNDS = amount(1, 3);
const SMALL = ['--segment-size', '64k'];
/** Milliseconds after its begin when a backup is killed. */
const DELAYS = [0, 1, 2, 4, 8, 16, 32, 64].filter((_, i) => i % amount(2, 1) === 0);

const it = withOwnServer(SMALL);

/** The message number `index` of a queue. */
function body(queue: string, index: number): string {
  return `${queue} ${index} `.padEnd(20 + ((index * 37) % 9000), '.');
}

/** One connection that sets and takes the messages of one queue, in order, and knows how far it is. */
class Load {
  readonly queue: string;
  /** Messages that were sent, or answered; takes likewise. Never fewer than `kept` wait. */
  readonly count = { sent: 0, stored: 0, asked: 0, taken: 0 };
  readonly #kept: number;
  #isOver = false;
  #run: Promise<void> | undefined;

  constructor(queue: string, kept: number) {
    this.queue = queue;
    this.#kept = kept;
  }

  start(port: number): void {
    this.#run = this.#work(port);
    // `stop` tells; a test that fails before has said why.
    this.#run.catch(() => {});
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#run;
  }

  async #work(port: number): Promise<void> {
    using client = await TextClient.connect(port);
    const { count, queue } = this;
    while (!this.#isOver) {
      const text = body(queue, count.sent++);
      expect(await client.set(queue, text)).toBe('STORED');
      count.stored++;
      if (count.stored - count.taken <= this.#kept) continue;
      const wanted = body(queue, count.asked++);
      expect(await client.getText(queue)).toBe(wanted);
      count.taken++;
    }
  }
}

/** The numbers of the first message that a server has of a queue, and of the one behind its last; all are as they were. */
async function rangeOf(client: TextClient, queue: string): Promise<{ first: number; end: number }> {
  let first: number | undefined;
  let end = 0;
  for (;;) {
    const text = await client.getText(queue);
    if (text === undefined) return { first: first ?? 0, end };
    const index = Number(text.split(' ')[1]);
    expect(text).toBe(body(queue, index));
    if (first === undefined) first = index;
    else expect(index).toBe(end);
    end = index + 1;
  }
}

async function freedSegments(client: TextClient): Promise<number> {
  return Number((await client.stats()).get('journal_freed_segments'));
}

/** Resolves when the server has freed so many segments more. */
async function untilFreed(port: number, count: number): Promise<void> {
  using client = await TextClient.connect(port);
  const before = await freedSegments(client);
  while ((await freedSegments(client)) < before + count);
}

/** Whether a file of a freed segment becomes that of another one, rather than be removed. */
async function usesFilesAgain({ dataDir, port }: TestServer): Promise<boolean> {
  const opened = fs
    .readdirSync(dataDir)
    .filter((name) => name.endsWith('.journal'))
    .map((name) => fs.openSync(join(dataDir, name), 'r'));
  await untilFreed(port, 8);
  const areThere = opened.map((fd) => fs.fstatSync(fd).nlink > 0);
  for (const fd of opened) fs.closeSync(fd);
  return areThere.includes(true);
}

describe('backup', () => {
  let root: string;

  beforeEach(async () => {
    root = fs.mkdtempSync(join(tmpdir(), 'memq-backup-'));
  });
  afterEach(async () => {
    fs.rmSync(root, { recursive: true, force: true });
  });

  it('has all that was stored before and not taken, and nothing unknown, whatever goes on meanwhile', async ({
    server,
  }) => {
    const loads = [0, 10, 300].map((kept, i) => new Load(`q${i}`, kept));
    for (const load of loads) load.start(server.port);
    await untilFreed(server.port, 3);
    for (let round = 0; round < ROUNDS; round++) {
      // Two at a time.
      const targets = ['a', 'b'].map((name) => join(root, `${name}${round}`));
      const before = loads.map(({ count }) => ({ ...count }));
      const results = await Promise.all(targets.map((to) => memqServer(['backup', server.dataDir, to])));
      const after = loads.map(({ count }) => ({ ...count }));
      await untilFreed(server.port, 3);
      for (const { code, stderr, stdout } of results) {
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expect(stdout).toMatch(/^\d+ messages in 3 queues, \d+ segments of .* [KM]iB, are in /);
      }
      for (const target of targets) {
        expect(fs.existsSync(`${target}.partial`)).toBe(false);
        await using copy = await startServer({ args: SMALL, dataDir: target });
        using client = await TextClient.connect(copy.port);
        for (const [i, { queue }] of loads.entries()) {
          const { first, end } = await rangeOf(client, queue);
          if (end === 0) {
            expect(after[i]?.asked).toBeGreaterThanOrEqual(before[i]?.stored);
            continue;
          }
          expect(first).toBeGreaterThanOrEqual(before[i]?.taken);
          expect(first).toBeLessThanOrEqual(after[i]?.asked);
          expect(end).toBeGreaterThanOrEqual(before[i]?.stored);
          expect(end).toBeLessThanOrEqual(after[i]?.sent);
        }
      }
    }
    await Promise.all(loads.map((load) => load.stop()));
    using client = await TextClient.connect(server.port);
    expect(await freedSegments(client)).toBeGreaterThanOrEqual(3 + 3 * ROUNDS);
  });

  it('that is killed leaves nothing that looks whole, and the server uses its files again', async ({
    server,
  }) => {
    const load = new Load('q', 0);
    load.start(server.port);
    await untilFreed(server.port, 3);
    const pin = await pinSegments(server.dataDir);
    expect(await usesFilesAgain(server)).toBe(false);
    pin.release();
    const target = join(root, 'target');
    for (const delay of DELAYS) {
      let child: ChildProcess | undefined;
      const result = memqServer(['backup', server.dataDir, target], {
        onStart: (started) => {
          child = started;
        },
      });
      // From when it makes the directory on, or, the last ones, when it may be ready.
      while (!fs.existsSync(`${target}.partial`) && child?.exitCode === null) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      await new Promise((resolve) => setTimeout(resolve, delay));
      child?.kill('SIGKILL');
      if ((await result).code !== 0) expect(fs.existsSync(target)).toBe(false);
      fs.rmSync(target, { recursive: true, force: true });
    }
    while (!(await usesFilesAgain(server)));
    // What the last one that was killed has left is no hindrance.
    expect(await memqServer(['backup', server.dataDir, target])).toMatchObject({ code: 0 });
    await load.stop();
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
