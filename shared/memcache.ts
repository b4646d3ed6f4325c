import type { Socket } from 'node:net';
import { type Response, Server } from 'memjs';
import { aboutEnd, aboutSilence, aboutSocketError, strangerOf } from './connection-trouble.ts';
import { type MemqError, NotAllowedError, ServerError, UnreachableError } from './errors.ts';
import { MAX_TIMER_S } from './limits.ts';
import { requestFrame } from './memcache-request.ts';
import { Status } from './status.ts';

/** Where a server is, how to log in, and how long to wait for it. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** How long an answer may take, in milliseconds, beyond what a request asks the server to wait. */
  readonly timeoutMs: number;
}

interface Item {
  readonly value: Buffer;
  /** The client flags (uint32) that it was stored with. */
  readonly flags: number;
}

/** What was taken by a lease. */
export interface LeasedItem extends Item {
  /** The lease's token, by which any connection can end it or make it longer. */
  readonly token: number;
}

/** Opcodes of memcached's binary protocol. */
const Opcode = { get: 0x00, set: 0x01, add: 0x02, delete: 0x04, stat: 0x10, touch: 0x1c, gat: 0x1d } as const;

/** The status that is a no to a request, not an error. */
const NO: ReadonlyMap<number, number> = new Map([
  [Opcode.get, Status.miss],
  [Opcode.add, Status.exists],
  [Opcode.delete, Status.miss],
  [Opcode.touch, Status.miss],
  [Opcode.gat, Status.miss],
]);

const EMPTY = Buffer.alloc(0);

/** Takes an answer; true when it was the last one to its request. */
type Listener = (response: Response) => boolean;

/**
 * One connection to a memcache server. It connects with the first request; requests may be sent without waiting
 * for one another, and are answered in order. Every request settles: with an answer, or within its deadline with an
 * UnreachableError, a NotAllowedError (the login) or a ServerError (what the server says against it).
 *
 * What a reliable read has opened belongs to its connection, so nothing is ever sent again and nothing
 * reconnects: after the first failure a connection is `lost`, for good.
 *
 * Of memjs this uses `Server`, which speaks the protocol and logs in; its `Client` would add retries (which take or
 * store twice), a logger that prints, sequence numbers that end after 2^31 requests, and hide errors' texts.
 */
export class Connection {
  readonly #address: ServerAddress;
  readonly #where: string;
  readonly #timeoutMs: number;
  readonly #server: Server & { _socket?: Socket };
  #socket: Socket | undefined;
  #lost: MemqError | undefined;
  /** Whether the server has said anything. */
  #hasAnswered = false;
  #sequence = 0;

