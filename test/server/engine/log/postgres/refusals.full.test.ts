import { inspect } from 'node:util';
import { expect } from 'vitest';
import { ConfigError, NotAllowedError, UnreachableError } from '../../../../../shared/errors.ts';
import { withPostgres } from '../../../../fixtures/postgres.ts';
import { until } from '../../../../helpers/until.ts';
import { append, batchOf, execute, openDatabase, raise, readAll } from './database-side.ts';
import { startPooler } from './pooler.ts';

withPostgres('what is refused of PostgreSQL', (it) => {
  it('makes its tables once, whoever comes at the same time', async ({ startPostgres }) => {
    const { url } = await startPostgres();
    const all = await Promise.all([1, 2, 3, 4].map(() => openDatabase(url, { cluster: 'same' })));
    expect(await raise(all[0]!.database)).toBe('committed');
    expect(await execute(all[1]!.database, append(batchOf(0, 'x')))).toBe('committed');
    expect(await readAll(all[2]!.database)).toHaveLength(1);
  });

  it('makes no partition that another server has made, which would be an error in its log', async ({
    startPostgres,
  }) => {
    const postgres = await startPostgres();
    const all = await Promise.all([1, 2, 3].map(() => openDatabase(postgres.url, { cluster: 'taken_over' })));
    for (const [i, { database }] of all.entries()) {
      expect(await raise(database)).toBe('committed');
      const more = { segment: i, epoch: i + 1, isSegment: true };
      expect(await execute(database, append(batchOf(i, 'x', more)))).toBe('committed');
      // Those of the next segments are made behind it.
      const last = `SELECT to_regclass('memq.segment_${i + 2}_taken_over') IS NOT NULL AS found`;
      await until(async () => (await postgres.query(last))[0]?.found === true);
    }
    expect(postgres.log.filter((line) => line.includes('ERROR'))).toEqual([]);
  });

  it('keeps clusters apart, however they are called', async ({ postgres }) => {
    const names = ['x', '1_x', '1', '_', 'segment_0_x', 'log_x', 'y'.repeat(40)];
    for (const cluster of names) {
      const { database } = await openDatabase(postgres.url, { cluster });
      await raise(database);
      expect(await execute(database, append(batchOf(0, cluster)))).toBe('committed');
      expect((await readAll(database)).map(({ bytes }) => String(bytes))).toEqual([cluster]);
    }
  });

  it('says which right is missing', async ({ postgres }) => {
    await postgres.query('CREATE ROLE weak LOGIN');
    const url = postgres.url.replace('memq@', 'weak@');
    const inVain = openDatabase(url, { schema: 'weak_schema' });
    await expect(inVain).rejects.toThrow(NotAllowedError);
    await expect(inVain).rejects.toThrow('CREATE SCHEMA "weak_schema" AUTHORIZATION');
    await openDatabase(postgres.url, { schema: 'of_others', cluster: 'c' });
    await expect(openDatabase(url, { schema: 'of_others', cluster: 'c' })).rejects.toThrow(NotAllowedError);
    await postgres.query('CREATE SCHEMA weak_schema AUTHORIZATION weak');
    const { database } = await openDatabase(url, { schema: 'weak_schema' });
    expect(await raise(database)).toBe('committed');
    expect(database.condition.problems).toEqual([]);
  });

  it('leaves tables of a newer version alone', async ({ postgres }) => {
    const schema = 'newer';
    await openDatabase(postgres.url, { schema });
    await postgres.query('UPDATE newer.version SET version = 2');
    const opening = openDatabase(postgres.url, { schema });
    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow('version 2');
  });

  it('shows no password', async ({ startPostgres }) => {
    const postgres = await startPostgres({ hba: ['host all secretive 127.0.0.1/32 scram-sha-256'] });
    await postgres.query(`CREATE ROLE secretive LOGIN SUPERUSER PASSWORD 'the right one'`);
    const url = (password: string) =>
      postgres.url.replace('memq@', `secretive:${encodeURIComponent(password)}@`);
    const error: unknown = await openDatabase(url('wr0ng p@ss')).catch((reason) => reason);
    expect(error).toBeInstanceOf(NotAllowedError);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/wr0ng/);
    const without = openDatabase(postgres.url.replace('memq@', 'secretive@'));
    await expect(without).rejects.toThrow(NotAllowedError);
    await expect(without).rejects.toThrow('wants a password of user secretive');
    const { database, lines } = await openDatabase(url('the right one'));
    expect(await raise(database)).toBe('committed');
    await postgres.stop();
    expect(inspect([database, lines], { depth: 20, showHidden: true })).not.toMatch(
      /the right one|the%20right/,
    );
  });

  it('is not a pooler that gives each statement to another process', async ({ postgres }) => {
    const port = await startPooler(postgres.port);
    const opening = openDatabase(postgres.url.replace(String(postgres.port), String(port)));
    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow('pooler');
  });

  it('is PostgreSQL, unless somebody takes the risk', async ({ postgres }) => {
    await postgres.query('CREATE ROLE other LOGIN SUPERUSER');
    await postgres.query('CREATE SCHEMA other');
    await postgres.query(
      `CREATE FUNCTION other.version() RETURNS text LANGUAGE sql AS $$ SELECT 'OtherDB CCL v23.1' $$`,
    );
    await postgres.query('ALTER ROLE other SET search_path = other, pg_catalog');
    const url = postgres.url.replace('memq@', 'other@');
    const opening = openDatabase(url);
    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow('OtherDB CCL; the log needs PostgreSQL 14');
    const { database } = await openDatabase(url, { isUnchecked: true });
    expect(await raise(database)).toBe('committed');
  });

  it('syncs what it writes', async ({ startPostgres }) => {
    const postgres = await startPostgres({ settings: { fsync: false } });
    const opening = openDatabase(postgres.url);
    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow('fsync = off');
  });

  it('is there', async ({ startPostgres }) => {
    const postgres = await startPostgres();
    await postgres.stop();
    const opening = openDatabase(postgres.url, { leaseMs: 300 });
    await expect(opening).rejects.toThrow(UnreachableError);
    await expect(opening).rejects.toThrow(postgres.host);
    await postgres.resume();
    await expect(openDatabase(postgres.url.replace('/postgres', '/none'))).rejects.toThrow(ConfigError);
  });
});
