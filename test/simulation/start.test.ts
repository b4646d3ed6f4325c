import { afterEach, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../server/engine/policy.ts';
import { SimulatedDisk } from './disk.ts';
import { ask } from './engine-side.ts';
import { EventLoop } from './event-loop.ts';
import type { Call, Faults } from './faults.ts';
import { Machine } from './machine.ts';
import { bodyOf } from './operation.ts';
import { Random } from './random.ts';

const SETTINGS = {
  segmentSize: 16 * 1024,
  cacheSize: 0,
  sync: 'always',
  maxQueues: 10,
  policy: () => DEFAULT_POLICY,
} as const;

const ENQUEUE = {
  type: 'enqueue',
  queue: 'q',
  flags: 0,
  exptime: 0,
  ahead: false,
  priority: 0,
  delayMs: 0,
  jobId: '',
  mode: 'set',
  everyMs: 0,
} as const;

const TAKE_ONE = {
  type: 'read',
  queues: ['q'],
  mode: 'take',
  leaseMs: 0,
  holder: '',
  waitMs: 0,
} as const;

afterEach(() => EventLoop.leave());

/** Has the first call of a kind crash or fail. */
function first(call: Call, fate: 'crash before' | 'fail'): Faults {
  let isOver = false;
  return {
    fate: (each) => {
      if (isOver || each !== call) return 'well';
      isOver = true;
      return fate;
    },
  };
}

it('a start goes on from what the disk has, also after a start whose sync has failed', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = new Random(seed);
    const disk = new SimulatedDisk(random);
    const clock = { now: 1_700_000_000_000 };
    const server = new Machine(disk, clock);
    expect(await server.start(SETTINGS)).toBe(true);
    disk.faults = first('sync', 'crash before');
    ask(server.engine, { ...ENQUEUE, body: bodyOf(1, 3000) }, { resolve() {}, reject() {} });
    await server.rest();
    expect(disk.isDead).toBe(true);

    const ill = disk.afterKill(random);
    ill.faults = first('syncNow', 'fail');
    const refused = new Machine(ill, clock);
    expect(await refused.start(SETTINGS)).toBe(false);
    expect(refused.problem?.message).toContain('EIO');

    const well = ill.afterKill(random);
    const started = new Machine(well, clock);
    expect(await started.start(SETTINGS)).toBe(true);
    const found = started.engine.stats().messages;
    // Until now it may have been in the system's memory only.
    const again = new Machine(well.afterPowerCut(random), clock);
    expect(await again.start(SETTINGS)).toBe(true);
    expect(again.engine.stats().messages).toBe(found);
  }
});

it('a file stays open while it is being synced, also when a write fails meanwhile', async () => {
  const disk = new SimulatedDisk(new Random(1));
  const server = new Machine(disk, { now: 1_700_000_000_000 });
  expect(await server.start(SETTINGS)).toBe(true);
  const refused: Error[] = [];
  const enqueue = (number: number): void => {
    const done = { resolve() {}, reject: (error: Error) => void refused.push(error) };
    ask(server.engine, { ...ENQUEUE, body: bodyOf(number, 100) }, done);
  };
  disk.speed = 0;
  enqueue(1);
  await server.loop.turn();
  disk.faults = first('write', 'fail');
  enqueue(2);
  await server.loop.turn();
  expect(refused).toHaveLength(2);
  const closed = server.close();
  for (let count = 0; count < 20; count++) await server.loop.turn();
  disk.speed = 1;
  await server.rest();
  expect(await closed).toBe(true);
  expect(disk.offences).toEqual([]);
});

it('nothing is written to a file that was renamed before its new name is on the disk', async () => {
  const random = new Random(1);
  const clock = { now: 1_700_000_000_000 };
  const disk = new SimulatedDisk(random);
  const server = new Machine(disk, clock);
  expect(await server.start(SETTINGS)).toBe(true);
  let isRenamed = false;
  disk.faults = {
    fate: (call) => {
      if (isRenamed && call === 'syncDirectory') return 'crash before';
      isRenamed ||= call === 'rename';
      return 'well';
    },
  };
  for (let number = 1; !disk.isDead; number++) {
    ask(server.engine, { ...ENQUEUE, body: bodyOf(number, 1000) }, { resolve() {}, reject() {} });
    if (number > 3) ask(server.engine, TAKE_ONE, { resolve() {}, reject() {} });
    await server.rest();
  }
  const killed = disk.afterKill(random);
  const looked = new Machine(killed.copy(), clock);
  expect(await looked.start(SETTINGS)).toBe(true);
  const { messages } = looked.engine.stats();

  for (let calls = 1, isOver = false; !isOver; calls++) {
    let left = calls;
    const crashing = killed.copy();
    crashing.faults = { fate: () => (--left === 0 ? 'crash after' : 'well') };
    isOver = await new Machine(crashing, clock).start(SETTINGS);
    for (let seed = 0; seed < 10; seed++) {
      const started = new Machine(crashing.afterPowerCut(new Random(seed)), clock);
      expect(await started.start(SETTINGS), `${calls} calls: ${started.problem}`).toBe(true);
      expect(started.engine.stats().messages).toBe(messages);
    }
  }
});
