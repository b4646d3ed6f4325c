import { TryLaterError, UsageError } from '../../../../../shared/errors.ts';
import type { Connection, Values } from './connection.ts';
import { PostgresDatabase, type PostgresOptions } from './postgres-database.ts';
import { PART, type Tables, tablesOf } from './tables.ts';

/** Of the advisory lock of whoever makes a cluster, beside the hash of its name: `memn` in ASCII. */
const LOCK = 0x6d656d6e;

/**
 * A cluster in the making, as a migration makes it. It is made under another name, which no server can be told, and gets
 * its own when all is in it: so that a part of one is never taken for all.
 */
export class NewCluster {
  readonly #options: PostgresOptions;
  readonly #tables: Tables;
  readonly #part: Tables;
  /** Holds the lock: one process at a time makes it. */
  readonly #keeper: PostgresDatabase;
  /** For its log, which closes it. */
  readonly database: PostgresDatabase;

  /**
   * Clears away what one that was killed has left. Rejects with UsageError where there is such a cluster already, with
   * TryLaterError where somebody else is making it, else as `PostgresDatabase.open`.
   */
  static async make(options: PostgresOptions): Promise<NewCluster> {
    const { schema, cluster, member } = options;
    const tables = tablesOf(schema, cluster);
    const part = tablesOf(schema, cluster + PART);
    const ofPart = { ...options, cluster: part.cluster };
    const keeper = await PostgresDatabase.open({ ...ofPart, member: `${member} keeper` });
    try {
      const connection = await keeper.side();
      await lock(connection, tables);
      await refuseUsed(connection, tables);
      await drop(connection, part);
      const database = await PostgresDatabase.open(ofPart);
      return new NewCluster(options, tables, part, keeper, database);
    } catch (error) {
      await keeper.close();
      throw error;
    }
  }

  private constructor(
    options: PostgresOptions,
    tables: Tables,
    part: Tables,
    keeper: PostgresDatabase,
    database: PostgresDatabase,
  ) {
    this.#options = options;
    this.#tables = tables;
    this.#part = part;
    this.#keeper = keeper;
    this.database = database;
  }

  /** Gives it its name; its log has to be closed. */
  async finish(): Promise<void> {
    const connection = await this.#keeper.side();
    const { clusters, cluster, schema, log, segment } = this.#tables;
    const part = this.#part;
    await transaction(connection, this.#options.leaseMs, async (ask) => {
      // Of one that nobody has served from yet.
      await ask(`DELETE FROM ${clusters} WHERE cluster = $1 AND epoch = 0`, [cluster]);
      await ask(`DROP TABLE IF EXISTS ${log}`);
      const renamed = await ask(
        `UPDATE ${clusters} SET cluster = $2, leader = '', successor = '' WHERE cluster = $1 RETURNING 1`,
        [part.cluster, cluster],
      );
      if (renamed.length === 0) throw new TryLaterError(`cluster ${cluster} is being made by somebody else`);
      const partitions = await ask(PARTITIONS, [part.log]);
      await ask(`ALTER TABLE ${part.log} RENAME TO ${withoutSchema(log)}`);
      for (const [name] of partitions) {
        const to = withoutSchema(segment(part.numberOf(name)));
        await ask(`ALTER TABLE "${schema}"."${name}" RENAME TO ${to}`);
      }
    });
    await this.#keeper.close();
  }

  /** Leaves nothing behind, as far as the database answers; its log has to be closed. */
  async abandon(): Promise<void> {
    try {
      await drop(await this.#keeper.side(), this.#part);
    } catch {
      // The next one clears it away.
    } finally {
      await this.#keeper.close();
    }
  }
}

type Ask = (text: string, values?: Values) => Promise<readonly Values[]>;

const PARTITIONS =
  'SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = to_regclass($1)';

/** Until the connection is closed. */
async function lock(connection: Connection, { schema, cluster }: Tables): Promise<void> {
  const text = 'SELECT pg_try_advisory_lock($1, hashtext($2))';
  const [[isOurs] = []] = await connection.query(text, [LOCK, `${schema}.${cluster}`]);
  if (isOurs !== true) throw new TryLaterError(`cluster ${cluster} is being made by another process`);
}

async function refuseUsed(connection: Connection, { clusters, cluster }: Tables): Promise<void> {
  const text = `SELECT 1 FROM ${clusters} WHERE cluster = $1 AND epoch > 0`;
  if ((await connection.query(text, [cluster])).length === 0) return;
  throw new UsageError(
    `there is a cluster ${cluster} in the database already: name another one with --cluster`,
  );
}

/** Removes a cluster, and all that is in it. */
async function drop(connection: Connection, { clusters, members, log, cluster }: Tables): Promise<void> {
  await transaction(connection, undefined, async (ask) => {
    await ask(`DELETE FROM ${clusters} WHERE cluster = $1`, [cluster]);
    await ask(`DELETE FROM ${members} WHERE cluster = $1`, [cluster]);
    await ask(`DROP TABLE IF EXISTS ${log}`);
  });
}

/** All of it or nothing, on as many copies as the database promises. */
async function transaction(
  connection: Connection,
  mostMs: number | undefined,
  act: (ask: Ask) => Promise<void>,
): Promise<void> {
  const ask: Ask = (text, values = []) => connection.query(text, values, mostMs);
  await ask('BEGIN');
  try {
    await ask('SET LOCAL synchronous_commit = on');
    await act(ask);
    await ask('COMMIT');
  } catch (error) {
    if (connection.failure === undefined) await ask('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** The name of a table, as it stands behind RENAME TO. */
function withoutSchema(table: string): string {
  return table.slice(table.indexOf('.') + 1);
}
