import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import { ProcessTiming } from '../../../../../server/cluster/process-timing.ts';
import type { LogDatabase } from '../../../../../server/engine/log/replicated/log-database.ts';
import { PostgresDatabase } from '../../../../../server/engine/log/replicated/postgres/postgres-database.ts';
import { ReplicatedLog } from '../../../../../server/engine/log/replicated/replicated-log.ts';
import { missing } from '../../../../helpers/missing.ts';
import { PostgresServer } from '../../../../helpers/postgres/postgres-server.ts';
import { PROGRAMS } from '../../../../helpers/postgres/programs.ts';
import { describeLog, SEGMENT } from '../contract.ts';
import type { LogHarness } from '../log-harness.ts';

/** Longer than anything here takes. */
const LEASE_MS = 20_000;
/** Long enough for whatever the log does by itself. */
const PAUSE_MS = 5;

let postgres: PostgresServer;
let count = 0;

/** A database whose calls are counted. */
class Watched implements LogDatabase {
  readonly #database: LogDatabase;
  /** Without an answer. */
  open = 0;
  answers = 0;

  constructor(database: LogDatabase) {
    this.#database = database;
  }

  #answered(): void {
    this.open--;
    this.answers++;
  }

  expectRaise(): void {
    this.#database.expectRaise();
  }

  execute(...[statement, connection, ended]: Parameters<LogDatabase['execute']>): void {
    this.open++;
    this.#database.execute(statement, connection, (end) => {
      this.#answered();
      ended(end);
    });
  }

  beatBeside(...beat: Parameters<LogDatabase['beatBeside']>): void {
    this.#database.beatBeside(...beat);
  }

  read(...[from, most, done]: Parameters<LogDatabase['read']>): void {
    this.open++;
    this.#database.read(from, most, (contents) => {
      this.#answered();
      done(contents);
    });
  }

  async load(...range: Parameters<LogDatabase['load']>): Promise<Buffer> {
    this.open++;
    return this.#database.load(...range).finally(() => this.#answered());
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

/** Servers of a cluster of its own, one after the other. */
function inPostgres(): LogHarness {
  const cluster = `contract_${++count}`;
  let member = 0;
  let database: Watched | undefined;
  let isHeld = false;
  let ready: Promise<void> | undefined;

  /** At once, as the harness wants it. */
  function change(values: string): void {
    const sql = `UPDATE memq.clusters SET beat = beat + 1, ${values} WHERE cluster = '${cluster}'`;
    const where = ['-h', postgres.socketFolder, '-p', String(postgres.port), '-U', 'memq', '-d', 'postgres'];
    const { status, stderr } = spawnSync(join(PROGRAMS!, 'psql'), [...where, '-c', sql], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
  }

  async function settle(): Promise<void> {
    const before = database?.answers;
    do await delay(PAUSE_MS);
    while (!isHeld && database !== undefined && database.open > 0 && database.answers === before);
  }

  return {
    settle,
    async open() {
      await ready;
      const id = `server ${++member}`;
      const lines = { info() {}, warn() {}, error() {} };
      const opened = await PostgresDatabase.open({
        ...{ url: postgres.url, schema: 'memq', cluster, member: id, leaseMs: LEASE_MS },
        ...{ requireStandby: false, isUnchecked: false, lines, onCondition() {} },
      });
      // It need not wait until the one before it is silent.
      if (member > 1) change(`successor = '${id}'`);
      database = new Watched(opened);
      const log = ReplicatedLog.open({
        ...{ database, timing: new ProcessTiming(), member: id, cacheSize: 2 * SEGMENT, clock: Date.now },
        ...{ leaseMs: LEASE_MS, segmentSize: SEGMENT, batchSize: SEGMENT },
      });
      await log.lead();
      return log;
    },
    hold() {
      isHeld = true;
      postgres.pause();
    },
    release() {
      if (isHeld) void postgres.resume();
      isHeld = false;
    },
    breakDown: () => change(`epoch = epoch + 1, leader = 'another'`),
    crash() {
      void database?.close();
      database = undefined;
      ready = postgres.kill().then(() => postgres.resume());
    },
  };
}

if (PROGRAMS === undefined) missing('the replicated log on PostgreSQL: PostgreSQL is not installed');
else {
  beforeAll(async () => {
    postgres = await PostgresServer.start();
  });
  afterAll(() => postgres[Symbol.asyncDispose]());
  describeLog('the replicated log on PostgreSQL', inPostgres);
}
