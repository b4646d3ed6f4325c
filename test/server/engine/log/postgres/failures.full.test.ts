import { expect } from 'vitest';
import type { End, LogDatabase } from '../../../../../server/engine/log/replicated/log-database.ts';
import { withPostgres } from '../../../../fixtures/postgres.ts';
import { missing } from '../../../../helpers/missing.ts';
import { canMount, type PostgresServer, urlOf } from '../../../../helpers/postgres/postgres-server.ts';
import { until } from '../../../../helpers/until.ts';
import { append, batchOf, execute, openDatabase, raise, read, readAll, rowOf } from './database-side.ts';

const BEAT = { kind: 'beat', epoch: 1, known: 0 } as const;

/** The process that waits for a standby. */
async function waitingProcess(postgres: PostgresServer): Promise<unknown> {
  let pid: unknown;
  await until(async () => {
    const rows = await postgres.query(`SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'
      AND application_name LIKE 'memq %'`);
    pid = rows[0]?.pid;
    return pid !== undefined;
  });
  return pid;
}

/** Again and again, as a log does, until it is known what has become of it. */
async function executed(
  database: LogDatabase,
  ...statement: Parameters<typeof execute> extends [unknown, ...infer S] ? S : never
): Promise<End> {
  for (;;) {
    const end = await execute(database, ...statement);
    if (end !== 'lost' && end !== 'failed') return end;
  }
}

