import type { Socket } from 'node:net';
import { type Response, Server } from 'memjs';
import { afterReading } from './after-reading.ts';
import {
  aboutEnd,
  aboutSilence,
  aboutTls,
  connectionError,
  type Stage,
  unreachable,
  wrongServer,
} from './connection-trouble.ts';
import { MemqError, NotAllowedError, ServerError, UnreachableError } from './errors.ts';
import { requestFrame, requestFrames } from './memcache-request.ts';
import { addressText, type ServerAddress, tlsOf } from './server-address.ts';
import { openSocket, speaksTls } from './socket.ts';
import { Status } from './status.ts';
import { aboutStranger, strangerOf } from './stranger.ts';

export type { Response } from 'memjs';

/** Opcodes of memcached's binary protocol. */
export const Opcode = {
  get: 0x00,
  set: 0x01,
  add: 0x02,
  delete: 0x04,
  noop: 0x0a,
  stat: 0x10,
  quietDelete: 0x14,
  touch: 0x1c,
  gat: 0x1d,
  quietGat: 0x1e,
} as const;

/** The status that is a no to a request, not an error. */
const NO: ReadonlyMap<number, number> = new Map([
  [Opcode.get, Status.miss],
  [Opcode.add, Status.exists],
  [Opcode.delete, Status.miss],
  [Opcode.touch, Status.miss],
  [Opcode.gat, Status.miss],
]);

export const EMPTY = Buffer.alloc(0);

/** Takes an answer; true when it was the last one to its request. */
type Listener = (response: Response) => boolean;

/** A request under way. */
interface Expected {
  readonly answered: (response: Response) => void;
  readonly failed: (error: MemqError) => void;
  /** Whether the last part of the answer is an empty one. */
  readonly inParts: boolean;
}

/** Requests of one kind that are sent together, behind which all others wait. */
interface Batch {
  /** Takes an answer to one of them. */
  readonly answered: (response: Response, index: number) => void;
  readonly first: number;
  readonly count: number;
}

/** The opcode of the request with which a login begins. */
const SASL_MECHANISMS = 0x20;

/**
 * The number of what is sent first: ends of lines, so that a server of another protocol, which would wait for one, answers
 * as well, and tells by that what it is.
 */
const ENDS_OF_LINES = 0x0d0a0d0a;

/** A setting that no other server has. */
const OWN_SETTING = 'max_queues';

/**
 * One connection to a memcache server. It connects with the first request; requests may be sent without waiting
 * for one another, and are answered in order. Every request settles: with an answer, or within its deadline with an
 * UnreachableError, a NotAllowedError (the login) or a ServerError (what the server says against it).
 *
 * What a reliable read has opened belongs to its connection, so nothing is ever sent again and nothing
 * reconnects: after the first failure a connection is `lost`, for good.
 *
 * Of memjs this uses `Server`, which speaks the protocol and logs in, over a socket that we make: its own knows neither
 * TLS nor unix sockets, and its deadlines leave requests hanging. Its `Client` would add retries (which take or store
 * twice), a logger that prints, sequence numbers that end after 2^31 requests, and hide errors' texts.
 */
export class ServerConnection {
  readonly #address: ServerAddress;
  readonly #where: string;
  readonly #timeoutMs: number;
  readonly #server: Server;
  /** In the order in which they are answered. */
  readonly #batches: Batch[] = [];
  #socket: Socket | undefined;
  #stage: Stage = 'connecting';
  #lost: MemqError | undefined;
  #sequence = 0;

  constructor(address: ServerAddress) {
    this.#address = address;
    this.#where = addressText(address);
    this.#timeoutMs = address.timeoutMs;
    this.#server = new Server('', 0);
    // Without a login memjs would take one from the environment.
    const { username, password } = address;
    Object.assign(this.#server, { username, password });
    this.#hearBatches();
  }

  /** Why this connection is of no use any more. */
  get lost(): MemqError | undefined {
    return this.#lost;
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

  /** The answer to a request; where it comes in parts, the one that `listener` says is the last. `waitMs`: as for `get`. */
  protected request(
    opcode: number,
    key: string,
    extras: Buffer = EMPTY,
    value: string | Buffer = EMPTY,
    waitMs = 0,
    listener?: Listener,
  ): Promise<Response> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const sequence = this.#nextSequences(1);
    // memjs keeps it until it is `connected`.
    return this.#send(requestFrame(opcode, key, extras, value, sequence), sequence, opcode, waitMs, listener);
  }

  /**
   * Sends so many requests that are silent where all is as expected, such as quiet deletes, each with its CAS. `answered` is
   * given the others' answers. Resolves when the server has carried out all of them.
   */
  protected async batch(
    opcode: number,
    key: string,
    extras: Buffer,
    count: number,
    casAt: (index: number) => number,
    answered: (response: Response, index: number) => void,
  ): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost;
    const first = this.#nextSequences(count + 1);
    const last = (first + count) >>> 0;
    const requests = requestFrames(opcode, key, extras, count, casAt, first);
    this.#batches.push({ answered, first, count });
    // It is answered behind them.
    const end = requestFrame(Opcode.noop, '', EMPTY, EMPTY, last);
    await this.#send(Buffer.concat([requests, end]), last, Opcode.noop);
  }

