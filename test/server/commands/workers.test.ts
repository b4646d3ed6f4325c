import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { ServerContext } from '../../../server/commands/context.ts';
import { createDispatch } from '../../../server/commands/dispatch.ts';
import { Orders } from '../../../server/commands/orders.ts';
import { ServerStats } from '../../../server/commands/server-stats.ts';
import { type WorkerInfo, Workers } from '../../../server/commands/workers.ts';
import { Client } from '../../../server/session/client.ts';
import { listen } from '../../helpers/listener.ts';
import { TextClient } from '../../helpers/text-client.ts';

const PATIENCE = { timeout: 60_000, interval: 5 };
const NOW = 1_700_000_000_000;

/** What the server makes of one that says nothing but its id. */
const UNKNOWN = {
  ...{ host: '', pid: 0, program: '', version: '', role: '', queues: [], concurrency: 0, busy: 0 },
  ...{ rss: 0, cpu: 0, state: undefined, startedAt: 0, lastOrder: undefined },
};

/** A server in this process, and its workers. */
async function serve() {
  const clock = { now: NOW };
  const orders = new Orders(() => clock.now);
  const workers = new Workers(orders, () => clock.now);
  const stats = new ServerStats();
  const settings = { maxWaitMs: 60_000 };
  const server = { stats, settings, users: undefined, orders, workers } as unknown as ServerContext;
  const { port } = await listen({
    createDispatch: (client, pipeline) => createDispatch(server, client, pipeline),
    left: (client) => workers.left(client),
  });
  const connect = async (said: unknown) => {
    const client = await TextClient.connect(port);
    onTestFinished(() => client.close());
    expect(await client.set('$client', JSON.stringify(said))).toBe('STORED');
    return client;
  };
  return { clock, workers, connect };
}

/** A connection of a worker, for the registry itself. */
function clientOf(worker: string): Client {
  const client = new Client(undefined as never, 'unix');
  client.worker = worker;
  return client;
}

it('a worker is shown with what it says of itself, and how many connections it has', async () => {
  const { clock, workers, connect } = await serve();
  const who = { worker: 'w', host: 'far', pid: 17, program: 'p', version: '1.2' };
  const how = { queues: ['q', 'high,low'], concurrency: 4, busy: 2, rss: 1e8, cpu: 0.5, state: 'running' };
  const control = await connect({ ...who, ...how, role: 'daemon', started: NOW - 5000 });
  await connect(who);
  const { worker: _, ...named } = who;
  const shown = { ...named, ...how, role: 'daemon', startedAt: NOW - 5000, id: 'w', lastOrder: undefined };
  expect(workers.all()).toEqual([{ ...shown, connections: 2, seenAt: NOW }]);
  clock.now += 10_000;
  await control.set('$client', JSON.stringify({ ...who, ...how, busy: 3 }));
  expect(workers.all()).toMatchObject([{ busy: 3, connections: 2, seenAt: NOW + 10_000 }]);
});

it('those that only say who they are count, and those that do not are no workers', async () => {
  const { workers, connect } = await serve();
  for (const said of [{ worker: 'w' }, {}, 'w', null, [{ worker: 'x' }], { worker: 17 }, { worker: '' }])
    await connect(said);
  expect(workers.all()).toEqual([{ ...UNKNOWN, id: 'w', connections: 1, seenAt: NOW }]);
});

it('a worker is gone half a minute after its last connection', async () => {
  const { clock, workers, connect } = await serve();
  const [first, second] = [await connect({ worker: 'w', pid: 1 }), await connect({ worker: 'w', pid: 1 })];
  first.close();
  await vi.waitFor(() => expect(workers.all()).toMatchObject([{ connections: 1 }]), PATIENCE);
  second.close();
  await vi.waitFor(() => expect(workers.all()).toMatchObject([{ connections: 0, pid: 1 }]), PATIENCE);
  clock.now += 29_999;
  expect(workers.all()).toHaveLength(1);
  clock.now += 1;
  expect(workers.all()).toEqual([]);
  expect(workers.stop('w')).toBe(false);
  await connect({ worker: 'w', pid: 1 });
  expect(workers.all()).toMatchObject([{ connections: 1 }]);
});

it('a connection that says that it is of another worker is of that one', async () => {
  const { workers, connect } = await serve();
  const client = await connect({ worker: 'a' });
  await client.set('$client', '{"worker":"b"}');
  expect(workers.all()).toMatchObject([
    { id: 'b', connections: 1 },
    { id: 'a', connections: 0 },
  ]);
  await client.set('$client', '{}');
  expect(workers.all().map(({ connections }) => connections)).toEqual([0, 0]);
});

