import { describe, expect, it } from 'vitest';
import type { JournalFile } from '../../../../../server/engine/log/local/file-system.ts';
import { DEFAULT_POLICY } from '../../../../../server/engine/policy.ts';
import { body, TestEngine, turns } from '../../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../../helpers/memory-disk.ts';

const SEGMENT = 64 * 1024;
const WHERE = /^\/data\/0000000001\.journal is damaged at offset (\d+): the message there cannot be read$/;

/** Some sectors of its files can be made unreadable. */
class WornDisk extends MemoryDisk {
  readonly unreadable = new Set<string>();

  override open(path: string, create: boolean): JournalFile {
    const file = super.open(path, create);
    const { readLater } = file;
    file.readLater = async (into, position) => {
      for (let sector = position >> 9; sector << 9 < position + into.length; sector++) {
        if (this.unreadable.has(`${path}:${sector}`)) {
          throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
        }
      }
      return readLater.call(file, into, position);
    };
    return file;
  }
}

/** Damages all that is on the disk of a message, by its body: a bit of that, all of it, or its record's beginning. */
function damage(disk: MemoryDisk, text: string, how: 'bit' | 'zeros' | 'header' = 'bit'): void {
  let found = 0;
  for (const name of disk.files()) {
    const bytes = disk.contents(name);
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
      found++;
      if (how === 'bit') bytes[at] ^= 1;
      else if (how === 'zeros') bytes.fill(0, at - 72, at + text.length);
      else bytes[at - 30] ^= 1;
    }
  }
  expect(found).toBeGreaterThan(0);
}

/** An engine that has messages `q`: 0 to 99 on its disk, and not in memory. */
async function stored(
  disk: MemoryDisk,
  options: Parameters<typeof TestEngine.open>[1] = {},
  prepare: (engine: TestEngine) => Promise<unknown> = async () => {},
): Promise<TestEngine> {
  const engine = await TestEngine.open(disk, options);
  await prepare(engine);
  for (let i = 0; i < 100; i++) await engine.enqueue('q', body(i));
  await engine.close();
  return TestEngine.open(disk, { cacheSize: 1, ...options });
}