  /** Resolves with the answer to the request of that number, which is the last one in `bytes`. */
  #send(bytes: Buffer, sequence: number, opcode: number, waitMs = 0, listener?: Listener): Promise<Response> {
    return new Promise((resolve, reject) => {
      const deadlineMs = this.#timeoutMs + waitMs;
      const callOff = afterReading(deadlineMs, () => this.#lose(this.#silent(deadlineMs)));
      const expected = {
        answered: (response: Response) => {
          const { status } = response.header;
          const refused = status !== Status.ok && status !== NO.get(opcode);
          if (!refused && listener !== undefined && !listener(response)) return;
          callOff();
          if (refused) reject(this.refused(response));
          else resolve(response);
        },
        failed: (error: MemqError) => {
          callOff();
          reject(error);
        },
        inParts: listener !== undefined,
      };
      this.#expect(expected, sequence);
      this.#socket ??= this.#connect();
      this.#cork(this.#socket);
      this.#server.write(bytes);
    });
  }

  /** The first of so many numbers that follow each other. */
  #nextSequences(count: number): number {
    const sequence = this.#sequence;
    this.#sequence = (sequence + count) >>> 0;
    return sequence;
  }

  /** memjs knows of one answer, or the parts of one, for each request that it is told to expect. */
  #hearBatches(): void {
    const server: { respond?(response: Response): void } = this.#server as object;
    const respond = server.respond?.bind(server);
    server.respond = (response) => {
      const batch = this.#batches[0];
      if (batch !== undefined) {
        const index = (response.header.opaque - batch.first) >>> 0;
        if (index < batch.count) return batch.answered(response, index);
        if (index === batch.count) this.#batches.shift();
      }
      respond?.(response);
    };
  }

  /** Waits for the answer to a request that is about to be sent. */
  #expect(request: Expected, sequence: number): void {
    // memjs's mark of an answer that comes in parts.
    this.#server.onResponse(sequence, Object.assign(request.answered, { quiet: request.inParts }));
    this.#server.onError(sequence, (error) => {
      this.#lose(this.#translate(error));
      request.failed(this.#lost as MemqError);
    });
  }

  /** What is asked in one turn of the event loop leaves in one packet. */
  #cork(socket: Socket): void {
    if (socket.writableCorked > 0) return;
    socket.cork();
    setImmediate(() => socket.uncork());
  }

  #connect(): Socket {
    const server = this.#server;
    const socket = openSocket(this.#address, () => this.#opened());
    // memjs's own names; it sets no timers of its own while it believes that there is one.
    Object.assign(server, { _socket: socket, timeoutSet: true });
    let error: unknown;
    socket.once('connect', () => {
      if (tlsOf(this.#address) !== undefined) this.#stage = 'handshake';
    });
    socket.on('error', (reason) => {
      error ??= reason;
    });
    socket.once('close', () => void this.#ended(error));
    // The close may come long after that, and what is asked meanwhile would have no answer.
    socket.once('end', () => {
      if (this.#stage === 'answered') void this.#ended(error);
    });
    socket.on('data', (bytes) => {
      if (this.#stage !== 'answered') {
        const stranger = strangerOf(bytes, this.#address);
        if (stranger !== undefined) return this.#lose(stranger);
        this.#stage = 'answered';
      }
      server.responseHandler(bytes);
    });
    return socket;
  }

  /** There is somebody to speak to. */
  #opened(): void {
    this.#stage = 'open';
    const server = this.#server;
    server.once('authenticated', () => this.#identify());
    if (server.username && server.password) this.#sendFirst(SASL_MECHANISMS, '');
    else server.emit('authenticated');
  }

  /** Asks what only a memq-server has: a memcached would take jobs as well, and lose them. */
  #identify(): void {
    let isMemq = false;
    const expected = {
      answered: (response: Response) => {
        const { header, key } = response;
        isMemq ||= key.toString() === OWN_SETTING;
        if (header.status !== Status.ok) this.#lose(this.refused(response));
        else if (key.length > 0) return;
        else if (isMemq) this.#begin();
        else this.#lose(wrongServer(this.#address, aboutStranger('answers as memcached does')));
      },
      failed: () => {},
      inParts: true,
    };
    this.#expect(expected, ENDS_OF_LINES);
    this.#sendFirst(Opcode.stat, 'settings');
  }

  #sendFirst(opcode: number, key: string): void {
    this.#socket?.write(requestFrame(opcode, key, EMPTY, EMPTY, ENDS_OF_LINES));
  }

  /** Sends what was asked so far. */
  #begin(): void {
    const socket = this.#socket as Socket;
    const waiting = this.#server.connectCallbacks;
    Object.assign(this.#server, { connected: true, connectCallbacks: [] });
    this.#cork(socket);
    for (const send of waiting) send(socket);
  }

  /** The socket is closed, for this reason or none. */
  async #ended(error: unknown): Promise<void> {
    if (this.#lost !== undefined) return;
    const address = this.#address;
    const isPlainTcp = 'host' in address && address.tls === undefined;
    if (isPlainTcp && this.#stage === 'open' && (await speaksTls(address)))
      this.#lose(wrongServer(address, aboutTls(address)));
    else if (error === undefined) this.#lose(unreachable(address, aboutEnd(address, this.#stage)));
    else this.#lose(connectionError(error, address, this.#stage));
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
    return error instanceof MemqError ? error : connectionError(error, this.#address, this.#stage);
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
    return unreachable(this.#address, aboutSilence(waitedMs, this.#address, this.#stage));
  }

  /** What the server says against a request. */
  protected refused({ header, val }: Response): ServerError {
    const text = val.length > 0 ? val.toString() : 'no reason given';
    return new ServerError(
      `the server at ${this.#where} says: ${text} (status ${header.status})`,
      header.status,
    );
  }
}
