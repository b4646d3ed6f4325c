import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { ErrorGroups, MOST_ERROR_GROUPS } from '../../../server/engine/state/error-groups.ts';
import { errorKey } from '../../../server/engine/state/error-key.ts';
import { ErrorRanks } from '../../../server/engine/state/error-ranks.ts';
import { turn } from '../../../server/engine/turn.ts';
import { type Options, TestEngine } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

const keyOf = (error: string) => errorKey(Buffer.from(error));

describe('errors are the same', () => {
  const ERROR = 'TypeError: fetch failed [port: 80]\n    at send (/app/mail.js:12:3)\n    at /app/x.js:1:1';

  it.each([
    ['with other numbers in the first line', ERROR.replace('80', '8080')],
    ['when the lines of code have moved', ERROR.replace('12:3', '140:17')],
    ['whatever stands behind the place', `${ERROR}\ncaused by: Error: no route`],
    ['with another end of the line', ERROR.replace('\n', '\r\n')],
  ])('%s', (_, error) => {
    expect(keyOf(error)).toBe(keyOf(ERROR));
  });

  it.each([
    ['with another first line', ERROR.replace('fetch', 'send')],
    ['in another function', ERROR.replace('at send', 'at fetch')],
    ['in another file', ERROR.replace('mail', 'letter')],
    ['without a place', 'TypeError: fetch failed [port: 80]'],
  ])('not %s', (_, error) => {
    expect(keyOf(error)).not.toBe(keyOf(ERROR));
  });

  it.each([
    ['PHP', 'E: no\n/srv/a.php:3', 'E: no\n/srv/b.php:3'],
    [
      'PHP that ended',
      'exit code 255\nPHP Fatal error: x in /a.php on line 3',
      'exit code 255\nPHP Fatal error: x in /b.php on line 3',
    ],
    ['Ruby', "E: no\n/srv/a.rb:3:in `call'", "E: no\n/srv/b.rb:3:in `call'"],
    ['Python', 'E: no\n  File "/srv/a.py", line 3, in call', 'E: no\n  File "/srv/b.py", line 3, in call'],
  ])('not at another place of %s', (_, a, b) => {
    expect(keyOf(a)).not.toBe(keyOf(b));
    expect(keyOf(a)).toBe(keyOf(a.replace('3', '44')));
  });

  it('any bytes have a key, at once', () => {
    const most = Buffer.from(' in /at \n'.repeat(455));
    const begin = performance.now();
    for (let i = 0; i < 100; i++) errorKey(most);
    expect(performance.now() - begin).toBeLessThan(1000);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) =>
        /^[0-9a-f]{16}$/.test(errorKey(Buffer.from(bytes))),
      ),
    );
  });
});

