import { expect, it, onTestFinished } from 'vitest';
import type { ServerContext } from '../../../server/commands/context.ts';
import { createDispatch } from '../../../server/commands/dispatch.ts';
import { Orders } from '../../../server/commands/orders.ts';
import { ServerStats } from '../../../server/commands/server-stats.ts';
import { Workers } from '../../../server/commands/workers.ts';
import { listen } from '../../helpers/listener.ts';
import { TextClient } from '../../helpers/text-client.ts';

const QUIET = { order: 'quiet' } as const;
const STOP = { order: 'stop' } as const;

/** A server in this process whose reads wait so long at most, and a connection of the worker `w` to it. */
async function serve(maxWaitMs: number) {
  const clock = { now: 1_700_000_000_000 };
  const orders = new Orders(() => clock.now);
  const server = {
    stats: new ServerStats(),
    settings: { maxWaitMs },
    users: undefined,
    orders,
    workers: new Workers(orders, () => clock.now),
  } as unknown as ServerContext;
  const { port } = await listen({
    createDispatch: (client, pipeline) => createDispatch(server, client, pipeline),
  });
  const connect = async () => {
    const client = await TextClient.connect(port);
    onTestFinished(() => client.close());
    expect(await client.set('$client', '{"worker":"w"}')).toBe('STORED');
    return client;
  };
  return { clock, orders, connect, worker: await connect() };
}

it('a worker is told to take nothing more, and to end', async () => {
  const { orders, connect, worker } = await serve(60_000);
  const quiet = worker.getText('$control/t=60000');
  orders.post('w', QUIET);
  expect(await quiet).toBe('{"order":"quiet"}\n');
  orders.post('w', STOP);
  expect(await worker.getText('$control/t=60000')).toBe('{"order":"stop"}\n');
  const other = await connect();
  expect(await other.getText('$control')).toBe('{"order":"quiet"}\n{"order":"stop"}\n');
});

it('an order is in force until its time is over, or for a day', async () => {
  const { clock, orders, connect, worker } = await serve(20);
  orders.post('w', QUIET, clock.now + 5000);
  orders.post('w', STOP);
  clock.now += 5000;
  expect(await worker.getText('$control')).toBe('{"order":"stop"}\n');
  clock.now += 24 * 60 * 60 * 1000;
  expect(await (await connect()).getText('$control')).toBeUndefined();
});

it('a wait lasts no longer than --max-wait', async () => {
  const { worker } = await serve(20);
  expect(await worker.getText('$control/t=60000')).toBeUndefined();
});

it('very many orders are told in several answers, and what is over is forgotten', () => {
  let now = 0;
  const orders = new Orders(() => now);
  for (let i = 0; i < 250; i++) orders.post('w', QUIET, 10);
  const told: number[] = [];
  for (let last = 0; ; last = told.at(-1)!) {
    const some = orders.after('w', last);
    if (some.length === 0) break;
    expect(some.length).toBeLessThanOrEqual(100);
    told.push(...some.map(({ number }) => number));
  }
  expect(told).toEqual(Array.from({ length: 250 }, (_, i) => i + 1));
  now = 10;
  for (let i = 0; i < 5000; i++) orders.post(`w${i}`, STOP, 20);
  now = 5;
  expect(orders.after('w', 0)).toEqual([]);
});
