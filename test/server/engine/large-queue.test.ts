import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestEngine } from '../../helpers/local-engine.ts';

/** The message table has a page for 4096 messages. */
const COUNT = 5000;
const NOTHING = { ready: 0, delayed: 0, reserved: 0, failed: 0 };

let engine: TestEngine;

beforeEach(async () => {
  engine = await TestEngine.openInMemory();
});
afterEach(() => engine.close());

/** Has so many in each of the states in which a message can be: statuses of ended jobs, too. */
async function fill(queue: string): Promise<void> {
  for (let i = 0; i < COUNT; i++) {
    const { token } = await open(`failed ${i}`);
    await engine.fail(token, 'no', true);
    await open(`reserved ${i}`);
    const ended = await open(`ended ${i}`, `id ${i}`);
    await engine.complete(ended.token);
    await engine.enqueue(queue, `delayed ${i}`, { delayMs: 3_600_000 });
  }
  // Out of order in part, so that some are in the heap.
  for (let i = 0; i < COUNT; i++) await engine.enqueue(queue, `ready ${i}`, { priority: i % 3 });

  async function open(body: string, jobId = '') {
    await engine.enqueue(queue, body, { jobId });
    const delivery = await engine.reserve(queue);
    if (delivery === undefined) throw new Error(`${body} is not there`);
    return delivery;
  }
}

/** What is stored from now on comes in its order. */
async function expectToServe(queue: string): Promise<void> {
  const bodies = Array.from({ length: COUNT }, (_, i) => `new ${i}`);
  for (const body of bodies) await engine.enqueue(queue, body);
  expect(await engine.drain(queue)).toEqual(bodies);
}

describe('a queue with many messages in every state', () => {
  beforeEach(() => fill('q'));

  it('is dropped with all that it has', async () => {
    expect(await engine.drop('q')).toBe(true);
    expect(engine.engine.stats()).toMatchObject({ queues: 0, messages: 0, bytes: 0 });
    await expectToServe('q');
  });

  it('is purged of what waits', async () => {
    await engine.purge('q');
    expect(engine.statsOf('q')).toMatchObject({ ...NOTHING, reserved: COUNT, failed: COUNT });
    await expectToServe('q');
  });

  it('gives another queue what waits', async () => {
    expect(await engine.move('q', 'other')).toBe(2 * COUNT);
    expect(engine.statsOf('other')).toMatchObject({ ...NOTHING, ready: COUNT, delayed: COUNT });
    expect(await engine.drain('other')).toHaveLength(COUNT);
    await expectToServe('q');
  });

  it('has what failed tried again', async () => {
    await engine.purge('q');
    expect(await engine.retryFailed('q')).toBe(COUNT);
    expect(await engine.drain('q')).toEqual(Array.from({ length: COUNT }, (_, i) => `failed ${i}`));
    await expectToServe('q');
  });
});