describe.each(['on a disk', 'in memory'])('error groups %s', (where) => {
  const opened = async (options: Options = {}): Promise<TestEngine> => {
    const engine =
      where === 'in memory' ? TestEngine.openInMemory(options) : TestEngine.open(new MemoryDisk(), options);
    onTestFinished(async () => (await engine).close());
    return engine;
  };

  it('tell how often, since when and until when something has failed', async () => {
    let now = 1_700_000_000_000;
    const engine = await opened({ clock: () => now });
    const errors = ['no answer in 3 s', 'bad', 'no answer in 20 s', 'no answer in 4 s'];
    for (const error of errors) {
      now += 1000;
      await fail(engine, 'q', error);
    }
    expect(engine.engine.failures.groups('q')).toEqual([
      {
        queue: 'q',
        key: keyOf('no answer in 1 s'),
        count: 3,
        firstAt: now - 3000,
        lastAt: now,
        sample: 'no answer in 3 s',
      },
      { queue: 'q', key: keyOf('bad'), count: 1, firstAt: now - 2000, lastAt: now - 2000, sample: 'bad' },
    ]);
    expect(engine.engine.failures.groups()).toEqual(engine.engine.failures.groups('q'));
    expect(engine.engine.failures.groups('another')).toEqual([]);
  });

  it('are those of all queues, the biggest first', async () => {
    const engine = await opened();
    for (const [queue, count] of [
      ['a', 1],
      ['b', 3],
      ['c', 2],
    ] as const) {
      for (let i = 0; i < count; i++) await fail(engine, queue, 'bad');
    }
    expect(engine.engine.failures.groups().map(({ queue, count }) => `${queue}${count}`)).toEqual([
      'b3',
      'c2',
      'a1',
    ]);
    await engine.drop('b');
    expect(engine.engine.failures.groups().map(({ queue }) => queue)).toEqual(['c', 'a']);
  });

  it('lose what is taken, discarded, tried again or not kept', async () => {
    const policies: Record<string, Partial<Policy>> = {};
    const engine = await opened({ policy: (queue) => ({ ...DEFAULT_POLICY, ...policies[queue] }) });
    for (const jobId of ['a', 'b', 'c', 'd', 'e']) await fail(engine, 'q', 'bad', jobId);
    const count = () => engine.engine.failures.groups('q')[0]?.count ?? 0;
    expect(count()).toBe(5);
    await engine.take('q', { failed: true });
    expect(count()).toBe(4);
    await engine.discardFailed('q', 'b');
    expect(count()).toBe(3);
    await engine.retryFailed('q', 0, 'c');
    expect(count()).toBe(2);
    policies.q = { maxFailed: 1 };
    engine.policiesChanged();
    await turn();
    expect(count()).toBe(1);
    await engine.retryFailed('q');
    expect(engine.engine.failures.groups()).toEqual([]);
  });

  it('have nothing of what is dead in a queue for it', async () => {
    const engine = await opened({
      policy: (queue) => ({ ...DEFAULT_POLICY, ...(queue === 'q' ? { deadLetterTo: 'dead' } : {}) }),
    });
    await fail(engine, 'q', 'bad');
    expect(engine.engine.failures.groups()).toEqual([]);
    await fail(engine, 'dead', 'worse');
    expect(engine.engine.failures.groups().map(({ sample }) => sample)).toEqual(['worse']);
  });

  it('are a thousand at most in a queue, and others are in one more of them', async () => {
    const engine = await opened();
    const name = (i: number) =>
      `bad ${String.fromCharCode(97 + (i % 26), 97 + (Math.floor(i / 26) % 26), 97 + Math.floor(i / 676))}`;
    for (let i = 0; i < MOST_ERROR_GROUPS + 5; i++) await fail(engine, 'q', name(i), `${i}`);
    const [first, ...more] = engine.engine.failures.groups('q');
    expect(first).toMatchObject({ key: 'other', count: 6 });
    expect(more).toHaveLength(MOST_ERROR_GROUPS - 1);
    const queue = engine.state.queues.get('q');
    const last = queue?.jobs?.get(`${MOST_ERROR_GROUPS + 4}`) as number;
    expect(engine.state.errorGroupOf(last)).toBe('other');
    // There is room again, and what is among the others stays there.
    await engine.discardFailed('q', '0');
    await engine.discardFailed('q', '1');
    await fail(engine, 'q', name(MOST_ERROR_GROUPS + 4), 'new');
    expect(
      engine.engine.failures.groups('q').filter(({ key }) => key === keyOf(name(MOST_ERROR_GROUPS + 4))),
    ).toHaveLength(1);
    for (let i = MOST_ERROR_GROUPS - 1; i < MOST_ERROR_GROUPS + 5; i++)
      await engine.discardFailed('q', `${i}`);
    expect(engine.engine.failures.groups('q').map(({ key }) => key)).not.toContain('other');
  });
});