it('quiet and stop are orders to a worker that there is', async () => {
  const { clock, workers, connect } = await serve();
  const worker = await connect({ worker: 'w' });
  const other = await connect({ worker: 'other' });
  const read = worker.getText('$control/t=60000');
  expect(workers.quiet('w')).toBe(true);
  expect(await read).toBe('{"order":"quiet"}\n');
  expect(workers.all()).toMatchObject([{ lastOrder: 'quiet' }, { lastOrder: undefined }]);
  expect(workers.stop('w')).toBe(true);
  expect(await worker.getText('$control')).toBe('{"order":"stop"}\n');
  expect(workers.all()).toMatchObject([{ lastOrder: 'stop' }, { lastOrder: undefined }]);
  for (const nobody of ['nobody', '', '__proto__']) {
    expect(workers.quiet(nobody)).toBe(false);
    expect(workers.stop(nobody)).toBe(false);
  }
  expect(await other.getText('$control')).toBeUndefined();
  clock.now += 24 * 60 * 60 * 1000;
  expect(workers.all()).toMatchObject([{ lastOrder: undefined }, { lastOrder: undefined }]);
});

it('orders are not told again to who says again who it is, but to who says that it is another one', async () => {
  const { workers, connect } = await serve();
  const worker = await connect({ worker: 'w' });
  workers.quiet('w');
  expect(await worker.getText('$control')).toBe('{"order":"quiet"}\n');
  await worker.set('$client', '{"worker":"w","busy":1}');
  expect(await worker.getText('$control')).toBeUndefined();
  await worker.set('$client', '{"worker":"other"}');
  await worker.set('$client', '{"worker":"w"}');
  expect(await worker.getText('$control')).toBe('{"order":"quiet"}\n');
});

it('of two connections that tell of their state the newer one counts', async () => {
  const { workers, connect } = await serve();
  const old = await connect({ worker: 'w', state: 'running', busy: 1 });
  await connect({ worker: 'w', state: 'running', busy: 2 });
  await connect({ worker: 'w' });
  await old.set('$client', '{"worker":"w","state":"stopping","busy":3}');
  expect(workers.all()).toMatchObject([{ state: 'running', busy: 2, connections: 3 }]);
});

it('whatever a client says, what is shown is of the right kind and small', () => {
  const names = ['host', 'pid', 'program', 'version', 'role', 'queues', 'concurrency', 'busy', 'rss', 'cpu'];
  const anything = fc.oneof(
    fc.anything(),
    fc.constantFrom(-1, Number.NaN, 1e300, 'x'.repeat(1000), Array(1000).fill('q'), { toString: 1 }),
  );
  const said = fc.dictionary(fc.constantFrom(...names, 'state', 'started', '__proto__', 'id'), anything);
  const isText = (text: unknown) => typeof text === 'string' && text.length <= 250;
  const isNumber = (number: unknown) => Number.isFinite(number) && (number as number) >= 0;
  fc.assert(
    fc.property(fc.oneof(said, fc.anything()), (each) => {
      const workers = new Workers(new Orders(() => NOW), () => NOW);
      workers.introduced(clientOf('w'), each);
      const [info] = workers.all() as [WorkerInfo];
      expect(Object.keys(info).sort()).toEqual(
        Object.keys({ ...UNKNOWN, id: '', connections: 0, seenAt: 0 }).sort(),
      );
      const { id, host, program, version, role, queues, state, lastOrder, ...numbers } = info;
      expect([host, program, version, role, ...queues].every(isText)).toBe(true);
      expect(Object.values(numbers).every(isNumber)).toBe(true);
      expect(queues.length).toBeLessThanOrEqual(100);
      expect(id).toBe('w');
      expect([undefined, 'running', 'quiet', 'stopping']).toContain(state);
      expect(lastOrder).toBeUndefined();
    }),
  );
});

it('a hundred thousand workers over one connection cost no more than the last of them', () => {
  const workers = new Workers(new Orders(() => NOW), () => NOW);
  const client = clientOf('');
  for (let i = 0; i < 100_000; i++) {
    workers.left(client);
    client.worker = `w${i}`;
    workers.introduced(client, {});
  }
  const ids = workers.all().map(({ id }) => id);
  expect(ids).toHaveLength(1001);
  expect([ids[0], ids.at(-1), ids[1]]).toEqual(['w99999', 'w99998', 'w98999']);
});
