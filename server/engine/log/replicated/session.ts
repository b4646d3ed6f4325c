import { type Position, TrimmedError } from '../log.ts';
import { DeposedError, LostRecordsError } from './cluster-log.ts';
import type { Frontier } from './frontier.ts';
import type {
  Batch,
  Beat,
  Contents,
  End,
  LeaderStatement,
  LogDatabase,
  Row,
  Timing,
} from './log-database.ts';

/** How long after trouble it is tried again, milliseconds: at first, and at the most. */
const PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 320;

/** Of a connection. */
const LOST = 'lost';

/** An epoch that begins. */
export interface Raised {
  readonly epoch: number;
  /** When the statement was sent that tells it for certain. */
  readonly sentAt: number;
  /** All before it is committed: that commit covers it. */
  readonly position: Position;
}

/**
 * What a server says to the database: one statement at a time, until its end is known.
 *
 * Whatever was read over a new connection is used only once the database there was seen to have what this server knows.
 * A leader says nothing over any other connection, but that it is there while a large batch is on its way.
 */
export class Session {
  /** The row was read. */
  onRow: (row: Row, connection: number) => void = () => {};
  readonly #database: LogDatabase;
  readonly #timing: Timing;
  readonly #member: string;
  readonly #frontier: Frontier;
  /** The one in which this server leads; 0: it follows. */
  #epoch = 0;
  /** The connection over which that was seen last. */
  #connection = -1;
  /** Since when an append is under way; undefined: none is, or its end is being found out. */
  #appendingSince: number | undefined;
  #isBeatingBeside = false;
  #pause = PAUSE_MS;
  #isClosed = false;

  constructor(database: LogDatabase, timing: Timing, member: string, frontier: Frontier) {
    this.#database = database;
    this.#timing = timing;
    this.#member = member;
    this.#frontier = frontier;
  }