it('the biggest groups are found among any, whatever comes and goes', () => {
  const steps = fc.array(
    fc.record({ queue: fc.nat({ max: 5 }), error: fc.nat({ max: 3 }), isIn: fc.boolean() }),
  );
  fc.assert(
    fc.property(steps, fc.nat({ max: 10 }), (changes, most) => {
      const ranks = new ErrorRanks();
      const queues = Array.from({ length: 6 }, (_, i) => new ErrorGroups(`${i}`, ranks));
      const counts = new Map<string, number>();
      const numbers = new Map<string, number>();
      for (const { queue, error, isIn } of changes) {
        const name = `${queue} ${'abcd'[error]}`;
        const count = counts.get(name) ?? 0;
        const groups = queues[queue] as ErrorGroups;
        if (isIn) {
          numbers.set(name, groups.numberOf(Buffer.from(name)));
          groups.join(numbers.get(name) as number, 1, false);
        } else if (count > 0) groups.leave(numbers.get(name) as number, false);
        counts.set(name, Math.max(0, count + (isIn ? 1 : -1)));
      }
      const left = new Map([...counts].filter(([, count]) => count > 0));
      const told = ranks.biggest(most);
      expect(told).toHaveLength(Math.min(most, left.size));
      for (const { sample, count } of told) {
        expect(count).toBe(left.get(sample));
        left.delete(sample);
      }
      const least = Math.min(...told.map(({ count }) => count));
      for (const count of left.values()) expect(count).toBeLessThan(2 * least);
    }),
  );
});

it('error groups are the same after a restart, also of what was written again', async () => {
  const disk = new MemoryDisk();
  let engine = await TestEngine.open(disk);
  for (const error of ['no answer in 3 s', 'bad', 'no answer in 20 s']) await fail(engine, 'q', error);
  const before = engine.engine.failures.groups();
  // Enough for the first segments to be freed.
  for (let i = 0; i < 300; i++) {
    await engine.enqueue('other', 'x'.repeat(1000));
    await engine.take('other');
  }
  expect(engine.detail('journal_freed_segments')).toBeGreaterThan(0);
  expect(engine.engine.failures.groups()).toEqual(before);
  await engine.close();
  engine = await TestEngine.open(disk);
  onTestFinished(() => engine.close());
  expect(engine.engine.failures.groups()).toEqual(before);
});

it('what a retry of all has put aside is in no group, and what is left of it is again', async () => {
  const disk = new MemoryDisk();
  const engine = await TestEngine.open(disk);
  for (let i = 0; i < 150; i++) await fail(engine, 'q', `bad ${i}`);
  const retrying = engine.retryFailed('q').catch((error: Error) => error.message);
  expect(engine.engine.failures.groups()).toEqual([]);
  expect(engine.engine.failures.groups('q')).toEqual([]);
  await engine.close();
  expect(await retrying).toMatch(/stopping/);
  const next = await TestEngine.open(disk);
  onTestFinished(() => next.close());
  expect(next.engine.failures.groups('q')[0]?.count).toBe(next.statsOf('q')?.failed);
  expect(next.statsOf('q')?.failed).toBeGreaterThan(0);
});

it('a look at the groups of very many queues tells the biggest, and takes no longer than a turn may', async () => {
  const engine = await TestEngine.openInMemory({ maxQueues: 20_000 });
  onTestFinished(() => engine.close());
  for (let i = 0; i < 2000; i++) await fail(engine, `q${i}`, 'bad');
  for (let i = 0; i < 9; i++) await fail(engine, 'q77', 'bad');
  engine.engine.failures.groups();
  const begin = performance.now();
  const groups = engine.engine.failures.groups();
  expect(performance.now() - begin).toBeLessThan(100);
  expect(groups).toHaveLength(1000);
  expect(groups[0]).toMatchObject({ queue: 'q77', count: 10 });
});

async function fail(engine: TestEngine, queue: string, error: string, jobId = ''): Promise<void> {
  await engine.enqueue(queue, 'job', { jobId });
  const delivery = await engine.reserve(queue);
  await engine.fail(delivery?.token ?? 0, error, true);
}