  constructor(address: ServerAddress) {
    const { host, port, username, password, timeoutMs } = address;
    this.#address = address;
    this.#where = addressText(address);
    this.#timeoutMs = timeoutMs;
    this.#server = new Server(host, port, username, password, {
      // memjs's own deadlines leave requests hanging, so they never come.
      timeout: MAX_TIMER_S,
      conntimeout: MAX_TIMER_S,
      keepAlive: true,
    });
    // Without a login memjs would take one from the environment.
    Object.assign(this.#server, { username, password });
  }

  /** Why this connection is of no use any more. */
  get lost(): MemqError | undefined {
    return this.#lost;
  }

  /** Takes or reads what `key` names; undefined for a miss. `waitMs`: how long the key asks the server to wait. */
  async get(key: string, waitMs = 0): Promise<Item | undefined> {
    const response = await this.#request(Opcode.get, key, EMPTY, EMPTY, waitMs);
    return response.header.status === Status.miss ? undefined : readItem(response);
  }

  /** Takes what `key` names by a lease of so many seconds, a whole number; undefined for a miss. `waitMs`: as for `get`. */
  async lease(key: string, seconds: number, waitMs = 0): Promise<LeasedItem | undefined> {
    const response = await this.#request(Opcode.gat, key, uint32(seconds), EMPTY, waitMs);
    if (response.header.status === Status.miss) return undefined;
    return { ...readItem(response), token: Number(response.header.cas?.readBigUInt64BE()) };
  }

  /** Stores `value`. `exptime` is memcached's: 0 for never, seconds up to 30 days, beyond that a Unix time. */
  async set(key: string, value: string | Buffer, exptime = 0): Promise<void> {
    await this.#request(Opcode.set, key, storeExtras(exptime), value);
  }

  /** The same, unless there is one already: false. */
  async add(key: string, value: string | Buffer, exptime = 0): Promise<boolean> {
    const { header } = await this.#request(Opcode.add, key, storeExtras(exptime), value);
    return header.status === Status.ok;
  }

  /** Whether there was something to delete. */
  async delete(key: string): Promise<boolean> {
    return (await this.#request(Opcode.delete, key)).header.status === Status.ok;
  }

  /** Whether there was something to touch. */
  async touch(key: string, exptime: number): Promise<boolean> {
    return (await this.#request(Opcode.touch, key, uint32(exptime))).header.status === Status.ok;
  }

  /** The answer to `stats <topic>`. */
  async stats(topic = ''): Promise<Map<string, string>> {
    const stats = new Map<string, string>();
    await this.#request(Opcode.stat, topic, EMPTY, EMPTY, 0, ({ key, val }) => {
      if (key.length > 0) stats.set(key.toString(), val.toString());
      return key.length === 0;
    });
    return stats;
  }

  /**
   * Sends nothing more. The server answers what it has received, a read that waits with what there is, and then
   * closes.
   */
  end(): void {
    if (this.#socket === undefined) this.close();
    else this.#socket.end();
  }

  /** Closes at once: what is open goes back to its queue, requests under way fail. */
  close(): void {
    this.#lose(new UnreachableError(`the connection to ${this.#where} is closed`));
  }

  #request(
    opcode: number,
    key: string,
    extras: Buffer = EMPTY,
    value: string | Buffer = EMPTY,
    waitMs = 0,
    listener?: Listener,
  ): Promise<Response> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const server = this.#server;
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) >>> 0;
    return new Promise((resolve, reject) => {
      const deadlineMs = this.#timeoutMs + waitMs;
      const timer = setTimeout(() => this.#lose(this.#silent(deadlineMs)), deadlineMs);
      const answered = (response: Response) => {
        const { status } = response.header;
        const refused = status !== Status.ok && status !== NO.get(opcode);
        if (!refused && listener !== undefined && !listener(response)) return;
        clearTimeout(timer);
        if (refused) reject(this.#refused(response));
        else resolve(response);
      };
      // memjs's mark of an answer that comes in parts.
      server.onResponse(sequence, Object.assign(answered, { quiet: listener !== undefined }));
      server.onError(sequence, (error) => {
        clearTimeout(timer);
        this.#lose(this.#translate(error));
        reject(this.#lost);
      });
      this.#cork();
      server.write(requestFrame(opcode, key, extras, value, sequence));
      if (this.#socket === undefined && server._socket !== undefined) this.#attend(server._socket);
    });
  }

  /** What is asked in one turn of the event loop leaves in one packet. */
  #cork(): void {
    const socket = this.#socket;
    if (socket === undefined || socket.writableCorked > 0) return;
    socket.cork();
    setImmediate(() => socket.uncork());
  }

  /** memjs does not tell requests that the server has closed the connection. */
  #attend(socket: Socket): void {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.once('close', () => this.#lose(this.#unreachable(aboutEnd(this.#hasAnswered))));
    socket.once('data', (bytes) => {
      const stranger = strangerOf(bytes);
      if (stranger === undefined) {
        this.#hasAnswered = true;
        return;
      }
      // memjs would wait for the rest of what it takes for an answer, or act on it.
      Object.assign(this.#server, { responseHandler: () => {} });
      const { isFull, text } = stranger;
      this.#lose(
        isFull
          ? new ServerError(`the server at ${this.#where} says: ${text}`, Status.busy)
          : this.#unreachable(text),
      );
    });
  }

  /** Fails all requests under way, and those to come. */
  #lose(error: MemqError): void {
    if (this.#lost !== undefined) return;
    this.#lost = error;
    this.#server.error(error);
  }

  /** What memjs says, as an error of ours. A failed login it reports as a string. */
  #translate(error: unknown): MemqError {
    if (typeof error === 'string') return this.#loginRefused();
    return this.#unreachable(aboutSocketError(error, this.#address.host, this.#hasAnswered));
  }

  #loginRefused(): NotAllowedError {
    const { username, password } = this.#address;
    const text =
      username && password
        ? `refused the login of ${JSON.stringify(username)}: username or password is wrong`
        : 'wants a login: set username and password';
    return new NotAllowedError(`the server at ${this.#where} ${text}`);
  }

  #silent(waitedMs: number): UnreachableError {
    const isConnected = this.#socket?.connecting === false;
    return this.#unreachable(aboutSilence(waitedMs, isConnected, this.#hasAnswered));
  }

  #unreachable(why: string): UnreachableError {
    return new UnreachableError(`the server at ${this.#where} cannot be reached: ${why}`);
  }

  #refused({ header, val }: Response): ServerError {
    const text = val.length > 0 ? val.toString() : 'no reason given';
    return new ServerError(
      `the server at ${this.#where} says: ${text} (status ${header.status})`,
      header.status,
    );
  }
}

function readItem({ extras, val }: Response): Item {
  return { value: val, flags: extras.length === 4 ? extras.readUInt32BE() : 0 };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** No flags, and when the value expires. */
function storeExtras(exptime: number): Buffer {
  const extras = Buffer.alloc(8);
  extras.writeUInt32BE(exptime, 4);
  return extras;
}

/** `host:port`, for people. */
export function addressText({ host, port }: ServerAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
