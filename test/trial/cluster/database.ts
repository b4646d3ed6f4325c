import { setTimeout as delay } from 'node:timers/promises';
import { type PostgresOptions, PostgresServer, urlOf } from '../../helpers/postgres/postgres-server.ts';
import { until } from '../../helpers/until.ts';

/** Commits wait for any one of the others, whoever the primary is. */
const SYNCHRONOUS = 'ANY 1 (primary, standby1, standby2)';
/** Backends that wait for a standby. */
const WAITING = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;

/** A primary and two standbys, and who operates them. */
export class Database {
  /** In the order of the URL. */
  readonly all: readonly PostgresServer[];
  primary: PostgresServer;

  static async start(options: PostgresOptions): Promise<Database> {
    const primary = await PostgresServer.start(options);
    const standbys: PostgresServer[] = [];
    for (const name of ['standby1', 'standby2']) standbys.push(await primary.standby(name, options));
    const database = new Database(primary, standbys);
    for (const each of database.all) await each.configure({ synchronous_standby_names: SYNCHRONOUS });
    return database;
  }

  private constructor(primary: PostgresServer, standbys: readonly PostgresServer[]) {
    this.primary = primary;
    this.all = [primary, ...standbys];
  }

  readonly synchronous = SYNCHRONOUS;

  get url(): string {
    return urlOf(...this.all);
  }

  get standbys(): readonly PostgresServer[] {
    return this.all.filter((each) => each !== this.primary);
  }

  /** Promotes the standby that is the furthest, as an operator's tool does, and has the other one follow it. */
  async failOver(): Promise<void> {
    const [next, other] = await this.furthest();
    await next.promote();
    this.primary = next;
    await other.follow(next);
  }

  /** Has one be the primary, as an operator does who plans it. */
  async switchTo(server: PostgresServer): Promise<void> {
    const old = this.primary;
    if (server === old) return;
    // It ends when the standbys have all.
    await old.stop();
    await server.promote();
    this.primary = server;
    for (const other of this.standbys.filter((each) => each !== old)) await other.follow(server);
    await this.rejoin(old);
  }

  /** The standbys, the one that has more of the log first. */
  async furthest(): Promise<[PostgresServer, PostgresServer]> {
    const received = `SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn AS bytes`;
    const found = await Promise.all(
      this.standbys.map(async (standby) => ({
        standby,
        bytes: Number((await standby.query(received))[0]?.bytes),
      })),
    );
    const [first, second] = found.sort((a, b) => b.bytes - a.bytes).map(({ standby }) => standby);
    return [first!, second!];
  }

  /** Makes one that is behind, or has what the others do not, a standby again. */
  async rejoin(server: PostgresServer): Promise<void> {
    await server.copy(this.primary);
    await server.resume();
    await this.primary.isFollowedBy(server.name);
  }

  /** Resolves once a commit waits for a standby. */
  async untilWaiting(): Promise<void> {
    await until(async () => (await this.primary.query(WAITING)).length > 0);
  }

  /** Has backends that wait for a standby cancelled or terminated, again and again. */
  async disturb(how: 'pg_cancel_backend' | 'pg_terminate_backend', ms: number): Promise<void> {
    for (const end = performance.now() + ms; performance.now() < end; ) {
      await this.untilWaiting();
      await this.primary.query(`SELECT ${how}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`);
      await delay(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.all) await each[Symbol.asyncDispose]();
  }
}
