import { setTimeout } from 'node:timers';
import type { Log } from '../../server/engine/log/log.ts';
import type { LogDatabase, Timing } from '../../server/engine/log/replicated/log-database.ts';
import { PostgresDatabase } from '../../server/engine/log/replicated/postgres/postgres-database.ts';
import { ReplicatedLog } from '../../server/engine/log/replicated/replicated-log.ts';
import type { PostgresServer } from '../helpers/postgres/postgres-server.ts';
import type { Logs } from './logs.ts';
import { SEGMENT } from './steps.ts';

/** No leader is ever in doubt: what it refuses then is not part of the model. But a follower looks at the row once in a twentieth of it. */
const LEASE_MS = 20_000;
/** The same for timers of the database, which go by the clock of the model: more than passes there, and what a timer can do. */
const MODEL_LEASE_MS = 2_000_000_000;
/** What is to be done later is done so soon: how often a row is looked at, say, decides nothing. */
const SOON_MS = 10;
const SCHEMA = 'memq';

const timing: Timing = {
  get now() {
    return performance.now();
  },
  // Not by the clock of the model.
  after: (ms, run) => {
    setTimeout(run, Math.min(ms, SOON_MS));
  },
};

/** A server's way to the database. Of one that is killed the database hears no more, nor does it hear of the database. */
class Way implements LogDatabase {
  readonly #database: PostgresDatabase;
  #isCut = false;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  execute(...[statement, connection, ended]: Parameters<LogDatabase['execute']>): void {
    if (this.#isCut) return;
    this.#database.execute(statement, connection, (end) => {
      if (!this.#isCut) ended(end);
    });
  }

  expectRaise(): void {
    if (!this.#isCut) this.#database.expectRaise();
  }

  beatBeside(...[beat, connection, ended]: Parameters<LogDatabase['beatBeside']>): void {
    if (this.#isCut) return;
    this.#database.beatBeside(beat, connection, (end) => {
      if (!this.#isCut) ended(end);
    });
  }

  read(...[from, most, done]: Parameters<LogDatabase['read']>): void {
    if (this.#isCut) return;
    this.#database.read(from, most, (contents) => {
      if (!this.#isCut) done(contents);
    });
  }

  async load(...range: Parameters<LogDatabase['load']>): Promise<Buffer> {
    return this.#isCut ? new Promise(() => {}) : this.#database.load(...range);
  }

  cut(): Promise<void> {
    this.#isCut = true;
    return this.#database.close();
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

interface Server {
  readonly log: ReplicatedLog;
  readonly way: Way;
  readonly member: string;
}

/** In a real PostgreSQL, a cluster each. A follower takes over at once, whatever the end of the leader was. */
export class PostgresLogs implements Logs {
  readonly last = true;
  readonly patienceMs = 60_000;
  isSame = true;
  readonly #postgres: PostgresServer;
  readonly #cluster: string;
  #servers: Server[] = [];
  #count = 0;
  #leader: Server | undefined;
  #follower: Server | undefined;

  constructor(postgres: PostgresServer, cluster: string) {
    this.#postgres = postgres;
    this.#cluster = cluster;
  }

  async open(): Promise<Log> {
    const server = this.#follower ?? (await this.#server());
    this.isSame = this.#follower !== undefined;
    this.#follower = undefined;
    this.#leader = server;
    // It need not wait until the one before it has been silent for a lease.
    await this.#postgres.query(
      `UPDATE ${SCHEMA}.clusters SET beat = beat + 1, successor = $1 WHERE cluster = $2`,
      [server.member, this.#cluster],
    );
    await server.log.lead();
    return server.log;
  }

  async follow(): Promise<Log> {
    this.#follower = await this.#server();
    return this.#follower.log;
  }

  crash(): void {
    void this.#leader?.way.cut();
  }

  fork(): undefined {}

  end(): void {
    for (const { way } of this.#servers) void way.cut();
    this.#servers = [];
  }

  async #server(): Promise<Server> {
    const member = `server ${++this.#count}`;
    const lines = { info() {}, warn() {}, error() {} };
    const database = await PostgresDatabase.open({
      ...{ url: this.#postgres.url, schema: SCHEMA, cluster: this.#cluster, member, leaseMs: MODEL_LEASE_MS },
      ...{ requireStandby: false, isUnchecked: false, lines, onCondition() {} },
    });
    const way = new Way(database);
    const log = ReplicatedLog.open({
      ...{ database: way, timing, member, cacheSize: SEGMENT, clock: () => Date.now() },
      ...{ leaseMs: LEASE_MS, segmentSize: SEGMENT, batchSize: SEGMENT },
    });
    const server = { log, way, member };
    this.#servers.push(server);
    return server;
  }
}
