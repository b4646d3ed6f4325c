import { beforeEach, expect, it } from 'vitest';
import type { Events, Position } from '../../../../../server/engine/log/log.ts';
import {
  DeposedError,
  LostRecordsError,
  UnknownEventError,
} from '../../../../../server/engine/log/replicated/cluster-log.ts';
import type { Batch } from '../../../../../server/engine/log/replicated/log-database.ts';
import { ReplicatedLog } from '../../../../../server/engine/log/replicated/replicated-log.ts';
import { Event, EventType } from '../../../../../server/engine/state/events.ts';
import { turn } from '../../../../../server/engine/turn.ts';
import { DatabaseError } from '../../../../../shared/errors.ts';
import { Chance, Process, Scheduler } from '../simulated/scheduler.ts';
import { FAIR, SimulatedDatabase } from '../simulated/simulated-database.ts';

const LEASE_MS = 5000;
const BATCH = 8192;
const CACHE = 16 * 1024;

let scheduler: Scheduler;
let database: SimulatedDatabase;

beforeEach(() => {
  scheduler = new Scheduler();
  database = new SimulatedDatabase(scheduler, new Chance(7));
});

class Server {
  readonly process = new Process(scheduler);
  readonly orders: number[] = [];
  readonly log: ReplicatedLog;
  leads = false;
  #end: Position | undefined;

  constructor(member: string) {
    this.log = ReplicatedLog.open({
      database: database.connect(this.process),
      timing: this.process,
      member,
      cacheSize: CACHE,
      clock: () => scheduler.now,
      leaseMs: LEASE_MS,
      batchSize: BATCH,
    });
    void this.log.lead().then(() => {
      this.leads = true;
    });
  }

  async follow(): Promise<void> {
    const into: Events = { apply: ({ order }) => this.orders.push(order) };
    this.#end = await driven(this.log.replay(into, this.#end));
  }

  beginAnew(): void {
    this.orders.length = 0;
    this.#end = undefined;
  }

  async serve(): Promise<void> {
    await until(() => this.leads);
    await this.follow();
    await driven(this.log.start());
  }

  message(order: number, bytes = 100): { position: Position; size: number } {
    const event = new Event();
    const body = Buffer.alloc(bytes, 'x');
    Object.assign(event, { type: EventType.message, order, body, bodyEnd: bytes });
    return { position: this.log.append(event), size: event.size };
  }
}

async function step(): Promise<void> {
  scheduler.step();
  await turn();
}

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 100_000; i++) {
    if (isSo()) return;
    await step();
  }
  throw new Error('it does not come to that');
}

async function driven<T>(promise: Promise<T>): Promise<T> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  promise.then(done, done);
  await until(() => isDone);
  return promise;
}

async function leaderAndFollowers(): Promise<[Server, Server, Server]> {
  const leader = new Server('first');
  await leader.serve();
  return [leader, new Server('second'), new Server('third')];
}

it('hands over to the one that is named, at once, and answers nothing more', async () => {
  const [leader, second, third] = await leaderAndFollowers();
  leader.message(1);
  await driven(leader.log.flush());
  await second.follow();
  await third.follow();
  const before = scheduler.now;
  await driven(leader.log.handOver('third'));
  expect(leader.log.failure).toBeInstanceOf(DeposedError);
  await expect(leader.log.flush()).rejects.toBeInstanceOf(DeposedError);
  await third.serve();
  expect(scheduler.now - before).toBeLessThan(500);
  expect(second.leads).toBe(false);
  expect(third.orders).toEqual([1]);
  expect(third.log.leadership).toEqual({ epoch: 2, leader: 'third', isSilent: false });
});

it('is led by another one, half a second later, where the one that is named is not there', async () => {
  const [leader, second] = await leaderAndFollowers();
  const before = scheduler.now;
  await driven(leader.log.handOver('nobody'));
  await until(() => second.leads || database.row.epoch > 1);
  expect(scheduler.now - before).toBeGreaterThanOrEqual(500);
  expect(scheduler.now - before).toBeLessThan(LEASE_MS);
});

it('is led at once by whoever comes, where nobody was named', async () => {
  const leader = new Server('first');
  await leader.serve();
  leader.message(1);
  await driven(leader.log.handOver(undefined));
  leader.process.end();
  const before = scheduler.now;
  const next = new Server('second');
  await next.serve();
  expect(scheduler.now - before).toBeLessThan(500);
  expect(next.orders).toEqual([1]);
});

