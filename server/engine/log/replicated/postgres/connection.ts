import type { Duplex } from 'node:stream';
import pg from 'pg';
import { errorMessage, NotAllowedError } from '../../../../../shared/errors.ts';
import type { DatabaseUrl, Host } from './database-url.ts';
import { isLost } from './ends.ts';

/** One that the database prepares once for each connection. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
}

/** What is called with an error, or with rows of values, how many rows there were or were changed, and whether it was warned. */
export type Answer = (
  error: Error | undefined,
  rows: readonly Values[],
  count: number,
  isWarned: boolean,
) => void;

/** The values of a row, as the types of the columns have them: numbers, booleans, buffers, strings, null. */
// biome-ignore lint/suspicious/noExplicitAny: each statement knows its columns
export type Values = any[];

interface Wire {
  readonly stream: Duplex & { readonly _handle?: { readonly writeQueueSize?: number } | null };
}

interface Job {
  readonly statement: Prepared | string;
  readonly values: Values;
  readonly answer: Answer;
  /** It is given up, with the connection, after so many milliseconds without an answer. */
  readonly mostMs: number | undefined;
}

/** What `open` needs to know besides the host. */
export interface ConnectionOptions {
  readonly url: DatabaseUrl;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /** It gives up after so many milliseconds. */
  readonly connectMs: number;
  /** Of the session, in this order; where `isLenient`, those that the database does not know are left out. */
  readonly settings: Readonly<Record<string, string>>;
  readonly isLenient: boolean;
}

/** pg's notices and errors without their class are of successful completion. */
const SUCCESS = '00000';
/** As pg says them. */
const TIMEOUT = 'timeout expired';
const NO_PASSWORD = 'client password must be a string';
const NO_TLS = 'The server does not support SSL connections';

const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => text === 't', // bool
  17: readBytes, // bytea
  20: Number, // int8: all of ours are below 2^53
  23: Number, // int4
  701: Number, // float8
};
const TYPES = { getTypeParser: (oid: number) => PARSERS[oid] ?? String } as pg.CustomTypesConfig;

/** Characters that are decoded at once: meanwhile Node has a copy of them that takes twice their space. */
const PIECE = 64 * 1024;

/** Bytes as the database writes them: \x and two hexadecimal digits for each. */
function readBytes(text: string): Buffer {
  const bytes = Buffer.allocUnsafe((text.length - 2) / 2);
  for (let at = 2; at < text.length; at += PIECE)
    bytes.write(text.slice(at, at + PIECE), (at - 2) / 2, 'hex');
  return bytes;
}

/** One connection to one host, over which one thing is said after the other. */
export class Connection {
  readonly host: Host;
  readonly #client: pg.Client;
  /** The first of them is under way. */
  readonly #jobs: Job[] = [];
  #isWarned = false;
  #busySince = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Why it is of no use any more. */
  failure: Error | undefined;
  /** It has failed; called once. */
  onLost = (): void => {};
  readonly #answered = this.#answer.bind(this);

  /** Connects, and sets the settings of the session. */
  static async open(host: Host, options: ConnectionOptions): Promise<Connection> {
    const { tls, isTlsOptional } = options.url;
    // A unix socket has no TLS.
    const wanted = host.name.startsWith('/') ? false : tls;
    try {
      return await Connection.#open(host, options, wanted);
    } catch (error) {
      if (!isTlsOptional || wanted === false || errorMessage(error) !== NO_TLS) throw error;
      return await Connection.#open(host, options, false);
    }
  }

  static async #open(host: Host, options: ConnectionOptions, ssl: DatabaseUrl['tls']): Promise<Connection> {
    const { url, name, connectMs, settings, isLenient } = options;
    const { user, password, database } = url;
    const client = new pg.Client({
      host: host.name,
      port: host.port,
      ...{ user, password, database, ssl },
      application_name: name,
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: connectMs,
      types: TYPES,
    });
    const connection = new Connection(host, client);
    try {
      await client.connect();
    } catch (error) {
      const words = errorMessage(error);
      if (words === TIMEOUT) throw noAnswer(connectMs);
      if (!words.endsWith(NO_PASSWORD)) throw error;
      throw new NotAllowedError(
        `${host.text} wants a password of user ${user}: it belongs into the URL, PGPASSWORD or PGPASSFILE`,
      );
    }
    try {
      const each = Object.entries(settings);
      if (isLenient) for (const setting of each) await connection.#set([setting]).catch(() => {});
      else if (each.length > 0) await connection.#set(each);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  private constructor(host: Host, client: pg.Client) {
    this.host = host;
    this.#client = client;
    client.on('error', (error) => this.lose(error));
    client.on('end', () => this.lose(new Error('the connection has ended')));
    client.on('notice', ({ code }) => {
      // By its code: the words are in the language of the server.
      if (code !== SUCCESS) this.#isWarned = true;
    });
  }

