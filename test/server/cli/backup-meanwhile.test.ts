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
import { until } from '../../helpers/until.ts';
import { body, rangeOf } from './numbered-messages.ts';

/** Backups of a busy server, two at a time. */
const ROUNDS = amount(1, 3);
const SMALL = ['--segment-size', '64k'];
/** Milliseconds after its begin when a backup is killed. */
const DELAYS = [0, 1, 2, 4, 8, 16, 32, 64].filter((_, i) => i % amount(2, 1) === 0);

const it = withOwnServer(SMALL);

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

async function freedSegments(client: TextClient): Promise<number> {
  return Number((await client.stats()).get('journal_freed_segments'));
}

/** Resolves when the server has freed so many segments more. */
async function untilFreed(port: number, count: number): Promise<void> {
  using client = await TextClient.connect(port);
  const before = await freedSegments(client);
  await until(async () => (await freedSegments(client)) >= before + count);
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

describe('backup of a directory that a server writes to', () => {
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

  it('leaves nothing that looks whole when it is killed, and the server uses its files again', async ({
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
    await until(() => usesFilesAgain(server));
    // What the last one that was killed has left is no hindrance.
    expect(await memqServer(['backup', server.dataDir, target])).toMatchObject({ code: 0 });
    await load.stop();
  });
});
