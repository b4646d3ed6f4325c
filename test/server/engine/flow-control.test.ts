import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { NO_LIMITS } from '../../../server/engine/state/flow.ts';
import { TestEngine, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

/** Of queues that no test speaks of there is none. */
const LIMITED: Policy = { ...DEFAULT_POLICY, maxRunning: 3, groupRunning: 2, groupTurns: 'fair' };

describe('what its policy says of how much of it may run', () => {
  const expected = { maxRunning: 3, groupRunning: 2, isFair: true, isStrict: true };

  it('is known to a queue when it comes into being, however that is', async () => {
    const engine = await open(() => ({ ...LIMITED, maxAttempts: 1, deadLetterTo: 'dead' }));
    await engine.enqueue('stored', 'x');
    await engine.pause('paused');
    const delivery = await engine.reserve('stored');
    await engine.fail(delivery?.token ?? 0, 'no');
    await engine.enqueue('stored', 'y');
    await engine.move('stored', 'moved');
    const cron = { pattern: '0 3 * * *', timezone: undefined };
    await engine.schedule([{ name: 'n', queue: 'cron', cron, body: Buffer.from('x'), missed: 'once' }]);
    for (const name of ['stored', 'paused', 'dead', 'moved', 'cron'])
      expect([name, flowOf(engine, name)]).toEqual([name, expected]);
  });

  it('is known after a start, of all queues', async () => {
    const disk = new MemoryDisk();
    const before = await TestEngine.open(disk);
    for (let i = 0; i < 600; i++) await before.pause(`q${i}`);
    expect(flowOf(before, 'q0')).toBe(NO_LIMITS);
    await before.close();
    const engine = await TestEngine.open(disk, { policy: () => LIMITED });
    onTestFinished(() => engine.close());
    for (const { flow } of engine.state.queues.all()) expect(flow).toEqual(expected);
  });

  it('is another when the policies are, some queues a turn, which go by the old one until then', async () => {
    let policy = LIMITED;
    const engine = await open(() => policy);
    for (let i = 0; i < 1100; i++) void engine.pause(`q${i}`);
    policy = { ...LIMITED, maxRunning: 5 };
    engine.policiesChanged();
    expect(countOf(engine, 5)).toBeGreaterThan(0);
    expect(countOf(engine, 3)).toBeGreaterThan(0);
    await engine.enqueue('new', 'x');
    expect(flowOf(engine, 'new')?.maxRunning).toBe(5);
    policy = DEFAULT_POLICY;
    // The pass before does not go on.
    engine.policiesChanged();
    await turns(() => [...engine.state.queues.all()].every(({ flow }) => flow === NO_LIMITS));
    expect(flowOf(engine, 'q1099')).toBe(NO_LIMITS);
  });

  it('is one object for all queues of the same policy, also of one that was read again', async () => {
    const engine = await open(() => ({ ...LIMITED }));
    await engine.pause('a');
    await engine.pause('b');
    const flow = flowOf(engine, 'a');
    expect(flowOf(engine, 'b')).toBe(flow);
    engine.policiesChanged();
    expect(flowOf(engine, 'a')).toBe(flow);
  });
});

async function open(policy: (queue: string) => Policy): Promise<TestEngine> {
  const engine = await TestEngine.openInMemory({ policy, maxQueues: 10_000 });
  onTestFinished(() => engine.close());
  return engine;
}

function flowOf(engine: TestEngine, queue: string) {
  return engine.state.queues.get(queue)?.flow;
}

function countOf(engine: TestEngine, maxRunning: number): number {
  return [...engine.state.queues.all()].filter(({ flow }) => flow.maxRunning === maxRunning).length;
}
