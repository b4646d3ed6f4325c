import { join } from 'node:path';
import { errorMessage } from '../shared/errors.ts';
import { isLoopback } from '../shared/host.ts';
import type { Logger } from '../shared/logger.ts';
import { PACKAGE_DIRECTORY } from '../shared/version.ts';
import type { RefusedLogins } from './commands/refused-logins.ts';
import type { ServerConfig } from './config/config.ts';
import type { QueueEngine } from './engine/api.ts';
import { AuditLog } from './http/audit.ts';
import type { ClusterView, DatabaseView, Health, HttpContext } from './http/context.ts';
import type { HttpFrame } from './http/frame.ts';
import type { HttpServer } from './http/http-server.ts';
import type { Passed } from './http/passed.ts';
import type { Sampler } from './http/sampler.ts';
import type { HttpUsers } from './http/users.ts';

/** Where a build puts the pages. */
const PAGES = join(PACKAGE_DIRECTORY, 'dist/dashboard');

/** What a reload replaces. */
interface InForce {
  readonly config: ServerConfig;
  readonly httpUsers: HttpUsers | undefined;
}

/** The HTTP side of the server: where it is served, and how the server is, from the start to the stop. */
export class HttpSide {
  readonly logger: Logger;
  readonly refusedLogins: RefusedLogins;
  readonly audit: AuditLog;
  readonly #stopping = new AbortController();
  #server: HttpServer | undefined;
  #serve: ((context: HttpContext) => void) | undefined;
  #sampler: Sampler | undefined;
  /** Undefined while the log is read, and while another server leads. */
  #engine: QueueEngine | undefined;
  /** Undefined where this server has a log of its own. */
  #cluster: ClusterView | undefined;
  #follow: (() => void) | undefined;

  private constructor(logger: Logger, refusedLogins: RefusedLogins) {
    this.logger = logger;
    this.refusedLogins = refusedLogins;
    this.audit = new AuditLog(logger);
  }

