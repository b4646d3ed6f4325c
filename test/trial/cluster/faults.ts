import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from '../load/account.ts';
import type { Fault } from '../load/rounds.ts';
import type { Database } from './database.ts';
import { askPausedLeader } from './paused-leader.ts';
import type { Servers } from './servers.ts';

/** Longer than a lease of the cluster, which is five seconds. */
const LONGER_THAN_A_LEASE_MS = 7000;
/** An operator's tool takes so long to see that a primary is gone, at least; and so long something is let be. */
const NOTICED_MS = 1000;
const WHILE_MS = 2000;

/** What faults happen to. */
export interface World {
  readonly database: Database;
  readonly servers: Servers;
  readonly account: Account;
  /** For how long somebody keeps a snapshot, milliseconds. */
  readonly snapshotMs: number;
}

type Happens = (world: World) => Promise<void>;

/** All that goes wrong, by what it is. */
export const FAULTS: Readonly<Record<string, Happens>> = {
  'leader killed': async ({ servers }) => {
    const { leader, epoch } = await servers.leader();
    await leader.kill();
    await servers.leader(epoch);
    await leader.start();
  },

  'leader paused': async ({ servers, account }) => askPausedLeader(servers, account),

  'follower killed': async ({ servers }) => {
    const [follower] = await servers.followers();
    await follower!.kill();
    await follower!.start();
  },

  'follower paused': async ({ servers }) => {
    const [follower] = await servers.followers();
    follower!.pause();
    await delay(LONGER_THAN_A_LEASE_MS);
    follower!.resume();
  },

  'old primary back': async ({ database, servers }) => {
    const [first, ...others] = database.all;
    await database.switchTo(first!);
    await first!.kill();
    const [next, follower] = await database.furthest();
    // Nobody tells the other one: it waits for the old primary, and will follow it.
    await next.configure({ synchronous_standby_names: '' });
    await next.promote();
    database.primary = next;
    await first!.resume();
    await first!.isFollowedBy(follower.name);
    await delay(WHILE_MS);
    // Those that begin now have never seen the new one.
    await Promise.all(servers.all.map((server) => server.restart()));
    await delay(WHILE_MS);
    await first!.kill();
    await follower.kill();
    for (const each of others.filter((other) => other !== next)) await database.rejoin(each);
    await database.rejoin(first!);
    await next.configure({ synchronous_standby_names: database.synchronous });
  },

  'primary killed': async ({ database }) => {
    const old = database.primary;
    await old.kill();
    await delay(NOTICED_MS);
    await database.failOver();
    await database.rejoin(old);
  },

  'primary paused': async ({ database }) => {
    const old = database.primary;
    old.pause();
    await delay(NOTICED_MS);
    await database.failOver();
    await delay(WHILE_MS);
    // Whoever was promoted has fenced it off before it can go on.
    await old.kill();
    await database.rejoin(old);
  },

  'leader and primary killed': async ({ database, servers }) => {
    const old = database.primary;
    const { leader } = await servers.leader();
    await Promise.all([old.kill(), leader.kill()]);
    await delay(NOTICED_MS);
    await database.failOver();
    await leader.start();
    await database.rejoin(old);
  },

  'waits cancelled': (world) =>
    disturbed(world, (database) => database.disturb('pg_cancel_backend', WHILE_MS)),

  'waits terminated': (world) =>
    disturbed(world, (database) => database.disturb('pg_terminate_backend', WHILE_MS)),

  'primary restarted before its end': (world) =>
    disturbed(world, async ({ primary }) => {
      await primary.stop('immediate');
      await primary.resume();
      // Servers read there what no standby has.
      await delay(WHILE_MS);
    }),

  'disk full': async ({ database: { primary } }) => {
    primary.fillDisk();
    await delay(2 * WHILE_MS);
    primary.emptyDisk();
    // It gives up where it cannot write its own log.
    if (!primary.isRunning) await primary.resume();
  },

  'snapshot held': async ({ database: { primary }, snapshotMs }) => {
    const client = await primary.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    // As pg_dump does, before it reads anything.
    const tables = await client.query(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'memq'`,
    );
    for (const { name } of tables.rows) await client.query(`LOCK TABLE ${name} IN ACCESS SHARE MODE`);
    await delay(snapshotMs);
    await client.query('COMMIT');
    await client.end();
  },

  'leader hands over': async ({ servers }) => {
    const { leader, epoch } = await servers.leader();
    await leader.stop();
    await servers.leader(epoch);
    await leader.start();
  },

  'all restarted in turn': async ({ servers }) => {
    for (const server of servers.all) await server.restart();
  },
};

/** Those of which clients see nothing but closed connections. */
const PLANNED: ReadonlySet<string> = new Set(['leader hands over', 'all restarted in turn', 'snapshot held']);

/** The standbys get nothing more, something happens, and then the primary is gone and one of them goes on without what it had alone. */
async function disturbed({ database }: World, happen: (database: Database) => Promise<void>): Promise<void> {
  const old = database.primary;
  const { standbys } = database;
  // One that is paused still gets what is on its way to it.
  const isPaused = Math.random() < 0.5;
  for (const standby of standbys) await (isPaused ? standby.pause() : standby.stop());
  await database.untilWaiting();
  await happen(database);
  await old.kill();
  for (const standby of standbys) await standby.resume();
  await database.failOver();
  await database.rejoin(old);
}

/** A round of what goes wrong, by its name. */
export function faultOf(kind: string, world: World): Fault {
  return { kind, run: () => FAULTS[kind]!(world), isPlanned: PLANNED.has(kind) };
}
