import { onTestFinished } from 'vitest';
import type { DatabaseCondition } from '../../../../../server/engine/log/replicated/cluster-members.ts';
import type {
  Batch,
  Contents,
  End,
  LogDatabase,
  Row,
  Statement,
} from '../../../../../server/engine/log/replicated/log-database.ts';
import {
  PostgresDatabase,
  type PostgresOptions,
} from '../../../../../server/engine/log/replicated/postgres/postgres-database.ts';

/** Of most tests: long enough for a busy machine, short enough to be waited for. */
export const LEASE_MS = 3000;

let count = 0;

/** What a test sees of a database. */
export interface Seen {
  readonly database: PostgresDatabase;
  /** Lines that people would see, with their level. */
  readonly lines: string[];
  readonly conditions: DatabaseCondition[];
}

/** A database as a server has it, until the test ends; of a cluster of its own unless the test says which. */
export async function openDatabase(url: string, options: Partial<PostgresOptions> = {}): Promise<Seen> {
  const lines: string[] = [];
  const conditions: DatabaseCondition[] = [];
  const line = (level: string) => (text: string) => lines.push(`${level} ${text}`);
  const database = await PostgresDatabase.open({
    url,
    schema: 'memq',
    cluster: `test_${++count}`,
    member: `member ${count}`,
    leaseMs: LEASE_MS,
    requireStandby: false,
    isUnchecked: false,
    lines: { info: line('info'), warn: line('warn'), error: line('error') },
    onCondition: (condition) => conditions.push(condition),
    ...options,
  });
  onTestFinished(() => database.close());
  return { database, lines, conditions };
}

/** The end of a statement. */
export function execute(database: LogDatabase, statement: Statement, connection?: number): Promise<End> {
  return new Promise((resolve) => database.execute(statement, connection, resolve));
}

export function read(database: LogDatabase, from = 0, most = 100): Promise<Contents | undefined> {
  return new Promise((resolve) => database.read(from, most, resolve));
}

/** All batches from a position on: one answer may have some of them only. */
export async function readAll(database: LogDatabase, from = 0): Promise<Batch[]> {
  const found: Batch[] = [];
  for (let next = from; ; ) {
    const contents = await read(database, next);
    if (contents === undefined) throw new Error('the connection was lost');
    const { row, batches } = contents;
    found.push(...batches);
    const last = batches.at(-1);
    if (last === undefined) return found;
    next = last.position + last.length;
    if (next === row.position) return found;
  }
}

export async function rowOf(database: LogDatabase): Promise<Row> {
  return (await read(database, 0, 0))!.row;
}

/** A batch of these bytes. */
export function batchOf(position: number, bytes: Buffer | string, more: Partial<Batch> = {}): Batch {
  const buffer = Buffer.from(bytes as string);
  return {
    ...{ id: position + 1, position, length: buffer.length, epoch: 1, time: 1_700_000_000_000.25 },
    ...{ segment: 0, isSegment: position === 0, bytes: buffer },
    ...more,
  };
}

export function append(batch: Batch, known = 0): Statement {
  return { kind: 'append', epoch: batch.epoch, known, batch };
}

/** Leads from the row on that is there. */
export async function raise(database: LogDatabase, leader = 'me'): Promise<End> {
  return execute(database, { kind: 'raise', seen: await rowOf(database), leader });
}
