import type { Position } from '../../position.ts';
import type { Batch, Beat, Row, Statement } from '../log-database.ts';
import type { Prepared, Values } from './connection.ts';
import type { Tables } from './tables.ts';

/** Batches are read up to so many bytes at once, and at least one. */
const MOST_BYTES = 2 * 1024 ** 2;
const ROW = 'epoch, leader, successor, position, beat, trimmed, trimmed_segment, known, system, timeline';
const ROW_VALUES = 10;
const BATCH = 'id, position, length, epoch, time, segment, is_segment, bytes';

/**
 * What is said to the database, and in which words. Each condition and its effect are one statement, without BEGIN; where it is done,
 * one row tells the process that has done it, and whether commits wait for no standby.
 */
export class Statements {
  readonly #cluster: string;
  readonly #append: Prepared;
  readonly #beat: Prepared;
  readonly #beatBeside: Prepared;
  readonly #trim: Prepared;
  readonly #handOver: Prepared;
  readonly #raise: Prepared;
  /** The row alone, and with batches. */
  readonly row: Prepared;
  // These are planned each time: a plan for any segment would lock the partitions of all of them.
  readonly #batches: string;
  readonly #load: string;

  constructor({ cluster, clusters, log }: Tables) {
    this.#cluster = cluster;
    const mine = 'WHERE cluster = $1 AND epoch = $2';
    // What is done late, after its connection was lost, takes back nothing that is known.
    const changed = `UPDATE ${clusters} SET beat = beat + 1, known = greatest(known, $3)`;
    const told = `RETURNING pg_backend_pid(), current_setting('synchronous_standby_names') = ''`;
    this.#append = {
      name: 'append',
      text: `WITH moved AS (${changed}, position = $4::bigint + $5 ${mine} AND position = $4 RETURNING 1)
        INSERT INTO ${log} (${BATCH})
        SELECT $6::bigint, $4::bigint, $5::bigint, $2::bigint, $7::double precision, $8::bigint, $9::boolean, $10::bytea
        FROM moved ${told}`,
    };
    this.#beat = { name: 'beat', text: `${changed}, system = $4, timeline = $5 ${mine} ${told}` };
    // Whoever has the row commits a sign of life himself. Nobody knows which of the two is first.
    this.#beatBeside = {
      name: 'beat_beside',
      text: `${changed} ${mine}
        AND cluster IN (SELECT cluster FROM ${clusters} WHERE cluster = $1 FOR UPDATE SKIP LOCKED) ${told}`,
    };
    this.#trim = {
      name: 'trim',
      text: `${changed}, trimmed = $4, trimmed_segment = $5 ${mine} AND trimmed < $4 ${told}`,
    };
    this.#handOver = { name: 'hand_over', text: `${changed}, successor = $4 ${mine} ${told}` };
    this.#raise = {
      name: 'raise',
      text: `UPDATE ${clusters} SET beat = beat + 1, epoch = epoch + 1, leader = $5, successor = '', system = $6, timeline = $7
        ${mine} AND position = $3 AND beat = $4 ${told}`,
    };
    this.row = { name: 'row', text: `SELECT ${ROW} FROM ${clusters} WHERE cluster = $1` };
    // The sums are made before the bytes are fetched.
    this.#batches = `SELECT c.*, b.* FROM (SELECT ${ROW} FROM ${clusters} WHERE cluster = $1) c LEFT JOIN (
          SELECT ${BATCH} FROM (
            SELECT *, sum(length) OVER (ORDER BY segment, position) - length AS before FROM (
              SELECT ${BATCH} FROM ${log} WHERE segment BETWEEN $3 AND $4 AND position >= $2 ORDER BY segment, position LIMIT $5
            ) found
          ) summed WHERE before < ${MOST_BYTES}
        ) b ON true ORDER BY b.segment, b.position`;
    const covering = `SELECT position FROM ${log} WHERE segment = $1 AND position <= $2 ORDER BY position DESC LIMIT 1`;
    const part = `substring(bytes FROM (greatest($2 - position, 0) + 1)::int FOR ($2 + $3 - greatest(position, $2))::int)`;
    this.#load = `SELECT string_agg(${part}, ''::bytea ORDER BY position), max(position + length) FROM ${log}
        WHERE segment = $1::bigint AND position >= (${covering}) AND position < $2::bigint + $3::bigint`;
  }

  /** A statement in words, and its values; a beat and a raise say on which copy of the database they were made. */
  of(statement: Statement, system: string, timeline: number): [Prepared, Values] {
    const cluster = this.#cluster;
    if (statement.kind === 'raise') {
      const { epoch, position, beat } = statement.seen;
      return [this.#raise, [cluster, epoch, position, beat, statement.leader, system, timeline]];
    }
    const { epoch, known } = statement;
    switch (statement.kind) {
      case 'append': {
        const { id, position, length, time, segment, isSegment, bytes } = statement.batch;
        return [this.#append, [cluster, epoch, known, position, length, id, time, segment, isSegment, bytes]];
      }
      case 'beat':
        return [this.#beat, [cluster, epoch, known, system, timeline]];
      case 'trim':
        return [this.#trim, [cluster, epoch, known, statement.to, statement.segment]];
      case 'handOver':
        return [this.#handOver, [cluster, epoch, known, statement.successor]];
    }
  }

  beatBeside({ epoch, known }: Beat): [Prepared, Values] {
    return [this.#beatBeside, [this.#cluster, epoch, known]];
  }

  /** Batches of segments between two numbers. */
  batches(from: Position, first: number, last: number, most: number): [string, Values] {
    return [this.#batches, [this.#cluster, from, first, last, most]];
  }

  load(segment: number, position: Position, length: number): [string, Values] {
    return [this.#load, [segment, position, length]];
  }
}

/** The row, and on which copy of the database it was written last. */
export interface SeenRow extends Row {
  readonly system: string;
  readonly timeline: number;
}

export function rowOf(values: Values): SeenRow {
  const [epoch, leader, successor, position, beat, trimmed, trimmedSegment, known, system, timeline] = values;
  return { epoch, leader, successor, position, beat, trimmed, trimmedSegment, known, system, timeline };
}

/** The batches of rows that begin with that of the cluster. */
export function batchesOf(rows: readonly Values[]): Batch[] {
  // Without a batch its columns are null.
  return rows
    .filter((values) => values[ROW_VALUES] !== null)
    .map((values) => batchOf(values.slice(ROW_VALUES)));
}

function batchOf(values: Values): Batch {
  const [id, position, length, epoch, time, segment, isSegment, bytes] = values;
  return { id, position, length, epoch, time, segment, isSegment, bytes };
}
