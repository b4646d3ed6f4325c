import { DamagedError, errorMessage, UnreachableError } from '../../../../../shared/errors.ts';
import { type Position, TrimmedError } from '../../log.ts';
import type { ClusterMembers, DatabaseCondition, Member } from '../cluster-members.ts';
import type { Beat, Contents, End, LogDatabase, Statement } from '../log-database.ts';
import { Condition, type Lines } from './condition.ts';
import type { Answer, Connection, Values } from './connection.ts';
import { Connections, type Main } from './connections.ts';
import { readDatabaseUrl } from './database-url.ts';
import { endOf } from './ends.ts';
import { Members } from './members.ts';
import { Partitions } from './partitions.ts';
import { prepareSchema } from './schema.ts';
import { SegmentHints } from './segment-hints.ts';
import { batchesOf, rowOf, Statements } from './statements.ts';
import { type Tables, tablesOf } from './tables.ts';
import { Trimming } from './trimming.ts';

export interface PostgresOptions {
  /** postgres://USER[:PASSWORD]@HOST[:PORT][,HOST[:PORT]...]/DATABASE[?sslmode=...] */
  readonly url: string;
  /** That of the tables; it is made unless it is there. */
  readonly schema: string;
  readonly cluster: string;
  /** This server's own name, shown in pg_stat_activity. */
  readonly member: string;
  readonly leaseMs: number;
  /** Whether a commit that waits for no standby may not count. */
  readonly requireStandby: boolean;
  /** Whether another database than PostgreSQL 14 or later is taken. */
  readonly isUnchecked: boolean;
  /** Where lines go that people should see. */
  readonly lines: Lines;
  /** How the database is has changed; `condition` is the same. */
  readonly onCondition: (condition: DatabaseCondition) => void;
}

/** No segment has a larger number. */
const LAST_SEGMENT = Number.MAX_SAFE_INTEGER;

/** The log of a cluster, kept by PostgreSQL. */
export class PostgresDatabase implements LogDatabase, ClusterMembers {
  readonly #leaseMs: number;
  readonly #statements: Statements;
  readonly #cluster: string;
  readonly #members: Members;
  readonly #partitions: Partitions;
  readonly #trimming: Trimming;
  readonly #condition: Condition;
  readonly #connections: Connections;
  readonly #hints = new SegmentHints();
  /** Partitions that are being made. */
  #making: Promise<void> | undefined;