describe('a message whose body the disk has lost', () => {
  it.each(['bit', 'zeros', 'header'] as const)('(%s) is failed, and the others go on', async (how) => {
    const disk = new MemoryDisk();
    const engine = await stored(disk);
    damage(disk, body(3), how);
    for (const i of [0, 1, 2, 4, 5]) expect(await engine.takeText('q')).toBe(body(i));
    expect(engine.statsOf('q')).toMatchObject({ ready: 94, reserved: 0, failed: 1, taken: 5 });
    expect(engine.detail('lost_messages')).toBe(1);
    const failed = await engine.peek('q', true);
    expect(failed).toMatchObject({
      id: 4,
      start: failed!.end,
      attempt: 1,
      error: expect.stringMatching(WHERE),
    });
    await engine.close();
    // A start wants the headers of all records.
    if (how !== 'bit') return;
    const restarted = await TestEngine.open(disk);
    expect((await restarted.peek('q', true))?.error).toMatch(WHERE);
    expect((await restarted.drain('q')).length).toBe(94);
    expect((await restarted.take('q', { failed: true }))?.id).toBe(4);
    expect(await restarted.take('q', { failed: true })).toBeUndefined();
    await restarted.close();
  });

  it('is the same where the disk says so itself', async () => {
    const disk = new WornDisk();
    const engine = await stored(disk);
    const at = disk.contents('0000000001.journal').indexOf(body(3));
    disk.unreadable.add(`/data/0000000001.journal:${(at >> 9) + 1}`);
    // Those beside it may share what the disk reads as a whole; no other does.
    const taken = await engine.drain('q');
    expect(taken.length).toBeGreaterThan(93);
    expect(taken).not.toContain(body(3));
    const { failed } = engine.statsOf('q')!;
    expect(taken.length + failed).toBe(100);
    await engine.close();
  });

  it('is passed over by who opens, leases, looks and waits', async () => {
    const disk = new MemoryDisk();
    const engine = await stored(disk);
    const text = (delivery: Awaited<ReturnType<TestEngine['peek']>>) =>
      delivery!.body.toString('latin1', delivery!.start, delivery!.end);
    damage(disk, body(0));
    expect(text(await engine.peek('q'))).toBe(body(1));
    damage(disk, body(1));
    const opened = await engine.reserve('q');
    expect([text(opened), opened?.attempt]).toEqual([body(2), 1]);
    damage(disk, body(3));
    const leased = await engine.reserve('q', { mode: 'lease', leaseMs: 60_000 });
    expect(text(leased)).toBe(body(4));
    for (let i = 5; i < 100; i++) await engine.take('q');
    const waiting = engine.takeText('q', { waitMs: 60_000 });
    // What was written again lately is still in memory.
    for (const name of ['a', 'b']) await engine.enqueue(name, body(200, SEGMENT));
    damage(disk, body(2));
    expect(await engine.release(opened!.token, 'return')).toBe(true);
    await turns(() => engine.statsOf('q')?.failed === 4);
    await engine.enqueue('q', 'at last');
    expect(await waiting).toBe('at last');
    expect(await engine.complete(leased!.token)).toBe(true);
    expect(engine.statsOf('q')).toMatchObject({ ready: 0, reserved: 0, failed: 4 });
    await engine.close();
  });

  it('is never tried again; what failed otherwise is', async () => {
    const disk = new MemoryDisk();
    const engine = await stored(disk);
    for (let i = 0; i < 3; i++) await engine.fail((await engine.reserve('q'))!.token, 'no', true);
    damage(disk, body(3));
    expect(await engine.takeText('q')).toBe(body(4));
    expect(engine.statsOf('q')?.failed).toBe(4);
    await engine.close();
    const restarted = await TestEngine.open(disk, { cacheSize: 1 });
    // One of the failed is damaged, too.
    damage(disk, body(1));
    expect(await restarted.retryFailed('q')).toBe(2);
    expect(restarted.statsOf('q')?.failed).toBe(2);
    expect(await restarted.retryFailed('q')).toBe(0);
    expect([await restarted.takeText('q'), await restarted.takeText('q')]).toEqual([body(0), body(2)]);
    await restarted.close();
  });

  it('is done with by a worker who has it; one that repeats cannot go on', async () => {
    const disk = new MemoryDisk();
    const engine = await stored(disk, {}, async (first) => {
      await first.enqueue('jobs', body(1000), { jobId: 'once' });
      await first.enqueue('jobs', body(1001), { jobId: 'failing' });
      await first.enqueue('jobs', body(1002), { jobId: 'often', everyMs: 60_000 });
      await first.enqueue('jobs', body(1003), {
        jobId: 'waiting',
        maxAttempts: 7,
        backoff: { kind: 'none' },
      });
    });
    const tokens = [];
    for (let i = 0; i < 3; i++) tokens.push((await engine.reserve('jobs', { holder: 'me' }))!.token);
    for (let i = 1000; i < 1004; i++) damage(disk, body(i));
    expect(await engine.complete(tokens[0])).toBe(true);
    expect(await engine.fail(tokens[1], 'no')).toBe(true);
    expect(await engine.complete(tokens[2])).toBe(true);
    expect(await engine.status('jobs', 'once')).toBeUndefined();
    expect(await engine.status('jobs', 'failing')).toMatchObject({
      state: 'failed',
      heldBy: 'me',
      attempts: 1,
    });
    expect(await engine.status('jobs', 'often')).toMatchObject({ state: 'failed', everyMs: 0 });
    expect(await engine.status('jobs', 'waiting')).toMatchObject({
      state: 'failed',
      attempts: 0,
      maxAttempts: 7,
      backoff: { kind: 'none' },
    });
    expect(engine.statsOf('jobs')).toMatchObject({
      ready: 0,
      delayed: 0,
      reserved: 0,
      failed: 3,
    });
    // Their ids are free again.
    await engine.enqueue('jobs', 'new', { jobId: 'often', mode: 'add' });
    expect(await engine.status('jobs', 'often')).toMatchObject({ state: 'waiting' });
    await engine.close();
  });

  it('is not missed when it expires; of what has ended the status is forgotten', async () => {
    const disk = new MemoryDisk();
    let now = 1_700_000_000_000;
    const policy = () => ({ ...DEFAULT_POLICY, deadLetterTo: 'dead', keepDoneMs: 60_000 });
    const engine = await stored(disk, { clock: () => now, wallClock: () => now, policy }, async (first) => {
      await first.enqueue('old', body(1000), { exptime: 5 });
      await first.enqueue('old', body(1001));
      await first.enqueue('done', 'x', { jobId: 'j' });
      await first.complete((await first.reserve('done'))!.token, body(1002));
    });
    damage(disk, body(1000));
    damage(disk, body(1002));
    now += 10_000;
    expect(await engine.takeText('old')).toBe(body(1001));
    await turns(() => engine.statsOf('old')?.failed === 1);
    expect(engine.statsOf('old')).toMatchObject({ ready: 0, reserved: 0, failed: 1 });
    expect(await engine.status('done', 'j')).toBeUndefined();
    await engine.close();
  });

  it('of a scheduled job comes again from the configuration, and stays failed without its name', async () => {
    const disk = new MemoryDisk();
    const job = {
      name: 'tick',
      queue: 'ticks',
      cron: { pattern: '0 0 1 1 *', timezone: undefined },
      body: Buffer.from(body(1000)),
      missed: 'skip',
    } as const;
    const engine = await stored(disk, {}, (first) => first.schedule([job]));
    damage(disk, body(1000));
    await engine.schedule([job]);
    expect(await engine.status('ticks', 'tick')).toMatchObject({ state: 'waiting', cron: '0 0 1 1 *' });
    expect(engine.statsOf('ticks')).toMatchObject({ delayed: 1, failed: 1 });
    expect(await engine.peek('ticks', true)).toMatchObject({
      jobId: '',
      error: expect.stringContaining('is damaged at offset'),
    });
    await engine.close();
  });

  it.each(['bit', 'header'] as const)('(%s) does not keep its segment from being freed', async (how) => {
    const disk = new MemoryDisk();
    const engine = await stored(disk);
    for (const i of [3, 4, 10]) damage(disk, body(i), how);
    for (let i = 0; i < 2000; i++) {
      await engine.enqueue('churn', body(i));
      await engine.take('churn');
    }
    expect(engine.detail('journal_freed_segments')).toBeGreaterThan(10);
    expect(disk.totalBytes).toBeLessThanOrEqual(2 * engine.detail('journal_live_bytes') + 4 * SEGMENT);
    expect(engine.statsOf('q')).toMatchObject({ ready: 97, failed: 3 });
    expect((await engine.drain('q')).length).toBe(97);
    await engine.close();
  });

  it('is not set aside where the journal cannot say so: the read is refused, with file and offset', async () => {
    const disk = new MemoryDisk();
    const engine = await stored(disk);
    damage(disk, body(0));
    disk.writeError = new Error('the cable came loose');
    await expect(engine.enqueue('q', '')).rejects.toThrow('the cable');
    await expect(engine.peek('q')).rejects.toThrow(WHERE);
    expect(engine.statsOf('q')).toMatchObject({ failed: 0 });
    disk.writeError = undefined;
    await engine.close();
  });
});