it('is led by another one a lease after the leader was heard of last, and within a second more', async () => {
  const [leader, second, third] = await leaderAndFollowers();
  const before = scheduler.now;
  leader.process.end();
  await until(() => second.leads || third.leads);
  expect(scheduler.now - before).toBeLessThan(LEASE_MS + 1000);
});

it('is led by the same one while a large batch takes longer than a lease on its way', async () => {
  const [leader, second] = await leaderAndFollowers();
  database.weather = { ...FAIR, large: 1, largestMs: 12 * LEASE_MS };
  leader.message(1);
  const before = scheduler.now;
  const stored = leader.log.flush();
  let isStored = false;
  let hasDoubted = false;
  void stored.then(() => {
    isStored = true;
  });
  await until(() => {
    hasDoubted ||= leader.log.isStalled;
    return isStored;
  });
  expect(scheduler.now - before).toBeGreaterThan(2 * LEASE_MS);
  expect(hasDoubted).toBe(false);
  expect(leader.log.failure).toBeUndefined();
  expect(second.leads).toBe(false);
  await second.follow();
  expect(second.log.leadership).toEqual({ epoch: 1, leader: 'first', isSilent: false });
});

it('is led by the same one when the database was away for longer than a lease', async () => {
  const [leader, second, third] = await leaderAndFollowers();
  leader.message(1);
  await driven(leader.log.flush());
  for (let i = 0; i < 3; i++) {
    const back = scheduler.now + 3 * LEASE_MS;
    database.hold();
    database.failOver();
    await until(() => scheduler.now >= back);
    // The others hear of it first.
    leader.process.pause();
    scheduler.after(LEASE_MS / 2, () => leader.process.resume());
    database.release();
    await until(() => scheduler.now >= back + 2 * LEASE_MS);
    expect(leader.log.failure).toBeUndefined();
    expect(leader.log.isStalled).toBe(false);
  }
  expect([second.leads, third.leads]).toEqual([false, false]);
  expect(database.row.epoch).toBe(1);
});

it('is led by the same one when all servers have stood for longer than a lease', async () => {
  const [leader, second, third] = await leaderAndFollowers();
  await second.follow();
  await third.follow();
  const goOn = scheduler.now + 3 * LEASE_MS;
  for (const { process } of [leader, second, third]) process.pause();
  scheduler.after(3 * LEASE_MS, () => second.process.resume());
  scheduler.after(3 * LEASE_MS, () => third.process.resume());
  scheduler.after(3.5 * LEASE_MS, () => leader.process.resume());
  await until(() => scheduler.now >= goOn + 2 * LEASE_MS);
  expect([second.leads, third.leads]).toEqual([false, false]);
  expect(leader.log.failure).toBeUndefined();
});

it('admits nothing while the database does not answer, and goes on when it does', async () => {
  const leader = new Server('first');
  await leader.serve();
  let answers = 0;
  leader.log.onAdmit = () => answers++;
  database.hold();
  leader.message(1);
  const flushed = leader.log.flush();
  const before = scheduler.now;
  await until(() => scheduler.now >= before + LEASE_MS);
  expect(leader.log.isStalled).toBe(true);
  expect(leader.log.admit(100, 'event')).toBe(false);
  expect(leader.log.refusal).toBeInstanceOf(DatabaseError);
  expect(leader.log.isMakingSpace).toBe(false);
  database.release();
  await driven(flushed);
  await until(() => answers > 0 && leader.log.admit(100, 'event'));
  expect(leader.log.refusal).toBeUndefined();
});

it('keeps batches within their bound, and tells when there is space again', async () => {
  const leader = new Server('first');
  await leader.serve();
  const lengths: number[] = [];
  const { change } = database;
  database.change = (statement) => {
    if (statement.kind === 'append') lengths.push(statement.batch.length);
    return change.call(database, statement);
  };
  let wasTold = true;
  leader.log.onAdmit = () => {
    wasTold = true;
  };
  for (let order = 1; order <= 500; order++) {
    if (!leader.log.admit(200, 'message')) {
      wasTold = false;
      await until(() => wasTold);
      expect(leader.log.admit(200, 'message')).toBe(true);
    }
    leader.message(order);
  }
  await driven(leader.log.flush());
  expect(lengths.length).toBeGreaterThan(5);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(BATCH);
});

