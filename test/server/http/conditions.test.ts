import { expect, it, onTestFinished, vi } from 'vitest';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { clusterConditions, healthConditions, scheduleConditions } from '../../../server/http/conditions.ts';
import type { ClusterView } from '../../../server/http/context.ts';
import { Survey } from '../../../server/http/survey.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { ManualClock, TestEngine } from '../../helpers/local-engine.ts';

/** An engine whose time a test sets forward. */
async function open() {
  const time = new ManualClock();
  const policy = { ...DEFAULT_POLICY };
  const test = await TestEngine.openInMemory({
    clock: () => time.now,
    wallClock: () => time.now,
    policy: () => policy,
    maxQueues: 10_000,
  });
  onTestFinished(() => test.close());
  const codes = async () => (await new Survey(test.engine).totals()).conditions.map(({ text }) => text);
  return { test, time, policy, codes };
}

it('a queue that nobody reads is told once its messages have waited for a minute', async () => {
  const { test, time, codes } = await open();
  await test.enqueue('q', 'x');
  time.now += 58_000;
  expect(await codes()).toEqual([]);
  time.now += 4000;
  expect(await codes()).toEqual(['nobody reads "q": 1 ready for 62 s']);
  await test.enqueue('q', 'y');
  const delivery = await test.reserve('q');
  time.now += 4000;
  expect(await codes()).toEqual([]);
  await test.complete(delivery?.token as number);
  time.now += 60_000;
  expect(await codes()).toHaveLength(1);
  await new Promise<void>((resolve, reject) => test.engine.pause('q', { resolve, reject }));
  expect(await codes()).toEqual([]);
});

it('a queue is full by its items or its bytes', async () => {
  const { test, policy, codes } = await open();
  await test.enqueue('q', 'x'.repeat(500));
  expect(await codes()).toEqual([]);
  const bytes = test.engine.page(0, 1).queues[0]?.bytes as number;
  Object.assign(policy, { maxBytes: bytes + 1 });
  test.engine.policiesChanged();
  expect(await codes()).toEqual([`"q" is full: it has ${bytes} of ${bytes + 1} bytes`]);
  Object.assign(policy, { maxBytes: 2 * bytes, maxItems: 1 });
  test.engine.policiesChanged();
  expect(await codes()).toEqual(['"q" is full: it has 1 of 1 messages']);
});

it('a scheduled job is late when nobody runs it for a minute, and not when it was run by hand', async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.UTC(2026, 0, 1, 12, 30) });
  const test = await TestEngine.openInMemory({ clock: () => Date.now(), wallClock: () => Date.now() });
  onTestFinished(() => test.close());
  const cron = { pattern: '0 * * * *', timezone: 'UTC' };
  await test.schedule([{ name: 'hourly', queue: 'q', cron, body: Buffer.from('x'), missed: 'once' }]);
  const late = () => scheduleConditions(test.engine.schedules.all(), Date.now());
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      vi.advanceTimersByTime(1000);
      await test.peek('nothing');
    }
  };
  await test.engine.schedules.runNow('hourly');
  await pass(100);
  expect(late()).toEqual([]);
  await test.complete((await test.reserve('q'))?.token as number);
  vi.setSystemTime(Date.UTC(2026, 0, 1, 12, 59, 58));
  await pass(62);
  expect(test.engine.schedules.all()).toMatchObject([{ state: 'ready' }]);
  expect(late().map(({ text }) => text)).toEqual(['"hourly" is late: nobody has run it for 60 s']);
  await test.reserve('q');
  expect(late()).toEqual([]);
});

it('what is wrong with the server itself', () => {
  expect(healthConditions('ok')).toEqual([]);
  for (const health of ['disk-full', 'log-failed', 'stopping'] as const)
    expect(healthConditions(health)).toMatchObject([{ code: health, queue: null }]);
});

it('a walk through very many queues gives way to others', async () => {
  const { test } = await open();
  for (let i = 0; i < 5000; i++) await test.enqueue(`q${i}`, 'x');
  const survey = new Survey(test.engine);
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const [totals, same] = await Promise.all([survey.totals(), survey.totals()]);
  isOver = true;
  expect(totals).toBe(same);
  expect(totals).toMatchObject({ queues: 5000, ready: 5000, delayed: 0, reserved: 0, failed: 0 });
  expect(turns).toBeGreaterThan(1);
});

it('what is wrong with the database of a cluster', () => {
  const database = {
    isReplicated: true,
    waitsFor: 1,
    promise: 'a failover loses nothing',
    problems: [],
    refusal: undefined,
  };
  const told = (cluster: object, more: object = {}) =>
    clusterConditions({
      ...{ lostRecords: 0, health: 'ok', ...cluster },
      database: { ...database, ...more },
    } as unknown as ClusterView).map(({ code, text }) => [code, text]);
  expect(clusterConditions(undefined)).toEqual([]);
  expect(told({})).toEqual([]);
  expect(told({ health: 'database-away' })).toEqual([
    ['database-away', 'the database is away: it does not answer'],
  ]);
  const promise = 'a failover loses the last second';
  const more = {
    ...{ isReplicated: false, waitsFor: 0, promise },
    ...{ problems: ['h1 and h2 accept writes'], refusal: 'read-only' },
  };
  expect(told({ lostRecords: 1 }, more)).toEqual([
    ['database-away', 'the database is away: read-only'],
    ['records-lost', 'the database has lost what it had acknowledged: the log says when'],
    ['not-replicated', `what is stored is on one machine only: ${promise}`],
    ['database-trouble', 'h1 and h2 accept writes'],
  ]);
  expect(
    told({}, { isReplicated: false, refusal: 'commits wait for a standby, and none is connected' }),
  ).toEqual([['database-away', 'the database is away: commits wait for a standby, and none is connected']]);
});
