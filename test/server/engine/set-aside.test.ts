import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { TestEngine, textOf, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

let disk: MemoryDisk;
let engine: TestEngine;

beforeEach(async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 1_700_000_000_000 });
  disk = new MemoryDisk();
  engine = await open();
});
afterEach(() => engine.close());

function open(maxAttempts = 25): Promise<TestEngine> {
  const policy = { ...DEFAULT_POLICY, deadLetterTo: 'dead', maxAttempts };
  return TestEngine.open(disk, { cacheSize: 1, policy: () => policy });
}

async function reopen(): Promise<void> {
  await engine.close();
  disk = disk.kill();
  engine = await open();
}

it('a stop while an expired message is read for the queue of the dead counts no attempt', async () => {
  await engine.enqueue('q', 'late', { exptime: 1 });
  await reopen();
  vi.setSystemTime(Date.now() + 5000);
  void engine.take('q').catch(() => {});
  expect(engine.statsOf('q')).toMatchObject({ reserved: 1 });
  await reopen();
  await engine.take('q');
  await turns(() => engine.statsOf('dead')?.ready === 1);
  const dead = await engine.reserve('dead');
  expect(dead && textOf(dead)).toBe('late');
  expect(dead?.attempt).toBe(1);
});

it('what has expired does not hold its group while it is read for the queue of the dead', async () => {
  await engine.enqueue('q', 'late', { exptime: 1, group: 'a' });
  await engine.enqueue('q', 'lasting', { group: 'a' });
  await reopen();
  vi.setSystemTime(Date.now() + 5000);
  expect(await engine.takeText('q')).toBe('lasting');
});

it('a stop while a discarded run is read counts no attempt', async () => {
  await engine.enqueue('q', 'run', { jobId: 'job', everyMs: 60_000 });
  await reopen();
  void engine.purge('q').catch(() => {});
  await reopen();
  const run = await engine.reserve('q');
  expect(run && textOf(run)).toBe('run');
  expect(run?.attempt).toBe(1);
});

it('what is set aside runs nowhere: its status says what is known of it', async () => {
  await engine.enqueue('q', 'late', { exptime: 1, jobId: 'late' });
  await engine.enqueue('runs', 'run', { jobId: 'run', everyMs: 60_000 });
  await reopen();
  vi.setSystemTime(Date.now() + 5000);
  // Each of them is on its way from the disk when its message is set aside.
  const status = [engine.status('q', 'late'), engine.status('runs', 'run')];
  const done = [engine.take('q'), engine.purge('runs')];
  expect(engine.statsOf('q')).toMatchObject({ reserved: 1 });
  expect(engine.statsOf('runs')).toMatchObject({ reserved: 1 });
  const [late, run] = await Promise.all(status);
  expect(late).toMatchObject({ state: 'failed', error: 'it expired', endedAt: 1_700_000_001_000 });
  expect(run).toMatchObject({ state: 'waiting', endedAt: 0 });
  await Promise.all(done);
});

it('a kill while an expired message is read ends no last attempt', async () => {
  await engine.enqueue('q', 'late', { exptime: 1 });
  const held = await engine.reserve('q');
  await engine.release(held!.token, 'abort');
  await engine.close();
  disk = disk.kill();
  const goOn = holdReads(disk);
  // It has as many attempts behind it as it may have from now on.
  engine = await open(1);
  vi.setSystemTime(Date.now() + 5000);
  const taken = engine.take('q');
  // With this answer it is on record, too, that the other one is set aside.
  await engine.enqueue('other', 'something');
  const killed = disk.kill();
  goOn();
  await taken;
  await engine.close();
  disk = killed;
  engine = await open(1);
  await engine.take('q');
  await turns(() => engine.statsOf('dead')?.ready === 1);
  expect((await engine.take('dead'))?.error).toBe('it expired');
});

/** Reads off the event loop wait until the result is called. */
function holdReads(disk: MemoryDisk): () => void {
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const openFile = disk.open.bind(disk);
  disk.open = (path, create) => {
    const file = openFile(path, create);
    const readLater = file.readLater.bind(file);
    file.readLater = async (into, position) => {
      await gate;
      return readLater(into, position);
    };
    return file;
  };
  return goOn;
}
