import type { Position } from '../../../../../server/engine/log/log.ts';
import type { Chance, Scheduler } from './scheduler.ts';

/** What one statement appends. */
export interface Batch {
  /** Its own: two batches that say the same are not the same. */
  readonly id: number;
  readonly position: Position;
  readonly length: number;
  /** Engine time of its writing, milliseconds since the epoch. */
  readonly time: number;
  /** Whether a segment begins with it. */
  readonly isSegment: boolean;
  readonly bytes: Buffer;
}

/** The row of the cluster. */
export interface Row {
  readonly epoch: number;
  /** Who leads. */
  readonly leader: number;
  /** Where the next batch goes. */
  readonly position: Position;
  /** Counts what the leader says to be alive. */
  readonly beat: number;
  /** All before it was trimmed. */
  readonly trimmed: Position;
  /** All before it is committed for certain, as the leader knew it when it wrote last. */
  readonly known: Position;
}

/** One statement, whose condition and effect are one. */
export type Statement =
  | { readonly kind: 'append'; readonly epoch: number; readonly known: Position; readonly batch: Batch }
  | { readonly kind: 'beat'; readonly epoch: number; readonly known: Position }
  | { readonly kind: 'trim'; readonly epoch: number; readonly known: Position; readonly to: Position }
  /** Where nothing has changed since the row was seen. */
  | { readonly kind: 'raise'; readonly seen: Row; readonly leader: number };

/**
 * How a statement ends. `committed`: both copies have it. `warned`: done, but only this copy is certain to have it.
 * `unchanged`: its condition does not hold. `failed`: a conflict; nothing is done. `lost`: the connection is, and nobody
 * knows.
 */
export type End = 'committed' | 'warned' | 'unchanged' | 'failed' | 'lost';

/** What is there now: on this copy, committed or not. */
export interface Contents {
  readonly row: Row;
  /** Of the copy that was read. */
  readonly timeline: number;
  /** From the asked position on, at most so many as are asked for. */
  readonly batches: readonly Batch[];
}

/** How likely what goes wrong does. */
export interface Weather {
  /** The statement never comes to the database; or is done, and its answer does not come back. */
  readonly lostBefore: number;
  readonly lostAfter: number;
  readonly failed: number;
  readonly warned: number;
  /** A read's connection is lost. */
  readonly lostRead: number;
  /** Longest way of a statement or of an answer, and longest wait for the standby, milliseconds. */
  readonly latestMs: number;
}

export const FAIR: Weather = { lostBefore: 0, lostAfter: 0, failed: 0, warned: 0, lostRead: 0, latestMs: 3 };
export const ROUGH: Weather = {
  lostBefore: 0.05,
  lostAfter: 0.08,
  failed: 0.05,
  warned: 0.08,
  lostRead: 0.08,
  latestMs: 60,
};

interface State {
  row: Row;
  batches: Batch[];
}

const EMPTY: Row = { epoch: 0, leader: 0, position: 0, beat: 0, trimmed: 0, known: 0 };

/**
 * A database that keeps the log of a cluster, and a standby that gets all of its changes in their order. A seed decides
 * what becomes of each statement.
 */
export class SimulatedDatabase {
  readonly #scheduler: Scheduler;
  readonly #chance: Chance;
  weather: Weather = FAIR;
  /** Nothing is answered while it is there. */
  #held: (() => void)[] | undefined;
  /** All changes, in order, as this copy has them; how many of them the standby has. */
  #changes: Statement[] = [];
  #replicated = 0;
  #state: State = { row: EMPTY, batches: [] };
  /** Which of the copies that there ever were this is; a connection is to one of them. */
  timeline = 1;

  constructor(scheduler: Scheduler, chance: Chance) {
    this.#scheduler = scheduler;
    this.#chance = chance;
  }

