import { ConfigError, errorMessage, MemqError, UnreachableError } from '../../../../../shared/errors.ts';
import type { Choice } from './choice.ts';
import type { Condition } from './condition.ts';
import { Connection, type ConnectionOptions, SilenceError } from './connection.ts';
import { Hosts } from './hosts.ts';
import { type Identity, identify, isSameServer } from './identity.ts';
import { readStatus } from './promise.ts';
import { SideConnection } from './side-connection.ts';

/** A connection to the copy that accepts writes, over which the log is written and read. */
export interface Main {
  /** Ascends. */
  readonly number: number;
  readonly connection: Connection;
  readonly identity: Identity;
}

export interface ConnectionsOptions extends Pick<ConnectionOptions, 'url' | 'name' | 'isLenient'> {
  readonly leaseMs: number;
  readonly requireStandby: boolean;
  readonly condition: Condition;
  /**
   * Makes ready, over the other connection, what is needed of a copy that nobody has used yet; resolves with what the
   * log says of the copy that it was written to.
   */
  readonly prepare: (side: Connection) => Promise<{ readonly system: string; readonly timeline: number }>;
}

/** Whether commits wait for the standby. */
type Commit = 'on' | 'off';

interface Waiting {
  go(main: Main): void;
  lost(): void;
}

/** Pauses between two attempts to connect, milliseconds. */
const FIRST_PAUSE_MS = 50;
const MOST_PAUSE_MS = 1000;

/** For how long a look counts that was made for a raise which was expected, parts of a lease: a second of five. */
const FRESH = 5;

/** What a session needs so that a commit means what it should, whatever is set for the user or the database. */
const SETTINGS: Readonly<Record<string, string>> = {
  // Without it nobody would hear that the wait for the standby was cut short.
  client_min_messages: 'warning',
  default_transaction_isolation: 'read committed',
  bytea_output: 'hex',
  search_path: '',
  statement_timeout: '0',
  idle_session_timeout: '0',
  jit: 'off',
};