it('has records that are not in memory loaded, ahead as well', async () => {
  const leader = new Server('first');
  await leader.serve();
  const places: { position: Position; size: number }[] = [];
  for (let order = 1; order <= 500; order++) {
    await until(() => leader.log.admit(200, 'message'));
    places.push(leader.message(order));
  }
  await driven(leader.log.flush());
  const [{ position, size }, next] = places;
  expect(leader.log.find(position, size)).toBeUndefined();
  expect(await driven(leader.log.load(position, size))).toMatchObject({ order: 1, size });
  expect(leader.log.find(next.position, next.size)).toMatchObject({ order: 2 });
  const bytes = new Map(leader.log.details()).get('cache_bytes');
  expect(Number(bytes)).toBeLessThan(3 * CACHE);
});

it('loads records of many batches at once, for those who want one and for survivors', async () => {
  const leader = new Server('first');
  await leader.serve();
  const { end } = leader.log;
  const places: { position: Position; size: number }[] = [];
  for (let order = 1; order <= 200; order++) {
    places.push(leader.message(order));
    await driven(leader.log.flush());
  }
  expect(database.batchesFrom(end, 2).map(({ length }) => length)).toEqual([
    places[0]?.size,
    places[1]?.size,
  ]);
  let loads = 0;
  const { bytesFrom } = database;
  database.bytesFrom = (...range) => {
    loads++;
    return bytesFrom.apply(database, range);
  };
  for (const [i, { position, size }] of places.entries()) {
    expect(await driven(leader.log.load(position, size))).toMatchObject({ order: i + 1, size });
  }
  expect(loads).toBeGreaterThan(0);
  expect(loads).toBeLessThan(30);

  loads = 0;
  const orders = async () => {
    const found: number[] = [];
    for await (const { order } of leader.log.survivors(leader.log.oldest(), ({ order }) => order > 150))
      found.push(order);
    return found;
  };
  expect(await driven(orders())).toEqual(Array.from({ length: 50 }, (_, i) => 151 + i));
  expect(loads).toBeGreaterThan(0);
  expect(loads).toBeLessThan(10);
});

it('stops following at an event that it does not know, and says which', async () => {
  const leader = new Server('first');
  await leader.serve();
  const { row } = database;
  const bytes = Buffer.alloc(24);
  bytes[4] = 200;
  const batch: Batch = {
    id: 1,
    position: row.position,
    length: bytes.length,
    epoch: row.epoch,
    time: 0,
    segment: 0,
    isSegment: false,
    bytes,
  };
  database.change({ kind: 'append', epoch: row.epoch, known: row.position + 24, batch });
  database.change({ kind: 'beat', epoch: row.epoch, known: row.position + 24 });
  const follower = new Server('second');
  const replay = follower.follow();
  await expect(driven(replay)).rejects.toBeInstanceOf(UnknownEventError);
  await expect(replay).rejects.toThrow(/position \d+ of the log is of type 200/);
});

it('notices when the database has lost what it had acknowledged: a leader ends, a follower begins anew', async () => {
  const [leader, follower] = await leaderAndFollowers();
  for (let order = 1; order <= 20; order++) {
    leader.message(order);
    await driven(leader.log.flush());
  }
  await until(() => database.row.known === database.row.position);
  await follower.follow();
  expect(follower.orders.length).toBe(20);
  const { position } = database.row;
  while (database.row.position === position) database.lose();
  await expect(driven(follower.follow())).rejects.toBeInstanceOf(LostRecordsError);
  follower.beginAnew();
  await follower.follow();
  expect(follower.orders.length).toBeLessThan(20);
  expect(follower.orders).toEqual(Array.from(follower.orders, (_, index) => index + 1));
  await until(() => leader.log.failure !== undefined);
  expect(leader.log.failure).toBeInstanceOf(LostRecordsError);
});

it('takes on again as soon as a commit is through that took longer than half a lease', async () => {
  const leader = new Server('first');
  await leader.serve();
  database.hold();
  leader.message(1);
  const stored = leader.log.flush();
  await until(() => leader.log.isStalled);
  expect(leader.log.admit(100, 'message')).toBe(false);
  database.release();
  await driven(stored);
  const before = scheduler.now;
  await until(() => leader.log.admit(100, 'message'));
  // Rather than with the next sign of life, in a third of a lease.
  expect(scheduler.now - before).toBeLessThan(100);
});
