import net from 'node:net';
import tls from 'node:tls';
import { Condition } from '../../shared/condition.ts';
import type { SessionContext } from '../session/session.ts';
import { readCertificates, type TlsFiles } from './certificates.ts';
import { Connection } from './connection.ts';
import type { Arrival, Door, DoorMode } from './door.ts';
import { Handshakes } from './handshakes.ts';
import { listenOnPort, listenOnSocket } from './listening.ts';
import type { Passed } from './peer-listener.ts';

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
  /** Decides for each connection what becomes of it; undefined where all are served. */
  readonly door?: Door | undefined;
}

/** Accepts connections, as many as are allowed, and ends them. */
export class Listener {
  readonly #context: ListenerContext;
  readonly #handshakeMs: number;
  readonly #loginMs: number;
  readonly #servers: net.Server[] = [];
  readonly #tlsServers: tls.Server[] = [];
  /** Where a door stands before TLS. */
  #handshakes: Handshakes | undefined;
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
    const server = this.#tcpServer();
    const taken = await listenOnPort(server, port, host);
    this.#accepts(server);
    return taken;
  }

  /** Listens on a unix socket with the permissions of `mode`. A socket that nobody listens on is replaced. */
  async listenUnix(path: string, mode: number): Promise<void> {
    const { door } = this.#context;
    const server = plainServer(door === undefined ? this.#accept : (socket) => this.#arriveLocally(socket));
    await listenOnSocket(server, path, mode);
    this.#accepts(server);
  }

  /** Takes a client's connection that another server has passed, as if it had been accepted. */
  takePassed({ socket, first, client, local }: Passed): void {
    const remote = client === undefined ? 'unix' : `${client.address}:${client.port}`;
    const serve = () => this.#serve(socket, client !== undefined, first, remote);
    this.#arrive({ socket, client, local, isPassed: true, serve });
  }

  /** Another server leads now, or this one: closes all that was served or passed before, and goes on in this mode. */
  beginEpoch(mode: DoorMode): void {
    const { door } = this.#context;
    if (door === undefined) throw new Error('a server without a cluster has no epochs');
    this.closeConnections();
    // Who is held comes after: he is served, or passed, in the new epoch.
    door.mode = mode;
  }

  /** Closes all that is served, or passed. Who is held stays so. */
  closeConnections(): void {
    for (const connection of this.#connections) connection.destroy();
    this.#handshakes?.destroy();
    this.#context.door?.closePassed();
  }

  /** Uses certificates that have been renewed, for connections to come. Throws a ConfigError and keeps the old. */
  reloadCertificates(): void {
    const files = this.#context.tls;
    if (files === undefined) return;
    const certificates = readCertificates(files);
    for (const server of this.#tlsServers) server.setSecureContext(certificates);
  }

  /** Accepts nothing more, lets all sessions answer what they have, and resolves when all are gone. */
  async stop(graceMs: number, patienceMs = Math.min(PATIENCE_MS, graceMs / 2)): Promise<void> {
    clearInterval(this.#sweeper);
    for (const server of this.#servers) server.close();
    const passed = this.#context.door?.stop(patienceMs);
    for (const connection of this.#connections) connection.stop(patienceMs);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      Promise.all([this.#served(), passed]),
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, graceMs);
      }),
    ]);
    clearTimeout(timer);
    this.closeConnections();
  }

  /** Resolves when no connection is served. */
  async #served(): Promise<void> {
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #tcpServer(): net.Server {
    const { door, tls } = this.#context;
    if (door === undefined)
      return tls === undefined ? plainServer(this.#accept) : this.#tlsServer(tls, this.#accept);
    if (tls !== undefined && this.#handshakes === undefined)
      this.#handshakes = new Handshakes(this.#tlsServer(tls), this.#accept);
    return plainServer((socket) => this.#arriveByTcp(socket));
  }

  #tlsServer(files: TlsFiles, accept?: (socket: tls.TLSSocket) => void): tls.Server {
    const options = { noDelay: true, allowHalfOpen: true, handshakeTimeout: this.#handshakeMs };
    const access = { requestCert: files.ca !== undefined, rejectUnauthorized: files.ca !== undefined };
    const server = tls.createServer({ ...options, ...access, ...readCertificates(files) }, accept);
    this.#tlsServers.push(server);
    server.maxConnections = this.#mostWithHandshakes;
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

  #arriveByTcp(socket: net.Socket): void {
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    // It has gone already.
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy();
      return;
    }
    const client = { address: remoteAddress, port: remotePort };
    const local = { address: localAddress ?? '', port: localPort ?? 0 };
    this.#arrive({ socket, client, local, isPassed: false, serve: () => this.#serve(socket, true) });
  }

  #arriveLocally(socket: net.Socket): void {
    const serve = () => this.#serve(socket, false);
    this.#arrive({ socket, client: undefined, local: undefined, isPassed: false, serve });
  }

  /** Somebody waits at the door. */
  #arrive(arrival: Arrival): void {
    const { door, descriptors } = this.#context;
    if (door === undefined) arrival.serve();
    else if (this.#isFull || this.#connections.size + door.descriptors >= descriptors)
      this.#refuse(arrival.socket, arrival.client !== undefined && this.#context.tls !== undefined);
    else door.enter(arrival);
  }

  /** `isTcp`: where there are certificates, the client has to agree on TLS. */
  #serve(socket: net.Socket, isTcp: boolean, first?: Buffer, remote?: string): void {
    const handshakes = isTcp ? this.#handshakes : undefined;
    if (handshakes === undefined) this.#accept(socket, remote, first);
    else if (this.#connections.size + handshakes.size >= this.#mostWithHandshakes) this.#refuse(socket, true);
    else handshakes.begin(socket, first, remote);
  }

  get #isFull(): boolean {
    const { limits, door } = this.#context;
    const passed = door === undefined ? 0 : door.size;
    return this.#connections.size + passed >= limits.maxConnections;
  }

  get #mostWithHandshakes(): number {
    const { limits, descriptors } = this.#context;
    return Math.min(limits.maxConnections + MAX_HANDSHAKES, descriptors);
  }

  #refuse(socket: net.Socket, isTlsExpected: boolean): void {
    this.#context.counts.rejectedConnections++;
    this.#crowd.is('connections are refused: there are as many as may be');
    socket.on('error', () => {});
    if (isTlsExpected) socket.destroy();
    else socket.end(TOO_MANY, () => socket.destroy());
  }

  /** `remote`: where the client is, if it is not the other end of the socket; `first`: what was read of it already. */
  readonly #accept = (socket: net.Socket, remote?: string, first?: Buffer): void => {
    if (this.#isFull) {
      this.#refuse(socket, false);
      return;
    }
    this.#context.counts.totalConnections++;
    const onClose = (): void => {
      this.#connections.delete(connection);
      this.#crowd.is(undefined);
      const { counts } = this.#context;
      counts.endedBytesRead += connection.bytesRead;
      counts.endedBytesWritten += connection.bytesWritten;
      if (this.#connections.size === 0) this.#onIdle?.();
    };
    const connection = new Connection(this.#context, socket, onClose, remote);
    this.#connections.add(connection);
    if (first !== undefined && first.length > 0) connection.receive(first);
  };
}

function plainServer(accept: (socket: net.Socket) => void): net.Server {
  return net.createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, accept);
}