/**
 * The connections of a server to its database. The main one, whose commits wait for the standby, is found anew whenever it
 * is lost. Those beside it lead to the same process of the database: what goes over them keeps no append waiting, and tells
 * whether the main one is worth waiting for.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #hosts: Hosts;
  #main: Main | undefined;
  #count = 0;
  readonly #side = new SideConnection(() => this.#openBeside());
  readonly #loads = new SideConnection(() => this.#openBeside());
  readonly #beats = new SideConnection(() => this.#openBeside('on'));
  readonly #waiting: Waiting[] = [];
  #isClosed = false;
  #isConnecting = false;
  readonly #beatMs: number;
  #watchTimer: NodeJS.Timeout | undefined;
  #pauseTimer: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  #looking: Promise<void> | undefined;
  #expectedAt = Number.NEGATIVE_INFINITY;
  /** The statement that was under way without the database working on it, when that was looked at last, and what was unsent. */
  #idle: { readonly since: number; readonly unsent: number } | undefined;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#beatMs = options.leaseMs / 3;
    this.#hosts = new Hosts(this.#connectionOptions({}));
  }

  #connectionOptions(settings: Readonly<Record<string, string>>): ConnectionOptions {
    const { url, name, leaseMs, isLenient } = this.#options;
    return { url, name, connectMs: leaseMs, settings, isLenient };
  }

  /** Connects. Rejects with what somebody has to change, or when it could not be done within a lease. */
  async start(): Promise<void> {
    const end = performance.now() + this.#options.leaseMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MOST_PAUSE_MS)) {
      try {
        await this.#connect();
        break;
      } catch (error) {
        if (!(error instanceof UnreachableError) || performance.now() > end) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    this.#watchSoon();
  }

  // The main connection.

  get main(): Main | undefined {
    return this.#main;
  }

  /** Goes on over the main connection: the one that there is, or the next one; `lost`: there will be none any more. */
  use(go: (main: Main) => void, lost: () => void): void {
    const main = this.#main;
    if (main !== undefined && main.connection.failure === undefined) go(main);
    else if (this.#isClosed) process.nextTick(lost);
    else this.#waiting.push({ go, lost });
  }

  async #connect(): Promise<void> {
    const { condition, leaseMs, requireStandby, isLenient, prepare } = this.#options;
    const { found, refusal } = await this.#look();
    if (found === undefined) throw refusal;
    const { host, identity: seen } = found;
    let main: Connection | undefined;
    let side: Connection | undefined;
    try {
      main = await Connection.open(host, this.#mainOptions);
      const identity = await identify(main, isLenient, leaseMs);
      side = await this.#openSide(main, identity);
      const { system, timeline } = await prepare(side);
      this.#hosts.hasSeen(system, timeline);
      const isOld = identity.timeline < this.#hosts.timeline;
      if (isOld || !identity.isWritable || !isSameServer(identity, seen)) {
        throw new UnreachableError(
          `${host.text} is not the newest copy of the database, or not the one it was a moment ago`,
        );
      }
      const status = await readStatus(side, identity.pid, requireStandby, leaseMs);
      if (this.#count === 0 && status.isFatal) throw new ConfigError(status.refusal);
      if (main.failure ?? side.failure) throw (main.failure ?? side.failure)!;
      condition.isConnected(host, identity, status);
      this.#begin(main, identity, side);
    } catch (error) {
      main?.close();
      side?.close();
      throw error instanceof MemqError ? error : new UnreachableError(`${host.text}: ${errorMessage(error)}`);
    }
  }

  /** Settings of a session whose commits wait for the standby, and whose statements for no lock longer than a beat. */
  get #mainOptions(): ConnectionOptions {
    const lock = `${Math.ceil(this.#beatMs)}ms`;
    return this.#connectionOptions({ ...SETTINGS, synchronous_commit: 'on', lock_timeout: lock });
  }

  #begin(connection: Connection, identity: Identity, side: Connection): void {
    if (this.#isClosed) throw new UnreachableError('it was closed');
    const main = { number: ++this.#count, connection, identity };
    this.#main = main;
    this.#side.set(side);
    connection.onLost = () => this.#isLost(main);
    this.#idle = undefined;
    for (const { go } of this.#waiting.splice(0)) go(main);
  }

  #isLost({ connection }: Main): void {
    this.#main = undefined;
    this.#side.close();
    this.#loads.close();
    this.#beats.close();
    this.#options.condition.isAway(`the connection is lost: ${errorMessage(connection.failure)}`);
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    if (this.#isConnecting) return;
    this.#isConnecting = true;
    for (let pauseMs = FIRST_PAUSE_MS; !this.#isClosed; pauseMs = Math.min(2 * pauseMs, MOST_PAUSE_MS)) {
      try {
        await this.#connect();
        break;
      } catch (error) {
        this.#options.condition.isAway(errorMessage(error));
      }
      if (this.#isClosed) break;
      // At random, so that servers that have lost it together do not all come together.
      const ms = pauseMs * (0.5 + Math.random());
      await new Promise<void>((resolve) => {
        this.#pauseTimer = setTimeout(resolve, ms);
      });
    }
    this.#isConnecting = false;
    // It may have been lost again before it was said that it is there.
    if (this.#main === undefined && !this.#isClosed) void this.#reconnect();
  }

  // The side connections.

  /** That for short questions, which are answered within a lease. */
  side(): Promise<Connection> {
    return this.#side.get();
  }

  /** That for loads, which may take long. */
  loads(): Promise<Connection> {
    return this.#loads.get();
  }

  /** That for signs of life which what is large keeps waiting on the main one. Its commits wait for the standby too. */
  beats(): Promise<Connection> {
    return this.#beats.get();
  }

  /** Rejects after a lease without a main one. */
  async #openBeside(commit: Commit = 'off'): Promise<Connection> {
    const main = this.#main ?? (await this.#nextMain());
    const side = await this.#openSide(main.connection, main.identity, commit);
    if (this.#main === main) return side;
    side.close();
    throw new UnreachableError(this.#options.condition.current.refusal ?? 'the connection is lost');
  }

  #nextMain(): Promise<Main> {
    const { leaseMs, condition } = this.#options;
    return new Promise((resolve, reject) => {
      const fail = () => reject(new UnreachableError(condition.current.refusal ?? 'there is no connection'));
      const timer = setTimeout(fail, leaseMs);
      const settled = (then: () => void) => {
        clearTimeout(timer);
        then();
      };
      this.use(
        (main) => settled(() => resolve(main)),
        () => settled(fail),
      );
    });
  }

  /** To the process of the database that the main one leads to. */
  async #openSide(main: Connection, identity: Identity, commit: Commit = 'off'): Promise<Connection> {
    const { leaseMs, isLenient } = this.#options;
    const settings = { ...SETTINGS, synchronous_commit: commit, lock_timeout: `${leaseMs}ms` };
    const side = await Connection.open(main.host, this.#connectionOptions(settings));
    try {
      const found = await identify(side, isLenient, leaseMs);
      if (!isSameServer(found, identity))
        throw new UnreachableError(`another server answers now at ${main.host.text}`);
      return side;
    } catch (error) {
      side.close();
      if (error instanceof UnreachableError) main.lose(error);
      throw error;
    }
  }

  // Looking.

  /** Looks at all hosts for an epoch that is likely to be raised in a moment. */
  expectRaise(): void {
    this.#expectedAt = performance.now();
    // Whatever it finds counts for the raise, which is told of what is wrong.
    this.lookAround().catch(() => {});
  }

  /** Looks at all hosts before an epoch is raised, unless that was expected and it was done a moment ago. */
  async lookBeforeRaise(): Promise<void> {
    const isDone = performance.now() - this.#expectedAt < this.#options.leaseMs / FRESH;
    this.#expectedAt = Number.NEGATIVE_INFINITY;
    if (this.#looking !== undefined || !isDone) await this.lookAround();
  }

  /** Looks at all hosts; the connection is given up where it leads to an old copy. */
  lookAround(): Promise<void> {
    this.#looking ??= this.#lookAround().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookAround(): Promise<void> {
    const main = this.#main;
    const { found } = await this.#look();
    if (main === undefined || this.#main !== main) return;
    const isOld = main.identity.timeline < this.#hosts.timeline;
    const isAnother = found !== undefined && !isSameServer(found.identity, main.identity);
    if (!isOld && !isAnother) return;
    const other = found === undefined ? 'another host' : found.host.text;
    main.connection.lose(new Error(`${other} has taken its place, with timeline ${this.#hosts.timeline}`));
  }

  async #look(): Promise<Choice> {
    this.#lookedAt = performance.now();
    const choice = await this.#hosts.look(this.#main?.connection.host);
    this.#options.condition.hasLooked(choice);
    return choice;
  }

  #watchSoon(): void {
    if (this.#isClosed) return;
    this.#watchTimer = setTimeout(async () => {
      await this.#watch();
      this.#watchSoon();
    }, this.#beatMs);
  }

  /** With each beat: what the database promises, and whether it still works on what was asked. */
  async #watch(): Promise<void> {
    const { leaseMs, requireStandby, condition } = this.#options;
    const main = this.#main;
    if (main === undefined) return;
    if (performance.now() - this.#lookedAt >= leaseMs) void this.lookAround().catch(() => {});
    const { busySince } = main.connection;
    try {
      const side = await this.side();
      const status = await readStatus(side, main.identity.pid, requireStandby, leaseMs);
      if (this.#main !== main) return;
      condition.hasStatus(status);
      this.#compare(main.connection, busySince, status.isActive === true);
    } catch (error) {
      // Both lead to one server: where one is not answered, the other one is in vain.
      if (this.#main === main && error instanceof SilenceError) main.connection.lose(error);
    }
  }

  /**
   * A statement on which the database does not work, at two looks, has lost its answer on the way; or the way there is
   * blocked, unless it has taken some of a large one meanwhile.
   */
  #compare(connection: Connection, since: number | undefined, isActive: boolean): void {
    const { unsent } = connection;
    const before = this.#idle;
    this.#idle =
      since !== undefined && connection.busySince === since && !isActive ? { since, unsent } : undefined;
    if (this.#idle === undefined || before === undefined) return;
    if (before.since === since && before.unsent === unsent)
      connection.lose(new Error('the answer of the database was lost'));
  }

  /** Ends both; what waits is lost. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#watchTimer);
    clearTimeout(this.#pauseTimer);
    const main = this.#main;
    this.#main = undefined;
    main?.connection.close();
    this.#side.close();
    this.#loads.close();
    this.#beats.close();
    for (const { lost } of this.#waiting.splice(0)) lost();
  }
}