withPostgres('PostgreSQL in trouble', (it) => {
  it('warns of a commit that no standby has, whatever the role may hear', async ({ startCluster }) => {
    const { primary, standbys } = await startCluster(2);
    await primary.query(`ALTER ROLE memq SET client_min_messages = 'error'`);
    await primary.query(`ALTER ROLE memq SET synchronous_commit = 'local'`);
    const { database } = await openDatabase(primary.url);
    await raise(database);
    expect(database.condition).toMatchObject({
      isReplicated: true,
      standbys: 2,
      waitsFor: 1,
      writableHosts: 1,
    });
    expect(database.condition.promise).toContain('one standby');
    for (const standby of standbys) await standby.stop();
    let end: End | undefined;
    const ended = execute(database, append(batchOf(0, 'cancelled'))).then((found) => {
      end = found;
    });
    const pid = await waitingProcess(primary);
    await until(() => database.condition.refusal?.includes('none is connected') === true);
    expect(end).toBeUndefined();
    await primary.query('SELECT pg_cancel_backend($1)', [pid]);
    await ended;
    expect(end).toBe('warned');

    // The process that waits is ended: nobody knows, and it is there.
    const second = execute(database, append(batchOf(9, 'terminated')));
    await primary.query('SELECT pg_terminate_backend($1)', [await waitingProcess(primary)]);
    expect(await second).toBe('lost');
    const { batches, connection } = (await read(database, 9))!;
    expect(batches.map(({ bytes }) => String(bytes))).toEqual(['terminated']);

    // What stands behind it counts once a standby has it, and so does that.
    const beat = execute(database, BEAT, connection);
    await waitingProcess(primary);
    await standbys[1]!.resume();
    expect(await beat).toBe('committed');
    await until(() => database.condition.refusal === undefined);
    expect(
      await standbys[1]!.query(`SELECT count(*)::int AS count FROM memq.log_${(await names(primary))[0]}`),
    ).toEqual([{ count: 2 }]);
  });

  it('does not answer and closes nothing', async ({ startPostgres }) => {
    const postgres = await startPostgres();
    const { database, lines } = await openDatabase(postgres.url, { leaseMs: 1000 });
    await raise(database);
    expect(await execute(database, append(batchOf(0, 'x')))).toBe('committed');
    postgres.pause();
    expect(await execute(database, append(batchOf(1, 'y')))).toBe('lost');
    await until(() => database.condition.refusal?.includes('no answer') === true);
    await postgres.resume();
    // It had been asked, and nobody has taken that back.
    await until(async () => (await read(database))?.batches.length === 2);
    expect(await execute(database, BEAT)).toBe('committed');
    expect(database.condition.refusal).toBeUndefined();
    expect(lines.filter((line) => line.startsWith('error'))).not.toEqual([]);
  });

  it('goes on at the copy that was promoted, and the old one is not touched', async ({ startCluster }) => {
    const { primary, standbys } = await startCluster(2);
    const [first, second] = standbys as [PostgresServer, PostgresServer];
    const url = urlOf(primary, first, second);
    const { database, lines } = await openDatabase(url, { cluster: 'moved' });
    await raise(database);
    expect(await execute(database, append(batchOf(0, 'before')))).toBe('committed');
    expect(database.condition).toMatchObject({ host: primary.host, timeline: 1 });
    await primary.kill();
    const inFlight = executed(database, append(batchOf(6, 'after')));
    await first.promote();
    await second.follow(first);
    await first.waitFor(1, 'standby2');
    expect(await inFlight).toBe('committed');
    expect(database.condition).toMatchObject({ host: first.host, timeline: 2 });
    await until(() => database.condition.isReplicated);
    expect(await executed(database, BEAT)).toBe('committed');

    // The old one comes back as it was, first in the list, without its standbys.
    await primary.waitFor(0);
    await primary.resume();
    await until(() => database.condition.writableHosts === 2);
    expect(database.condition.problems.join()).toContain(`${primary.host} accepts writes with timeline 1`);
    expect(lines.join('\n')).toContain('error 127');
    const fresh = await openDatabase(url, { cluster: 'moved' });
    expect(fresh.database.condition).toMatchObject({ host: first.host, timeline: 2 });
    expect(await raise(fresh.database)).toBe('committed');

    // And it stays untouched when the new one is away.
    await first.kill();
    let end: End | undefined;
    const waiting = executed(database, { ...BEAT, epoch: 2 }).then((found) => {
      end = found;
    });
    await until(
      () =>
        /old primary/.test(fresh.database.condition.refusal ?? '') &&
        /old primary/.test(database.condition.refusal ?? ''),
    );
    expect(end).toBeUndefined();
    expect(await primary.query(`SELECT epoch::int, position::int, timeline::int FROM memq.clusters`)).toEqual(
      [{ epoch: 1, position: 6, timeline: 1 }],
    );
    await first.resume();
    await waiting;
    expect(end).toBe('committed');
  });

  it('is left as soon as another copy is promoted beside it', async ({ startCluster }) => {
    const { primary, standbys } = await startCluster(1);
    const { database } = await openDatabase(urlOf(primary, standbys[0]!));
    await primary.waitFor(0);
    await raise(database);
    await standbys[0]!.promote();
    await until(() => database.condition.timeline === 2);
    expect(database.condition.host).toBe(standbys[0]!.host);
    expect((await rowOf(database)).epoch).toBe(1);
  });

  it.for(['which nobody expected', 'which was expected'] as const)(
    'raises no epoch on an old copy, %s',
    async (kind, { startCluster }) => {
      const { primary, standbys } = await startCluster(1);
      // It looks around by itself once a minute.
      const { database } = await openDatabase(urlOf(primary, standbys[0]!), { leaseMs: 60_000 });
      await primary.waitFor(0);
      const seen = await rowOf(database);
      await standbys[0]!.promote();
      if (kind === 'which was expected') database.expectRaise();
      const end = await execute(database, { kind: 'raise', seen, leader: 'me' });
      expect(end).toBe('committed');
      expect(database.condition.host).toBe(standbys[0]!.host);
      expect(await primary.query('SELECT epoch::int FROM memq.clusters')).toEqual([{ epoch: 0 }]);
    },
  );

  it('becomes read-only, and again writable', async ({ startPostgres }) => {
    const postgres = await startPostgres();
    const { database } = await openDatabase(postgres.url, { leaseMs: 1000 });
    await raise(database);
    await postgres.configure({ default_transaction_read_only: true });
    expect(await execute(database, BEAT)).toBe('lost');
    await until(() => database.condition.refusal?.includes('read-only') === true);
    await postgres.configure({ default_transaction_read_only: false });
    expect(await execute(database, BEAT)).toBe('committed');
  });

  it('has less than it had', async ({ startPostgres }) => {
    const postgres = await startPostgres();
    const { database } = await openDatabase(postgres.url);
    await raise(database);
    await postgres.stop();
    const restore = postgres.save();
    await postgres.resume();
    expect(await executed(database, append(batchOf(0, 'one', { segment: 3 })))).toBe('committed');
    await postgres.stop();
    restore();
    await postgres.resume();
    await until(async () => (await read(database))?.row.position === 0);
    // The partition that it had made is gone as well.
    expect(await executed(database, append(batchOf(0, 'other', { segment: 3 })))).toBe('committed');
    expect((await readAll(database)).map(({ bytes }) => String(bytes))).toEqual(['other']);
  });

  it('waits for no lock longer than a beat', async ({ postgres }) => {
    const { database } = await openDatabase(postgres.url, { cluster: 'locked', leaseMs: 1000 });
    await raise(database);
    const client = await postgres.connect();
    await client.query(`BEGIN; SELECT FROM memq.clusters WHERE cluster = 'locked' FOR UPDATE`);
    expect(await execute(database, BEAT)).toBe('failed');
    expect(database.condition.refusal).toContain('lock');
    await client.query('COMMIT');
    await client.end();
    expect(await execute(database, BEAT)).toBe('committed');
    expect(database.condition.refusal).toBeUndefined();
  });

  it('acknowledges nothing without a standby where that is required', async ({ startPostgres }) => {
    const postgres = await startPostgres();
    const { database } = await openDatabase(postgres.url, { requireStandby: true });
    expect(database.condition.refusal).toContain('--require-standby');
    expect(await raise(database)).toBe('warned');
    expect(await execute(database, append(batchOf(0, 'x')))).toBe('warned');
    await postgres.standby('standby1');
    await postgres.waitFor(1, 'standby1');
    await until(() => database.condition.refusal === undefined);
    expect(await execute(database, BEAT)).toBe('committed');
    await postgres.waitFor(0);
    // At once, and not with the next beat.
    expect(await execute(database, BEAT)).toBe('warned');
  });

  it('says what it does not keep', async ({ startCluster }) => {
    const { primary } = await startCluster(1, { settings: { full_page_writes: false } });
    const { database, lines } = await openDatabase(primary.url, { leaseMs: 1000 });
    expect(database.condition.problems.join()).toContain('full_page_writes');
    await primary.waitFor(0);
    await until(() => !database.condition.isReplicated);
    expect(database.condition.promise).toContain('a failover loses');
    expect(lines.filter((line) => line.startsWith('warn what the database promises'))).toHaveLength(1);
    const client = await primary.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM memq.clusters');
    await until(() => database.condition.oldestSnapshotMs > 0);
    await client.query('COMMIT');
    await client.end();
    await primary.query(
      'CREATE ROLE weak LOGIN; GRANT ALL ON SCHEMA memq TO weak; GRANT ALL ON ALL TABLES IN SCHEMA memq TO weak',
    );
    await primary.query('GRANT CREATE ON DATABASE postgres TO weak');
    const other = await openDatabase(primary.url.replace('memq@', 'weak@'), { schema: 'weak' });
    expect(other.database.condition.problems.join()).toContain('GRANT pg_monitor');
  });

  if (!canMount()) missing('a full disk of PostgreSQL: nothing can be mounted');
  else {
    it('has a full disk', async ({ startPostgres }) => {
      const postgres = await startPostgres({ disk: '150m' });
      const { database } = await openDatabase(postgres.url);
      await raise(database);
      postgres.fillDisk(4 * 1024 ** 2);
      const bytes = Buffer.alloc(512 * 1024, 'x');
      let position = 0;
      const ends: End[] = [];
      for (;;) {
        const end = await execute(database, append(batchOf(position, bytes)));
        ends.push(end);
        if (end !== 'committed') break;
        position += bytes.length;
      }
      expect(['failed', 'lost']).toContain(ends.at(-1));
      expect(ends.length).toBeGreaterThan(1);
      await until(() => database.condition.refusal !== undefined);
      postgres.emptyDisk();
      if (!postgres.isRunning) await postgres.resume();
      const again = await executed(database, append(batchOf(position, bytes)));
      // What was lost on its way may have arrived.
      if (again === 'unchanged') expect(ends.at(-1)).toBe('lost');
      else expect(again).toBe('committed');
      expect(await readAll(database)).toHaveLength(ends.length);
    });
  }
});

async function names(postgres: PostgresServer): Promise<unknown[]> {
  return (await postgres.query('SELECT cluster FROM memq.clusters')).map(({ cluster }) => cluster);
}
