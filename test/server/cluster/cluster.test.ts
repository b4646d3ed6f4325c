import { expect, it } from 'vitest';
import type { Engine } from '../../../server/engine/engine.ts';
import { TestEngine, textOf } from '../../helpers/local-engine.ts';
import { until } from '../../helpers/until.ts';
import { SimulatedCluster, type TestMember } from './simulated-cluster.ts';

/** Three servers, of which one leads and the others know it. */
async function three() {
  const cluster = new SimulatedCluster();
  for (let i = 0; i < 3; i++) cluster.add();
  await leads(cluster);
  return cluster;
}

async function leads(cluster: SimulatedCluster, not?: TestMember): Promise<TestMember> {
  const isLed = ({ leader }: SimulatedCluster) =>
    leader !== undefined && leader !== not && cluster.all.every((each) => knows(each, leader));
  await until(() => isLed(cluster));
  return cluster.leader as TestMember;
}

function knows({ host, process }: TestMember, leader: TestMember): boolean {
  const { lastRoute: route } = host;
  if (process.isPaused) return true;
  return route.kind === 'serve' || (route.kind === 'pass' && route.leader.id === leader.id);
}

it('one leads, and the others pass their clients to it and are ready to take over', async () => {
  const cluster = await three();
  const { leader, queues } = cluster;
  await queues.enqueue('q', 'x');
  for (const { cluster: each, host, id } of cluster.all) {
    await each.ready;
    if (id === leader?.id)
      expect([each.role, host.lastRoute.kind, each.leader]).toEqual(['leading', 'serve', `${id}.example:7`]);
    else {
      expect(host.lastRoute).toEqual({
        kind: 'pass',
        leader: { host: `${leader?.id}.example`, port: 7, id: leader?.id },
      });
      await until(() => each.role === 'following' && each.lag === 0);
      expect([host.serving, each.leader]).toEqual([undefined, `${leader?.id}.example:7`]);
    }
  }
});

it('another one takes over from one that is gone, with all that was stored, and all connections begin anew', async () => {
  const cluster = await three();
  const old = cluster.leader as TestMember;
  for (const text of ['a', 'b', 'c']) await cluster.queues.enqueue('q', text);
  expect(await cluster.queues.takeText('q')).toBe('a');
  const before = new Map(cluster.all.map(({ id, host }) => [id, host.closed]));
  cluster.kill(old);
  const next = await leads(cluster, old);
  expect(next.cluster.epoch).toBe(2);
  for (const { id, host } of cluster.all) expect(host.closed).toBeGreaterThan(before.get(id) as number);
  expect(await cluster.queues.drain('q')).toEqual(['b', 'c']);
});

it('one that was paused does not serve on what it had, and follows the next one', async () => {
  const cluster = await three();
  const old = cluster.leader as TestMember;
  const engine = old.host.serving as Engine;
  await cluster.queues.enqueue('q', 'x');
  old.process.pause();
  await leads(cluster, old);
  const { closed } = old.host;
  const missed = TestEngine.around(engine)
    .take('nothing')
    .catch((error: Error) => error.message);
  const seen = TestEngine.around(engine)
    .peek('q')
    .catch((error: Error) => error.message);
  expect(await cluster.queues.takeText('q')).toBe('x');
  old.process.resume();
  // Neither a miss nor what is gone.
  for (const answer of [await missed, await seen]) expect(answer).toMatch(/leads|does not answer/);
  await until(() => old.host.serving === undefined && old.cluster.role === 'following');
  expect(old.host.closed).toBeGreaterThan(closed);
  expect(old.lines.join()).toContain('does not lead any more');
  await leads(cluster, old);
  // Nothing of the old engine acts any more, and it can lead again.
  const { leader } = cluster;
  for (const each of cluster.all.filter((one) => one !== old)) cluster.kill(each);
  expect(await leads(cluster, leader)).toBe(old);
  expect(await cluster.queues.take('q')).toBeUndefined();
});

it('one that ends names its successor, and another one leads; what was open goes back as if never taken', async () => {
  const cluster = await three();
  const old = cluster.leader as TestMember;
  await cluster.queues.enqueue('q', 'x');
  expect(await cluster.queues.reserve('q')).toMatchObject({ attempt: 1 });
  await until(() =>
    cluster.all.every(({ cluster: each }) => each.members.every(({ isJoining }) => !isJoining)),
  );
  await old.cluster.stop(60_000);
  cluster.all.splice(cluster.all.indexOf(old), 1);
  await leads(cluster, old);
  expect(old.lines.join()).toMatch(/has led to the end, successor m\d.example:7/);
  expect(await cluster.queues.reserve('q')).toMatchObject({ attempt: 1 });
});

it('while the database does not get on, requests are refused at once, and what was in flight ends', async () => {
  const cluster = await three();
  const { leader } = cluster;
  await cluster.queues.enqueue('q', 'x');
  const held = await cluster.queues.reserve('q');
  cluster.database.hold();
  const inFlight = cluster.queues.enqueue('q', 'y');
  await until(() => leader?.cluster.isStalled === true);
  const refused = { code: 'DATABASE', message: 'the database of the log does not answer' };
  await expect(cluster.queues.enqueue('q', 'z')).rejects.toMatchObject(refused);
  await expect(cluster.queues.take('q')).rejects.toMatchObject(refused);
  await expect(cluster.queues.complete(held?.token as number)).rejects.toMatchObject(refused);
  const looked = cluster.queues.peek('q');
  cluster.database.release();
  await inFlight;
  await until(() => cluster.leader?.cluster.isStalled === false);
  const next = await leads(cluster);
  if (next === leader) {
    expect(await cluster.queues.complete(held?.token as number)).toBe(true);
    expect((await looked) && textOf((await looked) as never)).toBe('y');
  }
  expect(await cluster.queues.drain('q')).toEqual(next === leader ? ['y'] : ['x', 'y']);
});