  async #set(settings: readonly [name: string, value: string][]): Promise<void> {
    const calls = settings.map((_, i) => `pg_catalog.set_config($${2 * i + 1}, $${2 * i + 2}, false)`);
    await this.query(`SELECT ${calls.join(', ')}`, settings.flat());
  }

  /** Since when it has waited for the answer that comes next, by performance.now(); undefined where it waits for none. */
  get busySince(): number | undefined {
    return this.#jobs.length > 0 ? this.#busySince : undefined;
  }

  /** Bytes of what was said that nobody has taken yet. */
  get unsent(): number {
    const { stream } = this.#wire;
    // Of one large write the stream counts all until the last byte is taken.
    return stream.writableLength + (stream._handle?.writeQueueSize ?? 0);
  }

  /** Says something, behind all that was said before; it is answered once, never before this has returned. */
  say(statement: Prepared | string, values: Values, answer: Answer, mostMs?: number): void {
    if (this.failure !== undefined) {
      const error = this.failure;
      process.nextTick(() => answer(error, [], 0, false));
      return;
    }
    this.#jobs.push({ statement, values, answer, mostMs });
    if (this.#jobs.length === 1) this.#next();
  }

  /** The same as a promise. */
  query(statement: Prepared | string, values: Values = [], mostMs?: number): Promise<readonly Values[]> {
    return new Promise((resolve, reject) => {
      const answer: Answer = (error, rows) => {
        if (error === undefined) resolve(rows);
        else reject(error);
      };
      this.say(statement, values, answer, mostMs);
    });
  }

  #next(): void {
    const { statement, values, mostMs } = this.#jobs[0]!;
    if (mostMs !== undefined) this.#timer = setTimeout(() => this.#isLate(mostMs), mostMs);
    this.#isWarned = false;
    this.#busySince = performance.now();
    const { name, text } = typeof statement === 'string' ? { name: undefined, text: statement } : statement;
    this.#client.query({ name, text, values, rowMode: 'array' } as pg.QueryArrayConfig, this.#answered);
  }

  /** Timers run before sockets are read: of a process that was paused, or busy, the answer may be there already. */
  #isLate(mostMs: number): void {
    const [job] = this.#jobs;
    setImmediate(() => {
      if (this.#jobs[0] === job) this.lose(noAnswer(mostMs));
    });
  }

  #answer(error: Error | null, result: pg.QueryArrayResult<Values> | undefined): void {
    // Those of a lost connection have been answered.
    const job = this.#jobs.shift();
    if (job === undefined) return;
    clearTimeout(this.#timer);
    const isWarned = this.#isWarned;
    if (error !== null && isLost(error)) {
      this.#jobs.unshift(job);
      this.lose(error);
      return;
    }
    if (this.#jobs.length > 0) this.#next();
    job.answer(error ?? undefined, result?.rows ?? [], result?.rowCount ?? 0, isWarned);
  }

  /** What pg has no public name for. */
  get #wire(): Wire {
    return (this.#client as unknown as { readonly connection: Wire }).connection;
  }

  /** Gives it up: all that was said and not answered is answered with that. */
  lose(error: Error): void {
    if (this.failure !== undefined) return;
    this.failure = error;
    clearTimeout(this.#timer);
    this.#wire.stream.destroy();
    const jobs = this.#jobs.splice(0);
    process.nextTick(() => {
      this.onLost();
      for (const { answer } of jobs) answer(error, [], 0, false);
    });
  }

  /** Ends it; what waits for an answer is lost. */
  close(): void {
    if (this.failure !== undefined) return;
    this.onLost = () => {};
    // Says goodbye, so that the database does not write a line about it.
    if (this.#jobs.length === 0) void this.#client.end().catch(() => {});
    this.lose(new Error('the connection was closed'));
  }
}

/** Nobody has answered, rather than somebody who cannot help. */
export class SilenceError extends Error {}

function noAnswer(ms: number): SilenceError {
  return new SilenceError(`no answer within ${ms} ms`);
}
