import { type Position, TrimmedError } from '../../../../../server/engine/log/log.ts';
import type {
  Batch,
  Beat,
  Contents,
  End,
  LogDatabase,
  Row,
  Statement,
} from '../../../../../server/engine/log/replicated/log-database.ts';
import type { Chance, Process, Scheduler } from './scheduler.ts';

/** How likely what goes wrong does. */
export interface Weather {
  /** The statement never comes to the database; or is done, and its answer does not come back; or is done much later. */
  readonly lostBefore: number;
  readonly lostAfter: number;
  readonly late: number;
  readonly failed: number;
  readonly warned: number;
  /** A read's connection is lost. */
  readonly lostRead: number;
  /** A batch is large, and takes so many milliseconds on its way, or less. */
  readonly large: number;
  readonly largestMs: number;
  /** Longest way of a statement or of an answer, and longest wait for the standby, milliseconds. */
  readonly latestMs: number;
}

export const FAIR: Weather = {
  lostBefore: 0,
  lostAfter: 0,
  late: 0,
  failed: 0,
  warned: 0,
  lostRead: 0,
  large: 0,
  largestMs: 0,
  latestMs: 3,
};
export const ROUGH: Weather = {
  lostBefore: 0.05,
  lostAfter: 0.06,
  late: 0.03,
  failed: 0.05,
  warned: 0.08,
  lostRead: 0.08,
  large: 0.02,
  largestMs: 3000,
  latestMs: 60,
};

/** That are read at once, whatever is asked for. */
const MOST_BATCHES = 16;

interface State {
  row: Row;
  batches: Batch[];
}

const EMPTY: Row = {
  epoch: 0,
  leader: '',
  successor: '',
  position: 0,
  beat: 0,
  trimmed: 0,
  trimmedSegment: 0,
  known: 0,
};

/**
 * A database that keeps the log of a cluster, and a standby that gets all of its changes in their order. A seed decides
 * what becomes of each statement.
 */