  /**
   * Connects to the database, and makes the tables unless they are there. Rejects with what somebody has to change, or
   * with UnreachableError when no host that accepts writes was found within a lease.
   */
  static async open(options: PostgresOptions): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(options);
    try {
      await database.#connections.start();
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  private constructor(options: PostgresOptions) {
    const { schema, cluster, member, leaseMs, requireStandby, isUnchecked, lines, onCondition } = options;
    const url = readDatabaseUrl(options.url);
    const tables = tablesOf(schema, cluster);
    this.#leaseMs = leaseMs;
    this.#cluster = cluster;
    this.#statements = new Statements(tables);
    this.#members = new Members(tables);
    this.#partitions = new Partitions(tables, leaseMs);
    this.#condition = new Condition(lines, requireStandby, onCondition);
    this.#connections = new Connections({
      ...{ url, leaseMs, requireStandby },
      name: `memq ${cluster} ${member}`,
      isLenient: isUnchecked,
      condition: this.#condition,
      prepare: (side) => this.#prepare(side, tables),
    });
    this.#trimming = new Trimming(this.#partitions, () => this.#connections.side());
  }

  async #prepare(side: Parameters<Partitions['look']>[0], tables: Tables) {
    await prepareSchema(side, tables, this.#leaseMs);
    await this.#partitions.look(side);
    const [values] = await side.query(this.#statements.row, [this.#cluster], this.#leaseMs);
    return rowOf(values!);
  }

  /** How the database is. */
  get condition(): DatabaseCondition {
    return this.#condition.current;
  }

  // The log.

  execute(statement: Statement, connection: number | undefined, ended: (end: End) => void): void {
    const { main } = this.#connections;
    const lost = () => ended('lost');
    if (connection !== undefined && connection !== main?.number) process.nextTick(lost);
    else if (statement.kind === 'raise') void this.#lookAndRaise(statement, connection, ended);
    else this.#connections.use((found) => this.#execute(found, statement, ended), lost);
  }

  expectRaise(): void {
    this.#connections.expectRaise();
  }

  /** Nobody begins to lead on an old copy: all hosts are looked at before, or were when a raise was expected. */
  async #lookAndRaise(
    statement: Statement,
    connection: number | undefined,
    ended: (end: End) => void,
  ): Promise<void> {
    const lost = () => ended('lost');
    try {
      await this.#connections.lookBeforeRaise();
    } catch {
      lost();
      return;
    }
    if (connection !== undefined && connection !== this.#connections.main?.number) lost();
    else this.#connections.use((main) => this.#execute(main, statement, ended), lost);
  }

  #execute(main: Main, statement: Statement, ended: (end: End) => void): void {
    if (statement.kind !== 'append') {
      this.#say(main, statement, ended);
      return;
    }
    const { batch } = statement;
    this.#hints.note(batch);
    if (this.#partitions.has(batch.segment)) this.#say(main, statement, ended);
    else {
      const failed = (error: unknown) => {
        this.#condition.hasEnded(errorMessage(error));
        ended(main.connection.failure === undefined ? 'failed' : 'lost');
      };
      const making = this.#make((side) => this.#partitions.make(side, batch.segment));
      making.then(() => this.#say(main, statement, ended), failed);
    }
  }

  #say(main: Main, statement: Statement, ended: (end: End) => void): void {
    const { connection, identity } = main;
    const [words, values] = this.#statements.of(statement, identity.system, identity.timeline);
    connection.say(words, values, (error, rows, count, isWarned) => {
      const end = this.#endOf(main, endOf(error, count, isWarned), rows);
      // Whoever only tried to lead was not kept from writing.
      if (end === 'failed' && statement.kind !== 'raise') this.#condition.hasEnded(errorMessage(error));
      else if (end === 'committed' || end === 'unchanged') this.#condition.hasEnded(undefined);
      if (end === 'committed') this.#isCommitted(statement);
      ended(end);
    });
  }

  /** What counts less than it seems to. */
  #endOf({ connection, identity }: Main, end: End, rows: readonly Values[]): End {
    const told = rows[0];
    if (end !== 'committed' || told === undefined) return end;
    if (told[0] !== identity.pid) {
      connection.lose(
        new UnreachableError('a pooler gives each statement to another process of the database'),
      );
      return 'lost';
    }
    return this.#counts(told) ? 'committed' : 'warned';
  }

  /** Whether a commit means what was asked for, by what its statement has told. */
  #counts([_pid, isAlone]: Values): boolean {
    return !this.#condition.isVoid && !(isAlone && this.#condition.needsStandby);
  }

  beatBeside(beat: Beat, connection: number, ended: (end: End) => void): void {
    const lost = () => ended('lost');
    if (connection !== this.#connections.main?.number) process.nextTick(lost);
    else this.#connections.beats().then((beside) => this.#sayBeside(beside, beat, ended), lost);
  }

  #sayBeside(connection: Connection, beat: Beat, ended: (end: End) => void): void {
    const [words, values] = this.#statements.beatBeside(beat);
    const answer: Answer = (error, [told], count, isWarned) => {
      const end = endOf(error, count, isWarned);
      ended(end === 'committed' && told !== undefined && !this.#counts(told) ? 'warned' : end);
    };
    connection.say(words, values, answer, this.#leaseMs);
  }

  #isCommitted(statement: Statement): void {
    // Whoever led before may have left something.
    if (statement.kind === 'trim' || statement.kind === 'raise') this.#trimming.begin();
    if (statement.kind !== 'append' || !statement.batch.isSegment) return;
    // In time for the next segment.
    const { segment } = statement.batch;
    const making = this.#make((side) => this.#partitions.makeAhead(side, segment));
    making.catch((error) => this.#condition.hasEnded(errorMessage(error)));
  }

  /** Partitions, some after the others. */
  #make(make: (side: Connection) => Promise<void>): Promise<void> {
    const before = this.#making ?? Promise.resolve();
    const making = before.catch(() => {}).then(async () => make(await this.#connections.side()));
    this.#making = making;
    return making;
  }

  read(from: Position, most: number, done: (contents: Contents | undefined) => void): void {
    const segment = this.#hints.at(from);
    this.#read(from, most, segment === undefined ? [0, LAST_SEGMENT] : [segment, segment + 1], done);
  }

  #read(
    from: Position,
    most: number,
    [first, last]: readonly [number, number],
    done: (contents: Contents | undefined) => void,
  ): void {
    const go = ({ connection, number }: Main) => {
      const [words, values] =
        most === 0
          ? [this.#statements.row, [this.#cluster]]
          : this.#statements.batches(from, first, last, most);
      connection.say(words, values, (error, rows) => {
        if (error !== undefined || rows[0] === undefined) {
          if (connection.failure === undefined) this.#condition.hasEnded(errorMessage(error ?? NO_ROW));
          done(undefined);
          return;
        }
        const row = rowOf(rows[0]);
        const batches = most === 0 ? [] : batchesOf(rows);
        const isElsewhere =
          most > 0 && batches[0]?.position !== from && row.position > from && last !== LAST_SEGMENT;
        if (isElsewhere) {
          this.#read(from, most, [0, LAST_SEGMENT], done);
          return;
        }
        if (batches.length > 0) this.#hints.note(batches.at(-1)!);
        done({ row, connection: number, batches });
      });
    };
    this.#connections.use(go, () => done(undefined));
  }

  async load(segment: number, position: Position, length: number): Promise<Buffer> {
    const connection = await this.#connections.loads();
    const [words, values] = this.#statements.load(segment, position, length);
    const rows = await connection.query(words, values);
    const [bytes, end] = rows[0] as [Buffer | null, number];
    if (bytes === null) throw new TrimmedError(`what was at position ${position} is freed`);
    // Behind a batch that is missing the others would be taken for what they are not.
    if (bytes.length > 0 && bytes.length === Math.min(end - position, length)) return bytes;
    throw new DamagedError(`the database does not have all that was at position ${position} and behind it`);
  }

  // The members.

  async announce(member: Omit<Member, 'seenMs'>): Promise<void> {
    await this.#members.announce(await this.#connections.side(), member, this.#leaseMs);
  }

  async list(): Promise<readonly Member[]> {
    return this.#members.list(await this.#connections.side(), this.#leaseMs);
  }

  async leave(id: string): Promise<void> {
    await this.#members.leave(await this.#connections.side(), id, this.#leaseMs);
  }

  // For those who make and look at clusters rather than serve from them.

  /** A connection beside that of the log, for one statement after the other; rejects when there is none. */
  side(): Promise<Connection> {
    return this.#connections.side();
  }

  async close(): Promise<void> {
    this.#trimming.end();
    this.#connections.close();
  }
}

const NO_ROW = new Error('the row of the cluster is gone');