  /** Nothing is tried again any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Reads until that succeeds, or the database has lost what this server knows, or it is closed. */
  read(from: Position, most: number, done: (found: Contents | Error) => void): void {
    const { position } = this.#frontier;
    this.#database.read(from, most, (contents) => {
      if (contents === undefined) this.#later(() => this.read(from, most, done), done);
      else if (this.#isKnown(contents, position)) this.#found(contents, done);
      else {
        this.#compare(contents, (problem) => {
          if (problem === LOST) this.#later(() => this.read(from, most, done), done);
          else if (problem !== undefined) done(problem);
          else {
            this.#connection = contents.connection;
            this.#pause = PAUSE_MS;
            this.#found(contents, done);
          }
        });
      }
    });
  }

  /**
   * Does what a leader does. `done` is told when the commit that tells the end was sent; or why there is none: another server
   * leads, or the database has lost what it had.
   */
  perform(statement: LeaderStatement, done: (sentAt: number | Error) => void): void {
    const sentAt = this.#timing.now;
    if (statement.kind === 'append') this.#appendingSince = sentAt;
    this.#database.execute(statement, this.#connection, (end) => {
      this.#appendingSince = undefined;
      if (end !== 'committed') this.#later(() => this.#findOut(statement, done), done);
      else {
        this.#pause = PAUSE_MS;
        done(sentAt);
      }
    });
  }

  /** An epoch is likely to be raised in a moment. */
  expectRaise(): void {
    this.#database.expectRaise();
  }

  /** For how long an append has been under way, milliseconds; 0: none is. One that is tried again and again is not. */
  get appendingMs(): number {
    return this.#appendingSince === undefined ? 0 : this.#timing.now - this.#appendingSince;
  }

  /**
   * Beats past what is under way. `done` is told when a beat was sent that is committed for certain; never where it is not. That
   * tells of no other statement what has become of it.
   */
  beatBeside(beat: Beat, done: (sentAt: number) => void): void {
    if (this.#isBeatingBeside) return;
    this.#isBeatingBeside = true;
    const sentAt = this.#timing.now;
    this.#database.beatBeside(beat, this.#connection, (end) => {
      this.#isBeatingBeside = false;
      if (end === 'committed') done(sentAt);
    });
  }

  /** Leads from the row on that was read over a connection, where nothing has changed since; undefined: something has. */
  raise(seen: Row, connection: number, done: (raised: Raised | undefined) => void): void {
    const sentAt = this.#timing.now;
    const epoch = seen.epoch + 1;
    const { position } = seen;
    this.#database.execute({ kind: 'raise', seen, leader: this.#member }, connection, (end) => {
      if (end === 'committed') this.#leads({ epoch, sentAt, position }, done);
      else if (end === 'unchanged' || end === 'failed') done(undefined);
      else this.#whetherRaised(epoch, done);
    });
  }

  #whetherRaised(epoch: number, done: (raised: Raised | undefined) => void): void {
    this.read(0, 0, (found) => {
      if (found instanceof Error || whyDeposed(found.row, epoch, this.#member) !== undefined) {
        done(undefined);
        return;
      }
      this.#confirm(epoch, found, (sentAt) => {
        if (sentAt === undefined) this.#whetherRaised(epoch, done);
        else this.#leads({ epoch, sentAt, position: found.row.position }, done);
      });
    });
  }

  #leads(raised: Raised, done: (raised: Raised) => void): void {
    this.#epoch = raised.epoch;
    this.#pause = PAUSE_MS;
    done(raised);
  }

  /** Reads what has become of a statement of unknown end: a connection lost, a warning, a conflict, nothing done. */
  #findOut(statement: LeaderStatement, done: (sentAt: number | Error) => void): void {
    const batch = statement.kind === 'append' ? statement.batch : undefined;
    const again = () => this.#findOut(statement, done);
    this.read(batch?.position ?? 0, batch === undefined ? 0 : 1, (found) => {
      if (found instanceof Error) {
        done(found);
        return;
      }
      const { row, batches } = found;
      const deposed = whyDeposed(row, statement.epoch, this.#member);
      if (deposed !== undefined) done(deposed);
      else if (!mayBeDone(statement, row)) this.perform(statement, done);
      else if (batch !== undefined && !isThere(batch, batches)) done(this.#lostRecords(row));
      else {
        this.#confirm(statement.epoch, found, (sentAt) => {
          if (sentAt === undefined) this.#later(again, done);
          else done(sentAt);
        });
      }
    });
  }

  /**
   * What was read counts once a commit made afterwards over the same connection is through: the database's own log is in
   * order, so that one covers it.
   */
  #confirm(epoch: number, { row, connection }: Contents, done: (sentAt: number | undefined) => void): void {
    const sentAt = this.#timing.now;
    const known = Math.max(row.known, this.#frontier.position);
    this.#database.execute({ kind: 'beat', epoch, known }, connection, (end: End) => {
      done(end === 'committed' ? sentAt : undefined);
    });
  }

  /** Whether that is the log that this server knew up to a position: over the same connection, unless somebody has put back an older one. */
  #isKnown({ connection, row }: Contents, position: Position): boolean {
    return connection === this.#connection && row.position >= position;
  }

  /** Looks whether the database has what this server knows; or that connection may be lost as well. */
  #compare({ row, connection }: Contents, done: (problem: Error | typeof LOST | undefined) => void): void {
    const { last, position, needed } = this.#frontier;
    const deposed = this.#epoch === 0 ? undefined : whyDeposed(row, this.#epoch, this.#member);
    if (deposed !== undefined) done(deposed);
    else if (row.position < position) done(this.#lostRecords(row));
    // Nobody knows whether what is still to be read is what was there.
    else if (position < needed)
      done(new TrimmedError('the connection was lost before all was read: begins anew'));
    else if (last === undefined) done(undefined);
    else {
      this.#database.read(last.position, 1, (contents) => {
        if (contents?.connection !== connection) done(LOST);
        // It may have been freed since the row was read.
        else if (last.position < contents.row.trimmed || isThere(last, contents.batches)) done(undefined);
        else done(this.#lostRecords(contents.row));
      });
    }
  }

  #found(contents: Contents, done: (found: Contents) => void): void {
    this.onRow(contents.row, contents.connection);
    done(contents);
  }

  #later(run: () => void, done: (closed: Error) => void): void {
    if (this.#isClosed) {
      done(new DeposedError('the log is closed'));
      return;
    }
    this.#timing.after(this.#pause, run);
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MS);
  }

  #lostRecords({ position }: Row): Error {
    return new LostRecordsError(
      `the database has lost records that it had acknowledged: its log ends at ${position}, ` +
        `and what was read or written here up to ${this.#frontier.position} is not there, or is not the same`,
    );
  }
}

/** Why the server that was the leader in an epoch is that no more; undefined: it is. */
export function whyDeposed({ epoch, leader }: Row, own: number, member: string): Error | undefined {
  if (epoch === own && leader === member) return undefined;
  if (epoch > own) return new DeposedError(`another server leads since epoch ${epoch}`);
  return new LostRecordsError(
    `the database has lost that this server leads in epoch ${own}: it says ${epoch}`,
  );
}

/** Whether a statement was done, as far as the row tells; else it can be made again, unchanged. */
function mayBeDone(statement: LeaderStatement, row: Row): boolean {
  if (statement.kind === 'append') return row.position !== statement.batch.position;
  return statement.kind === 'trim' && row.trimmed >= statement.to;
}

/** Whether the first of the batches is that one, and none that says the same. */
function isThere({ position, id }: Pick<Batch, 'position' | 'id'>, [first]: readonly Batch[]): boolean {
  return first?.position === position && first.id === id;
}
