import type { Process } from './scheduler.ts';
import type { Batch, Contents, Row, SimulatedDatabase, Statement } from './simulated-database.ts';

/** How long after trouble it is tried again, milliseconds. */
const PAUSE_MS = 10;

type Leading = Exclude<Statement, { kind: 'raise' }>;

/** What a server says to the database: one statement at a time, until its end is known. */
export class Session {
  readonly #database: SimulatedDatabase;
  readonly #process: Process;

  constructor(database: SimulatedDatabase, process: Process) {
    this.#database = database;
    this.#process = process;
  }

  /** Reads until that succeeds. */
  read(from: number, most: number, done: (contents: Contents) => void): void {
    this.#database.read(from, most, (contents) => {
      this.#process.deliver(() => {
        if (contents !== undefined) done(contents);
        else this.#process.after(PAUSE_MS, () => this.read(from, most, done));
      });
    });
  }

  /**
   * Does what a leader does. `done` is told when what was committed last was sent, by this process's monotonic clock;
   * undefined: somebody else leads, or the database has lost what it had.
   */
  perform(statement: Leading, done: (sentAt: number | undefined) => void): void {
    const sentAt = this.#process.now;
    this.#execute(statement, undefined, (end) => {
      if (end === 'committed') done(sentAt);
      // A warning says that only this copy has it, and a lost connection nothing at all.
      else this.#process.after(PAUSE_MS, () => this.#findOut(statement, done));
    });
  }

  /** Leads from the row that was seen on, where nothing has changed since; the epoch, or undefined. */
  raise(seen: Row, leader: number, done: (led: { epoch: number; sentAt: number } | undefined) => void): void {
    const sentAt = this.#process.now;
    const epoch = seen.epoch + 1;
    this.#execute({ kind: 'raise', seen, leader }, undefined, (end) => {
      if (end === 'committed') done({ epoch, sentAt });
      else if (end === 'unchanged' || end === 'failed') done(undefined);
      else this.#whetherRaised(epoch, leader, done);
    });
  }

  #whetherRaised(
    epoch: number,
    leader: number,
    done: (led: { epoch: number; sentAt: number } | undefined) => void,
  ): void {
    this.read(0, 0, ({ row, timeline }) => {
      if (row.epoch !== epoch || row.leader !== leader) {
        done(undefined);
        return;
      }
      this.#confirm(epoch, row.known, timeline, (sentAt) => {
        if (sentAt === undefined) this.#whetherRaised(epoch, leader, done);
        else done({ epoch, sentAt });
      });
    });
  }

  /** Reads what has become of a statement of unknown end. */
  #findOut(statement: Leading, done: (sentAt: number | undefined) => void): void {
    const batch = statement.kind === 'append' ? statement.batch : undefined;
    this.read(batch?.position ?? 0, batch === undefined ? 0 : 1, ({ row, batches, timeline }) => {
      if (row.epoch !== statement.epoch) done(undefined);
      else if (batch === undefined || isMissing(batch, row)) this.perform(statement, done);
      else if (batches[0]?.id !== batch.id) done(undefined);
      else {
        this.#confirm(statement.epoch, statement.known, timeline, (sentAt) => {
          if (sentAt === undefined) this.#findOut(statement, done);
          else done(sentAt);
        });
      }
    });
  }

  /**
   * What was read counts once a commit made afterwards on the same connection is through: the database's own log is in
   * order.
   */
  #confirm(epoch: number, known: number, timeline: number, done: (sentAt: number | undefined) => void): void {
    const sentAt = this.#process.now;
    this.#execute({ kind: 'beat', epoch, known }, timeline, (end) => {
      done(end === 'committed' ? sentAt : undefined);
    });
  }

  #execute(
    statement: Statement,
    timeline: number | undefined,
    ended: Parameters<SimulatedDatabase['execute']>[2],
  ): void {
    this.#database.execute(statement, timeline, (end) => this.#process.deliver(() => ended(end)));
  }
}

/** Whether a batch is not there, and can be sent again unchanged. */
function isMissing(batch: Batch, row: Row): boolean {
  return row.position === batch.position;
}
