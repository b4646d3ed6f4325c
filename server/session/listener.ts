import { once } from 'node:events';
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import { UnreachableError } from '../../shared/errors.ts';
import { Connection } from './connection.ts';
import type { SessionContext } from './session.ts';

const TOO_MANY = 'SERVER_ERROR too many open connections\r\n';

/** Accepts connections, as many as are allowed, and ends them. */
export class Listener {
  readonly #context: SessionContext;
  readonly #servers: net.Server[] = [];
  readonly #connections = new Set<Connection>();
  #onIdle: (() => void) | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** Listens on TCP; resolves with the port. Port 0 takes a free one. */
  async listenTcp(port: number, host: string): Promise<number> {
    const server = await this.#listen({ port, host }, `${host}:${port}`);
    return (server.address() as net.AddressInfo).port;
  }

  /** Listens on a unix socket, open to its owner and group. A socket that nobody listens on is replaced. */
  async listenUnix(path: string): Promise<void> {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() && !(await isAlive(path))) unlinkSync(path);
    await this.#listen({ path }, path);
    chmodSync(path, 0o660);
  }

  /** Accepts nothing more, lets all sessions answer what they have, and resolves when all are gone. */
  async stop(graceMs: number): Promise<void> {
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections) connection.session.stop();
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

  async #listen(options: net.ListenOptions, name: string): Promise<net.Server> {
    const server = net.createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
      this.#accept(socket),
    );
    server.listen({ backlog: 1024, ...options });
    try {
      await once(server, 'listening');
    } catch (error) {
      throw new UnreachableError(`cannot listen on ${name}: ${(error as Error).message}`);
    }
    server.on('error', (error) => this.#context.logger.error({ error: error.message }, 'accepting failed'));
    this.#servers.push(server);
    return server;
  }

  #accept(socket: net.Socket): void {
    const { stats, config } = this.#context;
    if (this.#connections.size >= config.maxConnections) {
      stats.rejectedConnections++;
      socket.on('error', () => {});
      socket.end(TOO_MANY);
      return;
    }
    stats.totalConnections++;
    const connection = new Connection(this.#context, socket, () => {
      this.#connections.delete(connection);
      stats.connections = this.#connections.size;
      if (this.#connections.size === 0) this.#onIdle?.();
    });
    this.#connections.add(connection);
    stats.connections = this.#connections.size;
  }
}

async function isAlive(path: string): Promise<boolean> {
  const socket = net.connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