  /** What both copies have of the row. */
  get durableRow(): Row {
    return replay(this.#changes.slice(0, this.#replicated)).row;
  }

  /** What this copy has of the row. */
  get row(): Row {
    return this.#state.row;
  }

  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const go of held) this.#scheduler.after(0, go);
  }

  /** The primary is gone; the standby goes on with what it has, which is what was committed, or more. */
  failOver(): void {
    const kept = this.#replicated + this.#chance.below(this.#changes.length - this.#replicated + 1);
    this.#changes = this.#changes.slice(0, kept);
    this.#replicated = kept;
    this.#state = replay(this.#changes);
    this.timeline++;
  }

  /**
   * Does a statement, on a connection to the copy of that timeline or to the one there is; `ended` is called when its end
   * is known, or that it never will be.
   */
  execute(statement: Statement, timeline: number = this.timeline, ended: (end: End) => void): void {
    const { lostBefore, lostAfter, failed, warned } = this.weather;
    const isLost = this.#chance.is(lostBefore);
    this.#scheduler.after(this.#delay(), () => {
      if (isLost || timeline !== this.timeline) this.#answer('lost', ended);
      else if (this.#chance.is(failed)) this.#answer('failed', ended);
      else if (!holds(this.#state.row, statement)) this.#answer('unchanged', ended);
      else {
        apply(this.#state, statement);
        this.#changes.push(statement);
        const end = this.#chance.is(lostAfter) ? 'lost' : this.#chance.is(warned) ? 'warned' : 'committed';
        this.#replicate(this.#changes.length, end, timeline, ended);
      }
    });
  }

  /** Reads the row and batches from a position on; undefined when the connection is lost. */
  read(from: Position, most: number, done: (contents: Contents | undefined) => void): void {
    const { timeline } = this;
    const isLost = this.#chance.is(this.weather.lostRead);
    this.#scheduler.after(this.#delay(), () => {
      const { row, batches } = this.#state;
      const found = batches.filter(({ position }) => position >= from).slice(0, most);
      const contents = isLost || timeline !== this.timeline ? undefined : { row, timeline, batches: found };
      this.#reply(() => done(contents));
    });
  }

  /** Waits until the standby has the first so many changes, unless that wait is cut short. */
  #replicate(count: number, end: End, timeline: number, ended: (end: End) => void): void {
    const arrives = () => {
      if (timeline === this.timeline) this.#replicated = Math.max(this.#replicated, count);
    };
    if (end !== 'committed') {
      // Sooner or later, or never, if the primary is gone before.
      this.#scheduler.after(20 * this.#delay(), arrives);
      this.#answer(end, ended);
      return;
    }
    this.#scheduler.after(this.#delay(), () => {
      arrives();
      this.#answer(timeline === this.timeline ? 'committed' : 'lost', ended);
    });
  }

  #answer(end: End, ended: (end: End) => void): void {
    this.#reply(() => ended(end));
  }

  #reply(reply: () => void): void {
    const go = () => {
      if (this.#held === undefined) reply();
      else this.#held.push(reply);
    };
    this.#scheduler.after(this.#delay(), go);
  }

  #delay(): number {
    return this.#chance.below(this.weather.latestMs + 1);
  }
}

/** Whether a statement's condition holds. */
function holds(row: Row, statement: Statement): boolean {
  if (statement.kind === 'raise') {
    const { epoch, position, beat } = statement.seen;
    return row.epoch === epoch && row.position === position && row.beat === beat;
  }
  if (row.epoch !== statement.epoch) return false;
  return statement.kind !== 'append' || row.position === statement.batch.position;
}

function apply(state: State, statement: Statement): void {
  const { row } = state;
  const beat = row.beat + 1;
  switch (statement.kind) {
    case 'append': {
      const { batch, known } = statement;
      state.row = { ...row, beat, known, position: batch.position + batch.length };
      state.batches.push(batch);
      return;
    }
    case 'beat':
      state.row = { ...row, beat, known: statement.known };
      return;
    case 'trim':
      state.row = { ...row, beat, known: statement.known, trimmed: statement.to };
      state.batches = state.batches.filter(({ position }) => position >= statement.to);
      return;
    case 'raise':
      state.row = { ...row, beat, epoch: row.epoch + 1, leader: statement.leader };
  }
}

function replay(changes: readonly Statement[]): State {
  const state: State = { row: EMPTY, batches: [] };
  for (const change of changes) apply(state, change);
  return state;
}
