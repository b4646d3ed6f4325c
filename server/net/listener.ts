import net from 'node:net';
import tls from 'node:tls';
import { Condition } from '../../shared/condition.ts';
import type { SessionContext } from '../session/session.ts';
import { readCertificates, type TlsFiles } from './certificates.ts';
import { Connection } from './connection.ts';
import { listenOnPort, listenOnSocket } from './listening.ts';

/** How long a client may be silent while it agrees on TLS. */
const HANDSHAKE_MS = 10_000;
/** Connections that may do so at a time, beyond those that are allowed; more are dropped. */
const MAX_HANDSHAKES = 1024;

/** How long a client may take until it has logged in, where it has to. */
const LOGIN_MS = 60_000;

/** Longest that a stop goes on reading from a client, milliseconds. */
const PATIENCE_MS = 1000;

const TOO_MANY = 'SERVER_ERROR too many open connections\r\n';

/** What the listener counts. */
interface ConnectionCounts {
  totalConnections: number;
  rejectedConnections: number;
  /** Of connections that have ended. */
  endedBytesRead: number;
  endedBytesWritten: number;
}

interface ListenerContext extends SessionContext {
  /** To be read anew at each use. */
  readonly counts: ConnectionCounts & SessionContext['counts'];
  /** Descriptors that there are for connections, those that are still to agree on TLS included. */
  readonly descriptors: number;
  /** Undefined where TCP is to be plain. */
  readonly tls: TlsFiles | undefined;
}

/** Accepts connections, as many as are allowed, and ends them. */
export class Listener {
  readonly #context: ListenerContext;
  readonly #handshakeMs: number;
  readonly #loginMs: number;
  readonly #servers: net.Server[] = [];
  readonly #connections = new Set<Connection>();
  /** Whether some connections are refused. */
  readonly #crowd: Condition;
  #onIdle: (() => void) | undefined;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(context: ListenerContext, handshakeMs = HANDSHAKE_MS, loginMs = LOGIN_MS) {
    this.#context = context;
    this.#handshakeMs = handshakeMs;
    this.#loginMs = loginMs;
    const { logger } = context;
    this.#crowd = new Condition(
      (why) => logger.warn({ connections: this.#connections.size }, why),
      () => logger.info({ connections: this.#connections.size }, 'all connections are accepted again'),
    );
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** Listens on TCP, or TLS where there are certificates; resolves with the port. Port 0 takes a free one. */
  async listenTcp(port: number, host: string): Promise<number> {
    const { tls } = this.#context;
    const server = tls === undefined ? this.#plainServer() : this.#tlsServer(tls);
    const taken = await listenOnPort(server, port, host);
    this.#accepts(server);
    return taken;
  }

  /** Listens on a unix socket with the permissions of `mode`. A socket that nobody listens on is replaced. */
  async listenUnix(path: string, mode: number): Promise<void> {
    const server = this.#plainServer();
    await listenOnSocket(server, path, mode);
    this.#accepts(server);
  }

  /** Uses certificates that have been renewed, for connections to come. Throws a ConfigError and keeps the old. */
  reloadCertificates(): void {
    const files = this.#context.tls;
    if (files === undefined) return;
    const certificates = readCertificates(files);
    for (const server of this.#servers)
      if (server instanceof tls.Server) server.setSecureContext(certificates);
  }

  /** Accepts nothing more, lets all sessions answer what they have, and resolves when all are gone. */
  async stop(graceMs: number): Promise<void> {
    clearInterval(this.#sweeper);
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections) connection.stop(Math.min(PATIENCE_MS, graceMs / 2));
    if (this.#connections.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      }),
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, graceMs);
      }),
    ]);
    clearTimeout(timer);
    for (const connection of this.#connections) connection.destroy();
  }

  #plainServer(): net.Server {
    return net.createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, this.#accept);
  }

  #tlsServer(files: TlsFiles): tls.Server {
    const options = { noDelay: true, allowHalfOpen: true, handshakeTimeout: this.#handshakeMs };
    const access = { requestCert: files.ca !== undefined, rejectUnauthorized: files.ca !== undefined };
    const server = tls.createServer({ ...options, ...access, ...readCertificates(files) }, this.#accept);
    const { limits, descriptors } = this.#context;
    server.maxConnections = Math.min(limits.maxConnections + MAX_HANDSHAKES, descriptors);
    server.on('drop', () => this.#context.counts.rejectedConnections++);
    server.on('tlsClientError', (error, socket) => {
      this.#context.logger.debug({ error: error.message }, 'TLS failed');
      // node leaves those to us that have said nothing for too long.
      socket.destroy();
    });
    return server;
  }

  #accepts(server: net.Server): void {
    server.on('error', (error) => this.#context.logger.error({ error: error.message }, 'accepting failed'));
    this.#servers.push(server);
    this.#sweeper ??= setInterval(this.#sweep, this.#sweepMs()).unref();
  }

  /** Often enough to keep the timeouts to a quarter of their length. */
  #sweepMs(): number {
    const { idleTimeoutMs, stalledTimeoutMs } = this.#context.limits;
    return Math.max(Math.min(idleTimeoutMs || stalledTimeoutMs, stalledTimeoutMs, this.#loginMs) / 4, 100);
  }

  readonly #sweep = (): void => {
    const now = performance.now();
    for (const connection of this.#connections) connection.expire(now, this.#loginMs);
  };

  readonly #accept = (socket: net.Socket): void => {
    const { counts, limits } = this.#context;
    if (this.#connections.size >= limits.maxConnections) {
      counts.rejectedConnections++;
      this.#crowd.is('connections are refused: there are as many as may be');
      socket.on('error', () => {});
      socket.end(TOO_MANY, () => socket.destroy());
      return;
    }
    counts.totalConnections++;
    const connection = new Connection(this.#context, socket, () => {
      this.#connections.delete(connection);
      this.#crowd.is(undefined);
      const { counts } = this.#context;
      counts.endedBytesRead += connection.bytesRead;
      counts.endedBytesWritten += connection.bytesWritten;
      if (this.#connections.size === 0) this.#onIdle?.();
    });
    this.#connections.add(connection);
  };
}