  /**
   * Listens where HTTP is to be served, and says that it is starting. `descriptors`: that there are for its connections.
   * Rejects with MemqErrors.
   */
  static async open(
    inForce: InForce,
    descriptors: number,
    logger: Logger,
    refusedLogins: RefusedLogins,
  ): Promise<HttpSide> {
    const side = new HttpSide(logger, refusedLogins);
    await side.#listen(inForce, descriptors);
    return side;
  }

  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  health(): Health {
    if (this.stopping.aborted) return 'stopping';
    if (this.#cluster !== undefined) return this.#cluster.health;
    if (this.#engine === undefined) return 'starting';
    const { details } = this.#engine.stats();
    if ((details.get('journal_failure') ?? 'none') !== 'none') return 'log-failed';
    return (details.get('journal_refusal') ?? 'none') === 'none' ? 'ok' : 'disk-full';
  }

  /** This server is one of a cluster: until it leads it says so, and how it is. */
  async join(cluster: ClusterView, inForce: InForce, startedAt: number): Promise<void> {
    this.#cluster = cluster;
    const server = this.#server;
    if (server === undefined) return;
    const { createFollowingApp } = await import('./http/following-app.ts');
    const frame = this.#frame(inForce);
    this.#follow = () => server.serve(() => createFollowingApp(cluster, frame, startedAt));
    if (this.#engine === undefined) this.#follow();
  }

  /** Answers from its engine no more: it does not lead. Whoever is connected was told of what may never have been. */
  follow(): void {
    this.#engine = undefined;
    this.#sampler?.stop();
    this.#server?.closeConnections();
    this.#follow?.();
  }

  /** Takes a client's connection that another server has passed, as if it had been accepted; only a leader does. */
  takePassed(passed: Passed): void {
    if (this.#engine === undefined || this.#server === undefined) passed.socket.destroy();
    else this.#server.takePassed(passed);
  }

  /** Answers from this engine from now on. */
  serve(context: HttpContext): void {
    this.#engine = context.engine;
    if (this.#serve === undefined) return;
    this.#serve(context);
    this.#sampler = context.sampler;
    this.#sampler.start();
  }

  /** Throws a ConfigError, and keeps the old ones. */
  reloadCertificates(): void {
    this.#server?.reloadCertificates();
  }

  /** The server begins to stop: resolves when all is answered that is under way. */
  async drain(graceMs: number): Promise<void> {
    this.#stopping.abort();
    await this.#server?.drain(graceMs);
  }

  close(): void {
    this.#sampler?.stop();
    this.#server?.close();
  }

  /** A default address that somebody else has is done without; one that was named has to be had. */
  async #listen(inForce: InForce, descriptors: number): Promise<void> {
    const { http, httpPlace: place, whyNoHttp } = inForce.config;
    if (whyNoHttp !== undefined) this.logger.warn(whyNoHttp);
    if (place === undefined) return;
    // Who does without HTTP does without its libraries.
    const [{ HttpServer }, { createApp }, { readPages }] = await Promise.all([
      import('./http/http-server.ts'),
      import('./http/app.ts'),
      import('./http/pages/pages.ts'),
    ]);
    const frame = this.#frame(inForce);
    const pages = await readPages(PAGES, frame.basePath);
    const server = new HttpServer(frame, 'path' in place, descriptors);
    try {
      const url = await server.listen(place);
      this.#server = server;
      this.#serve = (context) => server.serve(() => createApp(context, frame, pages));
      if ('host' in place) this.#warnOfListeners(inForce.config, place.host);
      this.logger.info({ url }, 'HTTP');
    } catch (error) {
      if (http !== undefined) throw error;
      this.logger.warn(
        { error: errorMessage(error) },
        'no HTTP: name another address with --http, or --http none',
      );
    }
  }

  #warnOfListeners({ httpTls, httpProxies }: ServerConfig, address: string): void {
    if (isLoopback(address) || httpTls !== undefined || httpProxies !== undefined) return;
    this.logger.warn(
      { address },
      'passwords and messages can be read on the way: set --http-tls-cert, or --http-proxy',
    );
  }

  #frame(inForce: InForce): HttpFrame {
    const { httpPlace: place } = inForce.config;
    const isExposed = place !== undefined && 'host' in place && !isLoopback(place.host);
    return {
      get users() {
        return inForce.httpUsers;
      },
      get hosts() {
        return inForce.config.httpHosts ?? [];
      },
      get proxies() {
        return inForce.config.httpProxies ?? [];
      },
      get userHeader() {
        return inForce.config.httpUserHeader;
      },
      get onlyProxies() {
        return isExposed && inForce.httpUsers === undefined;
      },
      get isReadonly() {
        return inForce.config.httpReadonly;
      },
      get maxItemSize() {
        return inForce.config.maxItemSize;
      },
      basePath: inForce.config.httpBasePath ?? '',
      maxConnections: inForce.config.httpConnections,
      isUnix: place !== undefined && 'path' in place,
      unixMode: inForce.config.unixMode,
      get tls() {
        const { httpTls } = inForce.config;
        return httpTls && { ...httpTls, ca: undefined };
      },
      health: () => this.health(),
      healthNotes: () => healthNotes(this.#cluster),
      stopping: this.stopping,
      audit: this.audit,
      logger: this.logger,
      refused: (address) => this.refusedLogins.add(address, 'http'),
    };
  }
}

/** What a server of a cluster says besides whether it is well. */
function healthNotes(cluster: ClusterView | undefined): string[] {
  if (cluster === undefined) return [];
  const { role, epoch, database, lostRecords } = cluster;
  return [
    `${role} in epoch ${epoch}`,
    ...(database === undefined ? [] : databaseNotes(database)),
    ...(lostRecords === 0 ? [] : ['the database has lost what it had acknowledged']),
  ];
}

function databaseNotes({ promise, problems, refusal }: DatabaseView): string[] {
  return [
    ...(promise === '' ? [] : [promise]),
    ...(refusal === undefined ? [] : [`the database takes nothing: ${refusal}`]),
    ...problems,
  ];
}
