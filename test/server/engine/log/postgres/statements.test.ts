import { expect } from 'vitest';
import { TrimmedError } from '../../../../../server/engine/log/log.ts';
import type { End } from '../../../../../server/engine/log/replicated/log-database.ts';
import { DamagedError } from '../../../../../shared/errors.ts';
import { withPostgres } from '../../../../fixtures/postgres.ts';
import { until } from '../../../../helpers/until.ts';
import { append, batchOf, execute, openDatabase, raise, read, readAll, rowOf } from './database-side.ts';

const NOTHING = {
  ...{ epoch: 0, leader: '', successor: '', position: 0, beat: 0 },
  ...{ trimmed: 0, trimmedSegment: 0, known: 0 },
};

withPostgres('statements in PostgreSQL', (it) => {
  it('does each statement where its condition holds, and else nothing', async ({ postgres }) => {
    const { database } = await openDatabase(postgres.url);
    const first = await rowOf(database);
    expect(first).toMatchObject(NOTHING);
    expect(await execute(database, { kind: 'raise', seen: first, leader: 'a' })).toBe('committed');
    expect(await execute(database, { kind: 'raise', seen: first, leader: 'b' })).toBe('unchanged');
    expect(await rowOf(database)).toMatchObject({ ...NOTHING, epoch: 1, leader: 'a', beat: 1 });

    const batches = [batchOf(0, 'first'), batchOf(5, Buffer.from([0, 255, 128, 10, 92, 39]))];
    expect(await execute(database, append(batches[1]!))).toBe('unchanged');
    expect(await execute(database, append(batches[0]!))).toBe('committed');
    expect(await execute(database, append(batches[0]!))).toBe('unchanged');
    expect(await execute(database, append(batches[1]!, 5))).toBe('committed');
    expect(await execute(database, append(batchOf(11, 'x', { epoch: 2 })))).toBe('unchanged');
    const contents = await read(database);
    expect(contents?.batches).toEqual(batches);
    expect(contents?.row).toMatchObject({ epoch: 1, position: 11, known: 5, beat: 3 });
    expect((await read(database, 1))?.batches).toEqual([batches[1]]);
    expect((await read(database, 0, 1))?.batches).toEqual([batches[0]]);

    expect(await execute(database, { kind: 'beat', epoch: 1, known: 11 })).toBe('committed');
    expect(await execute(database, { kind: 'beat', epoch: 2, known: 11 })).toBe('unchanged');
    // Said before, and done only now.
    expect(await execute(database, { kind: 'beat', epoch: 1, known: 5 })).toBe('committed');
    expect(await rowOf(database)).toMatchObject({ beat: 5, known: 11 });
    expect(await execute(database, { kind: 'handOver', epoch: 1, known: 11, successor: 'b' })).toBe(
      'committed',
    );
    expect(await rowOf(database)).toMatchObject({ beat: 6, successor: 'b' });
    expect(await raise(database, 'b')).toBe('committed');
    expect(await rowOf(database)).toMatchObject({ epoch: 2, leader: 'b', successor: '', beat: 7 });
  });

  it('beats beside what takes long, for whoever leads still, and waits for nobody', async ({ postgres }) => {
    const { database } = await openDatabase(postgres.url, { cluster: 'beside' });
    await raise(database);
    const { connection } = (await read(database))!;
    const beat = (epoch: number, known: number, number = connection) =>
      new Promise<End>((resolve) => database.beatBeside({ kind: 'beat', epoch, known }, number, resolve));
    expect(await execute(database, append(batchOf(0, 'first'), 3))).toBe('committed');
    expect(await beat(1, 5)).toBe('committed');
    expect(await beat(1, 0)).toBe('committed');
    expect(await rowOf(database)).toMatchObject({ epoch: 1, position: 5, known: 5, beat: 4 });
    expect(await beat(2, 5)).toBe('unchanged');
    expect(await beat(1, 5, connection + 1)).toBe('lost');
    const other = await postgres.connect();
    await other.query(`BEGIN; UPDATE memq.clusters SET beat = beat WHERE cluster = 'beside'`);
    expect(await beat(1, 5)).toBe('unchanged');
    await other.query('COMMIT');
    await other.end();
    expect(await beat(1, 5)).toBe('committed');
  });

  it('is asked over a connection of that number, or not at all', async ({ postgres }) => {
    const { database } = await openDatabase(postgres.url);
    await raise(database);
    const { connection } = (await read(database))!;
    const beat = { kind: 'beat', epoch: 1, known: 0 } as const;
    expect(await execute(database, beat, connection)).toBe('committed');
    expect(await execute(database, beat, connection + 1)).toBe('lost');
    await postgres.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'memq %'`,
    );
    expect(await execute(database, beat, connection)).toBe('lost');
    expect((await read(database))?.connection ?? (await read(database))?.connection).toBeGreaterThan(
      connection,
    );
  });

  it('keeps segments in partitions, which go when they are trimmed and nobody reads them', async ({
    postgres,
  }) => {
    const { database } = await openDatabase(postgres.url, { cluster: 'trimmed' });
    await raise(database);
    const all = [0, 1, 2, 3, 4].map((segment) =>
      batchOf(segment * 10, 'ten bytes.', { segment, isSegment: true }),
    );
    for (const batch of all) expect(await execute(database, append(batch))).toBe('committed');
    expect(await readAll(database)).toEqual(all);
    const partitions = async () =>
      (
        await postgres.query(`SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^segment_\\d+_trimmed$'
        ORDER BY relname`)
      ).map(({ relname }) => relname);
    await until(async () => (await partitions()).length === 7);
    expect(await database.load(1, 12, 5)).toEqual(Buffer.from('n byt'));

    // A dump of the database holds a lock that is in the way.
    const dump = await postgres.connect();
    await dump.query('BEGIN; LOCK TABLE memq.log_trimmed IN ACCESS SHARE MODE');
    const trim = { kind: 'trim', epoch: 1, known: 0, to: 20, segment: 2 } as const;
    expect(await execute(database, trim)).toBe('committed');
    expect(await rowOf(database)).toMatchObject({ trimmed: 20, trimmedSegment: 2 });
    expect(await execute(database, append(batchOf(50, 'more', { segment: 4 })))).toBe('committed');
    expect(await partitions()).toHaveLength(7);
    await dump.query('COMMIT');
    await dump.end();
    await until(async () => (await partitions()).length === 5);
    expect((await readAll(database)).map(({ position }) => position)).toEqual([20, 30, 40, 50]);
    await expect(database.load(1, 12, 5)).rejects.toThrow(TrimmedError);
  });

  it('loads what is asked for of whichever batches, and never what is of other places', async ({
    postgres,
  }) => {
    const { database } = await openDatabase(postgres.url, { cluster: 'joined' });
    await raise(database);
    const texts = ['abc', 'd', 'efgh', 'ij'];
    let end = 0;
    for (const text of texts) {
      expect(await execute(database, append(batchOf(end, text)))).toBe('committed');
      end += text.length;
    }
    const next = batchOf(end, 'klm', { segment: 1, isSegment: true });
    expect(await execute(database, append(next))).toBe('committed');
    const load = async (position: number, length: number) =>
      (await database.load(0, position, length)).toString();
    expect(await load(0, 3)).toBe('abc');
    expect(await load(1, 1)).toBe('b');
    expect(await load(2, 5)).toBe('cdefg');
    expect(await load(3, 100)).toBe('defghij');
    expect(await load(9, 100)).toBe('j');
    await expect(load(10, 1)).rejects.toThrow(DamagedError);

    await postgres.query('DELETE FROM memq.log_joined WHERE position = 3');
    expect(await load(0, 3)).toBe('abc');
    await expect(load(0, 5)).rejects.toThrow(DamagedError);
    await expect(load(3, 5)).rejects.toThrow(DamagedError);
    expect(await load(4, 100)).toBe('efghij');
    await postgres.query('DELETE FROM memq.log_joined WHERE segment = 0');
    await expect(load(4, 5)).rejects.toThrow(TrimmedError);
  });

  it('reads many batches at once, but not more bytes than a server has space for', async ({ postgres }) => {
    const { database } = await openDatabase(postgres.url, { cluster: 'bounded' });
    await raise(database);
    const mebibyte = Buffer.alloc(1024 ** 2, 'x');
    for (let i = 0; i < 4; i++) {
      expect(await execute(database, append(batchOf(i * mebibyte.length, mebibyte)))).toBe('committed');
    }
    expect((await read(database, 0, 4))?.batches.map(({ id }) => id)).toEqual([1, mebibyte.length + 1]);
  });

  it('keeps bodies as they are, neither compressed nor read as a whole', async ({ postgres }) => {
    const { database } = await openDatabase(postgres.url, { cluster: 'large' });
    await raise(database);
    const bytes = Buffer.alloc(5 * 1024 ** 2, 'all the same ');
    expect(await execute(database, append(batchOf(0, bytes)))).toBe('committed');
    expect(await execute(database, append(batchOf(bytes.length, bytes)))).toBe('committed');
    expect(await database.load(0, 1_000_000, 13)).toEqual(bytes.subarray(1_000_000, 1_000_013));
    const sizes = await postgres.query('SELECT pg_column_size(bytes) AS size FROM memq.log_large');
    expect(sizes).toEqual([{ size: bytes.length }, { size: bytes.length }]);
    expect((await read(database, 0))?.batches[0]?.bytes.equals(bytes)).toBe(true);
  });
});