export class SimulatedDatabase {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
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
    this.scheduler = scheduler;
    this.chance = chance;
  }

  /** As a server sees it. */
  connect(process: Process): LogDatabase {
    return new Connection(this, process);
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
    for (const go of held) this.scheduler.after(0, go);
  }

  /** The primary is gone; the standby goes on with what it has, which is what was committed, or more. */
  failOver(): void {
    this.#cutTo(this.#replicated + this.chance.below(this.#changes.length - this.#replicated + 1));
  }

  /** The same, and some of what was committed is lost. */
  lose(): void {
    this.#cutTo(Math.max(0, this.#replicated - this.chance.below(10)));
  }

  /** Somebody takes batches away, or puts all back as it was: what it has now, to be put back later. */
  tamper(change: (now: Tampered) => Tampered): Tampered {
    const now = { row: this.#state.row, batches: [...this.#state.batches] };
    const { row, batches } = change(now);
    this.#state = { row, batches: [...batches] };
    return now;
  }

  /** Batches from a position on, at most so many: few at once, as where they are large. */
  batchesFrom(from: Position, most: number): readonly Batch[] {
    return this.#state.batches
      .filter(({ position }) => position >= from)
      .slice(0, Math.min(most, MOST_BATCHES));
  }

  /** So many bytes from a position on, or as many as its segment has; none where it is freed. */
  bytesFrom(segment: number, from: Position, length: number): Buffer {
    const parts: Buffer[] = [];
    let end = from;
    for (const batch of this.#state.batches) {
      const batchEnd = batch.position + batch.length;
      if (batch.segment !== segment || batch.position > end || batchEnd <= end) continue;
      parts.push(batch.bytes.subarray(end - batch.position));
      end = batchEnd;
      if (end >= from + length) break;
    }
    return Buffer.concat(parts).subarray(0, length);
  }

  /** Does a statement if its condition holds; how many changes there are then. */
  change(statement: Statement): number | undefined {
    if (!holds(this.#state.row, statement)) return undefined;
    apply(this.#state, statement);
    return this.#changes.push(statement);
  }

  /** The standby has the first so many changes. */
  replicated(count: number): void {
    this.#replicated = Math.max(this.#replicated, count);
  }

  /** Lets an answer go its way. */
  reply(answer: () => void): void {
    const go = () => {
      if (this.#held === undefined) answer();
      else this.#held.push(answer);
    };
    this.scheduler.after(this.delay(), go);
  }

  delay(): number {
    return this.chance.below(this.weather.latestMs + 1);
  }

  /** How long a statement is on its way. */
  wayOf({ kind }: Statement): number {
    const { large, largestMs } = this.weather;
    const isLarge = kind === 'append' && this.chance.is(large);
    return isLarge ? this.chance.below(largestMs + 1) : this.delay();
  }

  #cutTo(kept: number): void {
    this.#changes = this.#changes.slice(0, kept);
    this.#replicated = kept;
    this.#state = { row: EMPTY, batches: [] };
    for (const change of this.#changes) apply(this.#state, change);
    this.timeline++;
  }
}

/** What there is of a log. */
export interface Tampered {
  readonly row: Row;
  readonly batches: readonly Batch[];
}

/** The connection of a server, which is to one of the copies, and is made anew whenever it is lost. */
class Connection implements LogDatabase {
  readonly #database: SimulatedDatabase;
  readonly #process: Process;
  #number = 1;
  #timeline: number;

  constructor(database: SimulatedDatabase, process: Process) {
    this.#database = database;
    this.#process = process;
    this.#timeline = database.timeline;
  }

  execute(statement: Statement, connection: number | undefined, ended: (end: End) => void): void {
    const { chance, scheduler } = this.#database;
    const { lostBefore, lostAfter, late, failed, warned } = this.#database.weather;
    const number = connection ?? this.#current;
    const isLost = chance.is(lostBefore);
    const isLate = chance.is(late);
    const answer = (end: End) => this.#reply(() => ended(this.#isLost(number) ? 'lost' : end));
    scheduler.after(this.#database.wayOf(statement), () => {
      if (this.#isLost(number)) answer('lost');
      else if (isLost || isLate) {
        this.#lose();
        answer('lost');
        if (isLate) this.#doLater(statement);
      } else if (chance.is(failed)) answer('failed');
      else {
        const count = this.#database.change(statement);
        if (count === undefined) {
          answer('unchanged');
          return;
        }
        const end = chance.is(lostAfter) ? 'lost' : chance.is(warned) ? 'warned' : 'committed';
        if (end === 'lost') this.#lose();
        this.#replicate(count, end, answer);
      }
    });
  }

  /** It has nothing to look at. */
  expectRaise(): void {}

  /** What goes wrong on its way does nothing to the connection beside which it goes. */
  beatBeside(beat: Beat, number: number, ended: (end: End) => void): void {
    const database = this.#database;
    const { chance } = database;
    const { lostBefore, lostAfter, failed, warned } = database.weather;
    const answer = (end: End) => this.#reply(() => ended(end));
    database.scheduler.after(database.delay(), () => {
      if (this.#isLost(number) || chance.is(lostBefore)) answer('lost');
      else if (chance.is(failed)) answer('failed');
      else {
        const count = database.change(beat);
        if (count === undefined) answer('unchanged');
        else {
          const end = chance.is(lostAfter) ? 'lost' : chance.is(warned) ? 'warned' : 'committed';
          this.#replicate(count, end, answer);
        }
      }
    });
  }

  read(from: Position, most: number, done: (contents: Contents | undefined) => void): void {
    const database = this.#database;
    const connection = this.#current;
    const isLost = database.chance.is(database.weather.lostRead);
    database.scheduler.after(database.delay(), () => {
      if (isLost && !this.#isLost(connection)) this.#lose();
      const contents = this.#isLost(connection)
        ? undefined
        : { row: database.row, connection, batches: database.batchesFrom(from, most) };
      this.#reply(() => done(contents));
    });
  }

  /** Over a connection of its own, which is as quick as a disk: what waits for it is not what is tried here. */
  load(segment: number, position: Position, length: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const answer = () => {
        const bytes = this.#database.bytesFrom(segment, position, length);
        if (bytes.length === 0) reject(new TrimmedError(`nothing is at ${position}`));
        else resolve(bytes);
      };
      this.#database.scheduler.after(0, () => this.#process.deliver(answer));
    });
  }

  async close(): Promise<void> {
    // What is under way is answered all the same: nobody listens.
  }

  get #current(): number {
    if (this.#timeline !== this.#database.timeline) this.#lose();
    return this.#number;
  }

  #isLost(number: number): boolean {
    return number !== this.#current;
  }

  #lose(): void {
    this.#number++;
    this.#timeline = this.#database.timeline;
  }

  /** Whoever has sent it knows nothing of it any more. */
  #doLater(statement: Statement): void {
    const { timeline } = this.#database;
    this.#database.scheduler.after(20 * this.#database.delay(), () => {
      if (timeline !== this.#database.timeline) return;
      const count = this.#database.change(statement);
      if (count !== undefined) this.#replicate(count, 'lost', () => {});
    });
  }

  /** Waits until the standby has the first so many changes, unless that wait is cut short. */
  #replicate(count: number, end: End, answer: (end: End) => void): void {
    const { timeline } = this.#database;
    const arrives = () => {
      if (timeline === this.#database.timeline) this.#database.replicated(count);
    };
    if (end !== 'committed') {
      // Sooner or later, or never, if the primary is gone before.
      this.#database.scheduler.after(20 * this.#database.delay(), arrives);
      answer(end);
      return;
    }
    this.#database.scheduler.after(this.#database.delay(), () => {
      arrives();
      answer(timeline === this.#database.timeline ? 'committed' : 'lost');
    });
  }

  #reply(answer: () => void): void {
    this.#database.reply(() => this.#process.deliver(answer));
  }
}

/** Whether a statement's condition holds. */
function holds(row: Row, statement: Statement): boolean {
  if (statement.kind === 'raise') {
    const { epoch, position, beat } = statement.seen;
    return row.epoch === epoch && row.position === position && row.beat === beat;
  }
  if (row.epoch !== statement.epoch) return false;
  if (statement.kind === 'trim') return row.trimmed < statement.to;
  return statement.kind !== 'append' || row.position === statement.batch.position;
}

function apply(state: State, statement: Statement): void {
  const { row } = state;
  const beat = row.beat + 1;
  const known = statement.kind === 'raise' ? row.known : Math.max(row.known, statement.known);
  switch (statement.kind) {
    case 'append': {
      const { batch } = statement;
      state.row = { ...row, beat, known, position: batch.position + batch.length };
      state.batches.push(batch);
      return;
    }
    case 'beat':
      state.row = { ...row, beat, known };
      return;
    case 'trim': {
      const { to, segment } = statement;
      state.row = { ...row, beat, known, trimmed: to, trimmedSegment: segment };
      state.batches = state.batches.filter(({ position }) => position >= to);
      return;
    }
    case 'handOver':
      state.row = { ...row, beat, known, successor: statement.successor };
      return;
    case 'raise':
      state.row = { ...row, beat, epoch: row.epoch + 1, leader: statement.leader, successor: '' };
  }
}
