import { errorCode } from '../../../../../shared/errors.ts';
import type { Connection } from './connection.ts';
import type { Tables } from './tables.ts';

/** So many segments have their partition before they begin. */
const AHEAD = 2;
/** Whoever drops a partition has the whole log for a moment: it waits for that no longer than this, milliseconds. */
const DROP_LOCK_MS = 50;
const ALREADY_THERE = '42P07';
const LOCK_NOT_HAD = '55P03';

/** Rows are written once: nothing in there is to be vacuumed. Those of up to a page stay in it. */
const WRITTEN_ONCE =
  'autovacuum_enabled = false, toast.autovacuum_enabled = false, toast_tuple_target = 8160';

/** The partitions of a cluster's log, one for each segment. */
export class Partitions {
  readonly #tables: Tables;
  readonly #mostMs: number;
  /** All segments before it have a partition, or had one. */
  #end = 0;

  constructor(tables: Tables, mostMs: number) {
    this.#tables = tables;
    this.#mostMs = mostMs;
  }

  /** Looks which there are: another server may have made some, and another copy may not have all. */
  async look(connection: Connection): Promise<void> {
    this.#end = Math.max(0, ...(await this.#numbers(connection)).map((number) => number + 1));
  }

  async #numbers(connection: Connection): Promise<number[]> {
    const text =
      'SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = to_regclass($1)';
    const rows = await connection.query(text, [this.#tables.log], this.#mostMs);
    return rows.map(([name]) => this.#tables.numberOf(name)).sort((a, b) => a - b);
  }

  /** Whether a batch of that segment can be appended. */
  has(segment: number): boolean {
    return segment < this.#end;
  }

  /** Makes that of a segment, which waits for it, unless the leader before has made it. */
  async make(connection: Connection, segment: number): Promise<void> {
    if (!this.has(segment)) await this.look(connection);
    await this.#makeFrom(segment, segment, connection);
  }

  /** Makes those of the segments that come next, as far as no other server has. */
  async makeAhead(connection: Connection, segment: number): Promise<void> {
    if (this.#end > segment + AHEAD) return;
    // To make them again would be an error in the log of the database.
    await this.look(connection);
    await this.#makeFrom(segment + 1, segment + AHEAD, connection);
  }

  async #makeFrom(first: number, last: number, connection: Connection): Promise<void> {
    for (let number = Math.max(this.#end, first); number <= last; number++) {
      await this.#make(connection, number);
      this.#end = Math.max(this.#end, number + 1);
    }
  }

  /**
   * Attached rather than created in its place: so neither readers nor the leader wait. Its commit waits for no standby,
   * since that of the first batch in it does.
   */
  async #make(connection: Connection, number: number): Promise<void> {
    const { log, segment } = this.#tables;
    const name = segment(number);
    // Of several statements that are said at once none is done unless all are.
    const text = `SET LOCAL synchronous_commit = off;
      CREATE TABLE ${name} (LIKE ${log} INCLUDING STORAGE INCLUDING INDEXES) WITH (${WRITTEN_ONCE});
      ALTER TABLE ${log} ATTACH PARTITION ${name} FOR VALUES FROM (${number}) TO (${number + 1})`;
    try {
      await connection.query(text, [], this.#mostMs);
    } catch (error) {
      // Another server was quicker.
      if (errorCode(error) !== ALREADY_THERE) throw error;
    }
  }

  /**
   * Drops those of segments that are trimmed, by the row of the cluster, the oldest first. False: one of them is in use, for
   * instance by pg_dump, or a member that joins may still read it.
   */
  async dropTrimmed(connection: Connection, isForJoining: boolean): Promise<boolean> {
    const { clusters, members, cluster, segment } = this.#tables;
    const text = `SELECT trimmed_segment, EXISTS (SELECT FROM ${members} m WHERE m.cluster = $1 AND m.is_joining
      AND m.applied < c.trimmed AND m.seen > clock_timestamp() - interval '10 s') FROM ${clusters} c WHERE cluster = $1`;
    const [[before, isAwaited]] = (await connection.query(text, [cluster], this.#mostMs)) as [
      [number, boolean],
    ];
    const trimmed = (await this.#numbers(connection)).filter((number) => number < before);
    if (trimmed.length > 0 && isAwaited && isForJoining) return false;
    for (const number of trimmed) {
      if (!(await this.#drop(connection, segment(number)))) return false;
    }
    return true;
  }

  async #drop(connection: Connection, name: string): Promise<boolean> {
    // What is dropped twice is dropped: nobody waits for a standby, with the whole log in its hand.
    const text = `SET LOCAL lock_timeout = ${DROP_LOCK_MS}; SET LOCAL synchronous_commit = off;
      DROP TABLE IF EXISTS ${name}`;
    try {
      await connection.query(text, [], this.#mostMs);
      return true;
    } catch (error) {
      if (errorCode(error) === LOCK_NOT_HAD) return false;
      throw error;
    }
  }
}
