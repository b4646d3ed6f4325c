import type { Logger } from '../shared/logger.ts';
import type { ServerConfig } from './config.ts';
import type { QueueEngine } from './engine/engine.ts';
import { engineClock } from './engine/local/clock.ts';
import { nodeFileSystem } from './engine/local/journal/node-file-system.ts';
import { LocalEngine } from './engine/local/local-engine.ts';
import { Listener } from './session/listener.ts';
import { ServerStats } from './session/server-stats.ts';

/** The queue engine and its listeners, started and stopped together. */
export class Server {
  readonly #config: ServerConfig;
  readonly #engine: QueueEngine;
  readonly #listener: Listener;

  private constructor(config: ServerConfig, engine: QueueEngine, listener: Listener) {
    this.#config = config;
    this.#engine = engine;
    this.#listener = listener;
  }

  /** Opens the data directory and listens. Rejects with MemqErrors. */
  static async start(config: ServerConfig, logger: Logger): Promise<Server> {
    const policy = {
      maxAttempts: config.maxAttempts,
      backoff: config.backoff,
      exptime: config.ignoreExptime ? ('ignore' as const) : ('honour' as const),
    };
    const engine = await LocalEngine.open({
      fileSystem: nodeFileSystem,
      directory: config.dataDirectory,
      sync: config.sync,
      syncIntervalMs: config.syncIntervalMs,
      segmentSize: config.segmentSize,
      cacheSize: config.cacheSize,
      clock: engineClock(),
      policy: () => policy,
    });
    const { recovered } = engine;
    if (recovered.segments > 0) logger.info({ ...recovered, data: config.dataDirectory }, 'recovered');
    const listener = new Listener({ engine, config, stats: new ServerStats(), logger });
    try {
      if (config.port !== undefined) {
        const port = await listener.listenTcp(config.port, config.address);
        logger.info({ address: config.address, port }, 'listening');
      }
      if (config.unixSocket !== undefined) {
        await listener.listenUnix(config.unixSocket);
        logger.info({ path: config.unixSocket }, 'listening');
      }
    } catch (error) {
      await listener.stop(0);
      await engine.close();
      throw error;
    }
    return new Server(config, engine, listener);
  }

  /** Answers what is in flight, gives back what is open and makes everything durable. */
  async stop(): Promise<void> {
    await this.#listener.stop(this.#config.graceMs);
    await this.#engine.close();
  }
}