it('a database that comes back shorter is noticed, loudly, and they go on with what it has', async () => {
  const cluster = await three();
  for (let i = 0; i < 20; i++) await cluster.queues.enqueue('q', String(i));
  await until(() => cluster.all.every(({ cluster: each }) => each.lag === 0));
  const { position } = cluster.database.row;
  // Most of what it loses may be signs of life.
  while (cluster.database.row.position === position) cluster.database.lose();
  // Who leads knows that it was committed; the others may not have been told yet.
  const lost = () => cluster.all.find(({ cluster: each }) => each.lostRecords > 0);
  await until(() => lost() !== undefined);
  expect(lost()?.lines.join()).toContain('THE DATABASE HAS LOST');
  await leads(cluster);
  const left = await cluster.queues.drain('q');
  expect(left).toEqual([...left.keys()].map(String));
  await cluster.queues.enqueue('q', 'after');
  expect(await cluster.queues.takeText('q')).toBe('after');
});

it('a log of which a part is missing is not taken for one with less in it, and read when all is there', async () => {
  const cluster = new SimulatedCluster();
  for (const isMissing of [() => true, (i: number) => i === 0, (i: number) => i === 2]) {
    const before = cluster.add();
    await leads(cluster);
    for (let i = 0; i < 5; i++) await cluster.queues.enqueue('q', String(i));
    cluster.kill(before);
    const whole = cluster.database.tamper(({ row, batches }) => ({
      row,
      batches: batches.filter((_, i) => !isMissing(i)),
    }));
    const server = cluster.add();
    await until(() => server.lines.some((line) => line.includes('what the database has of it does not')));
    expect(server.lines.join()).not.toContain('has read the log');
    cluster.database.tamper(() => whole);
    await leads(cluster);
    expect(await cluster.queues.drain('q')).toEqual(['0', '1', '2', '3', '4']);
    cluster.kill(server);
  }
});

it('a log without its row is not taken for a new one', async () => {
  const cluster = await three();
  await cluster.queues.enqueue('q', 'x');
  for (const each of [...cluster.all]) cluster.kill(each);
  const { row } = new SimulatedCluster().database;
  cluster.database.tamper(({ batches }) => ({ row, batches }));
  const server = cluster.add();
  await until(() => server.lines.some((line) => line.includes('what the database has of it does not')));
  expect(server.lines.join()).not.toContain('has read the log');
});

it('an older log that somebody puts there is noticed by those who follow, too', async () => {
  const cluster = await three();
  await cluster.queues.enqueue('q', 'kept');
  const older = cluster.database.tamper((now) => now);
  for (let i = 0; i < 5; i++) await cluster.queues.enqueue('q', 'gone');
  const servers = [...cluster.all];
  const haveMore = ({ cluster: { members } }: TestMember) =>
    members.length === 3 && members.every(({ applied }) => applied > older.row.position);
  await until(() => servers.every(haveMore));
  cluster.database.tamper(() => older);
  // Who leads does not read.
  await expect(cluster.queues.enqueue('q', 'gone')).rejects.toThrow('has lost records');
  await until(() => servers.every(({ cluster: each }) => each.lostRecords > 0));
  await leads(cluster);
  expect(await cluster.queues.drain('q')).toEqual(['kept']);
});

it("a new leader's time begins no earlier than the last one's", async () => {
  const cluster = new SimulatedCluster();
  const ahead = cluster.add(3_600_000);
  await leads(cluster);
  await cluster.queues.enqueue('q', 'x');
  const behind = cluster.add();
  await until(() => behind.cluster.role === 'following' && behind.cluster.lag === 0);
  cluster.kill(ahead);
  await leads(cluster, ahead);
  expect(behind.cluster.clockDifference).toBeGreaterThan(3_500_000);
  expect(behind.lines.join()).toContain('apart: set them right');
});

it('two that say the same address are told', async () => {
  const cluster = new SimulatedCluster();
  const [one, other, third] = [cluster.add(0, 'db1:7'), cluster.add(0, 'db1:7'), cluster.add()];
  const isTold = ({ lines }: TestMember) => lines.join().includes('another server says the same address');
  await until(() => isTold(one) && isTold(other));
  expect(isTold(third)).toBe(false);
});

it('one that cannot read what a newer server writes passes clients on, and never leads', async () => {
  const cluster = await three();
  const leader = cluster.leader as TestMember;
  const { row } = cluster.database;
  const bytes = Buffer.alloc(32, 0xfa);
  const batch = { id: 1, position: row.position, length: 32, epoch: row.epoch, time: Date.now(), segment: 0 };
  cluster.database.change({
    kind: 'append',
    epoch: row.epoch,
    known: row.position + 32,
    batch: { ...batch, isSegment: false, bytes },
  });
  const others = cluster.all.filter((each) => each !== leader);
  await until(() => {
    // The leader's beats take it back, since it did not append that.
    cluster.database.change({ kind: 'beat', epoch: row.epoch, known: row.position + 32 });
    return others.every(({ cluster: each }) => each.role === 'stuck');
  });
  for (const { lines, host } of others) {
    expect(lines.join()).toContain('cannot follow a newer server');
    expect(host.lastRoute).toMatchObject({ kind: 'pass', leader: { id: leader.id } });
  }
});
