import { isIP } from 'node:net';
import type { Logger } from '../shared/logger.ts';
import type { ServerConfig } from './config.ts';
import type { QueueEngine } from './engine/engine.ts';
import { engineClock } from './engine/local/clock.ts';
import { nodeFileSystem } from './engine/local/journal/node-file-system.ts';
import { LocalEngine } from './engine/local/local-engine.ts';
import { DEFAULT_POLICY } from './engine/policy.ts';
import { Users } from './session/auth.ts';
import { Listener } from './session/listener.ts';
import { ServerStats } from './session/server-stats.ts';

/** The queue engine and its listeners, started and stopped together. */
export class Server {
  readonly #config: ServerConfig;
  readonly #engine: QueueEngine;
  readonly #listener: Listener;
  #users: Users | undefined;

  private constructor(config: ServerConfig, engine: QueueEngine, logger: Logger) {
    this.#config = config;
    this.#engine = engine;
    this.#users = readUsers(config);
    this.#listener = new Listener({
      engine,
      config,
      stats: new ServerStats(),
      logger,
      users: () => this.#users,
      connections: () => this.#listener.connections,
    });
  }

  /** Opens the data directory and listens. Rejects with MemqErrors. */
  static async start(config: ServerConfig, logger: Logger): Promise<Server> {
    const engine = await openEngine(config);
    const { recovered } = engine;
    if (recovered.segments > 0) logger.info({ ...recovered, data: config.dataDirectory }, 'recovered');
    try {
      const server = new Server(config, engine, logger);
      await server.#listen(logger);
      return server;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  /** Reads the users and the certificates again. Throws a ConfigError and keeps the old ones. */
  reload(): void {
    const users = readUsers(this.#config);
    this.#listener.reloadCertificates();
    this.#users = users;
  }

  /** Answers what is in flight, gives back what is open and makes everything durable. */
  async stop(): Promise<void> {
    await this.#listener.stop(this.#config.graceMs);
    await this.#engine.close();
  }

  async #listen(logger: Logger): Promise<void> {
    const { port, address, unixSocket, authFile, tls } = this.#config;
    try {
      if (port !== undefined) {
        const taken = await this.#listener.listenTcp(port, address);
        if (!isLoopback(address) && authFile === undefined && tls?.ca === undefined) {
          logger.warn(
            { address },
            'whoever reaches this address may use the queues: set --auth-file, and --tls-cert',
          );
        }
        logger.info({ address, port: taken }, 'listening');
      }
      if (unixSocket !== undefined) {
        await this.#listener.listenUnix(unixSocket);
        logger.info({ path: unixSocket }, 'listening');
      }
    } catch (error) {
      await this.#listener.stop(0);
      throw error;
    }
  }
}

function openEngine(config: ServerConfig): Promise<LocalEngine> {
  const policy = {
    ...DEFAULT_POLICY,
    maxAttempts: config.maxAttempts,
    backoff: config.backoff,
    exptime: config.ignoreExptime ? ('ignore' as const) : ('honour' as const),
  };
  return LocalEngine.open({
    fileSystem: nodeFileSystem,
    directory: config.dataDirectory,
    sync: config.sync,
    syncIntervalMs: config.syncIntervalMs,
    segmentSize: config.segmentSize,
    cacheSize: config.cacheSize,
    maxQueues: config.maxQueues,
    clock: engineClock(),
    policy: () => policy,
  });
}

function readUsers({ authFile }: ServerConfig): Users | undefined {
  return authFile === undefined ? undefined : Users.fromFile(authFile);
}

function isLoopback(address: string): boolean {
  if (isIP(address) === 4) return address.startsWith('127.');
  return address === '::1' || address === 'localhost';
}
