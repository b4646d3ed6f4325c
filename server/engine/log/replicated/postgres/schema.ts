import { ConfigError, errorCode, errorMessage, NotAllowedError } from '../../../../../shared/errors.ts';
import type { Connection } from './connection.ts';
import type { Tables } from './tables.ts';

/** Of the tables. A server refuses those of a newer one. */
const VERSION = 1;
/** Of the advisory lock under which tables are made, beside the hash of the schema's name: `memq` in ASCII. */
const LOCK = 0x6d656d71;
const NO_RIGHTS = '42501';

/**
 * One row is changed all the time. As long as there is space beside it on its page, a new version of it goes there, and an
 * old one makes space without a vacuum.
 */
const BUSY_ROWS =
  'fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_threshold = 1000000';

/** Makes schema and tables unless they are there, and the row of the cluster. Rejects with what an operator has to do. */
export async function prepareSchema(connection: Connection, tables: Tables, mostMs: number): Promise<void> {
  const ask = (text: string, values: unknown[] = []) => connection.query(text, values, mostMs);
  try {
    if (await isComplete(ask, tables)) return;
    await ask('BEGIN');
    try {
      await ask('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCK, tables.schema]);
      const [[isThere]] = (await ask('SELECT to_regnamespace($1) IS NOT NULL', [tables.quotedSchema])) as [
        [boolean],
      ];
      // Even to find it takes the right to make it.
      if (!isThere) await ask(`CREATE SCHEMA ${tables.quotedSchema}`);
      for (const text of definitions(tables)) await ask(text);
      await ask(
        `INSERT INTO ${tables.version} SELECT $1::int WHERE NOT EXISTS (SELECT FROM ${tables.version})`,
        [VERSION],
      );
      await ask(`INSERT INTO ${tables.clusters} (cluster) VALUES ($1) ON CONFLICT DO NOTHING`, [
        tables.cluster,
      ]);
      await ask('COMMIT');
    } catch (error) {
      await ask('ROLLBACK').catch(() => {});
      throw error;
    }
  } catch (error) {
    if (errorCode(error) !== NO_RIGHTS) throw error;
    throw new NotAllowedError(
      `the user of the database may not make or use the tables in schema ${tables.schema}: ${errorMessage(error)}. ` +
        `Somebody who may has to run: CREATE SCHEMA ${tables.quotedSchema} AUTHORIZATION the_user`,
    );
  }
}

type Ask = (text: string, values?: unknown[]) => Promise<readonly unknown[][]>;

/** Whether all is there already: then nobody needs the right to make it. */
async function isComplete(ask: Ask, { schema, version, clusters, log, cluster }: Tables): Promise<boolean> {
  const names = `SELECT count(*) FROM pg_tables WHERE schemaname = $1 AND tablename = ANY ($2::text[])`;
  const [[count]] = (await ask(names, [schema, ['version', 'clusters', 'members']])) as [[number]];
  if (count < 3) return false;
  const [[found]] = (await ask(`SELECT max(version) FROM ${version}`)) as [[number]];
  if (found > VERSION) {
    throw new ConfigError(
      `the tables in schema ${schema} are of version ${found}, and this memq-server knows ${VERSION}: a newer one has made them, so use a newer one`,
    );
  }
  const rows = await ask(`SELECT to_regclass($2) IS NOT NULL FROM ${clusters} WHERE cluster = $1`, [
    cluster,
    log,
  ]);
  return rows[0]?.[0] === true;
}

function definitions({ version, clusters, members, log }: Tables): string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${version} (version int NOT NULL)`,
    `CREATE TABLE IF NOT EXISTS ${clusters} (
      cluster text PRIMARY KEY,
      epoch bigint NOT NULL DEFAULT 0,
      leader text NOT NULL DEFAULT '',
      successor text NOT NULL DEFAULT '',
      position bigint NOT NULL DEFAULT 0,
      beat bigint NOT NULL DEFAULT 0,
      trimmed bigint NOT NULL DEFAULT 0,
      trimmed_segment bigint NOT NULL DEFAULT 0,
      known bigint NOT NULL DEFAULT 0,
      system text NOT NULL DEFAULT '',
      timeline bigint NOT NULL DEFAULT 0
    ) WITH (${BUSY_ROWS})`,
    `CREATE TABLE IF NOT EXISTS ${members} (
      cluster text NOT NULL,
      id text NOT NULL,
      address text NOT NULL,
      version text NOT NULL,
      format bigint NOT NULL,
      applied bigint NOT NULL,
      is_joining boolean NOT NULL,
      seen timestamptz NOT NULL,
      PRIMARY KEY (cluster, id)
    ) WITH (${BUSY_ROWS})`,
    `CREATE TABLE IF NOT EXISTS ${log} (
      segment bigint NOT NULL,
      position bigint NOT NULL,
      length bigint NOT NULL,
      epoch bigint NOT NULL,
      id bigint NOT NULL,
      time double precision NOT NULL,
      is_segment boolean NOT NULL,
      bytes bytea NOT NULL,
      PRIMARY KEY (segment, position)
    ) PARTITION BY RANGE (segment)`,
    // Neither compressed, which takes time, nor read as a whole where a part of it is wanted.
    `ALTER TABLE ${log} ALTER COLUMN bytes SET STORAGE EXTERNAL`,
  ];
}
