import { createServer, type Server as NodeServer, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { isIPv6 } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { readCertificates } from '../net/certificates.ts';
import { listenOnPort, listenOnSocket } from '../net/listening.ts';
import { createStartingApp } from './app.ts';
import { HttpConnections } from './connections.ts';
import type { HttpFrame } from './frame.ts';
import { securityHeaders } from './guard/security-headers.ts';
import { notePassed, type Passed } from './passed.ts';
import type { App } from './router.ts';

/** Where HTTP is served. */
export type HttpAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** How long the head of a request may take, then its body, and agreeing on TLS; and how often that is looked at. */
const HEADER_MS = 10_000;
const BODY_MS = 30_000;
const LOOK_MS = 1000;
/** How long a connection may be idle: longer than proxies keep them. */
const IDLE_MS = 75_000;
/** Connections that may agree on TLS at a time, beyond those that are allowed. */
const MAX_HANDSHAKES = 1024;

/** Serves the API, the metrics and the pages. */
export class HttpServer {
  readonly #frame: HttpFrame;
  /** The one that listens. */
  readonly #server: NodeServer;
  /** Of TLS that one knows nothing, as servers do not that pass connections to us. */
  readonly #plain: NodeServer;
  readonly #isTls: boolean;
  readonly #connections: HttpConnections;
  #make: () => App;
  #app: App | undefined;

  /**
   * `isLocal`: it will listen on a unix socket, which has no use for TLS; `descriptors`: that there are for connections, those that
   * still agree on TLS included. Throws a ConfigError.
   */
  constructor(frame: HttpFrame, isLocal: boolean, descriptors: number) {
    this.#frame = frame;
    this.#make = () => createStartingApp(frame);
    const options = {
      headersTimeout: HEADER_MS,
      requestTimeout: HEADER_MS + BODY_MS,
      connectionsCheckingInterval: LOOK_MS,
      keepAliveTimeout: IDLE_MS,
      noDelay: true,
    };
    const tls = isLocal ? undefined : frame.tls;
    this.#isTls = tls !== undefined;
    this.#connections = new HttpConnections(frame.maxConnections);
    this.#plain = this.#create(createServer, options, 'connection');
    if (tls === undefined) {
      this.#server = this.#plain;
      return;
    }
    const secure = { ...options, ...readCertificates(tls), handshakeTimeout: HEADER_MS };
    this.#server = this.#create(createTlsServer as typeof createServer, secure, 'secureConnection');
    this.#server.maxConnections = Math.min(frame.maxConnections + MAX_HANDSHAKES, descriptors);
  }

  /** Resolves with where it listens; until `serve` it says that it is starting. Rejects with an UnreachableError. */
  async listen(address: HttpAddress): Promise<string> {
    const { unixMode, basePath } = this.#frame;
    if ('path' in address) await listenOnSocket(this.#server, address.path, unixMode);
    const port = 'path' in address ? 0 : await listenOnPort(this.#server, address.port, address.host);
    this.#server.on('error', ({ message }) =>
      this.#frame.logger.error({ error: message }, 'accepting failed'),
    );
    if ('path' in address) return `unix:${address.path}`;
    const host = isIPv6(address.host) ? `[${address.host}]` : address.host;
    return `${this.#isTls ? 'https' : 'http'}://${host}:${port}${basePath}`;
  }

  /** Answers by this app from now on. It takes a while to make, so that is done when the first one asks. */
  serve(make: () => App): void {
    this.#make = make;
    this.#app = undefined;
  }

  get #current(): App {
    this.#app ??= this.#make();
    return this.#app;
  }

  /** Takes a client's connection that another server has passed, as if it had been accepted. */
  takePassed(passed: Passed): void {
    const { socket, first } = passed;
    notePassed(passed);
    if (first.length > 0) socket.unshift(first);
    this.#plain.emit('connection', socket);
    socket.resume();
  }

  /** Ends all connections there are. */
  closeConnections(): void {
    this.#server.closeAllConnections();
    // Of those that were passed a server that does not listen itself keeps no list.
    this.#connections.destroy();
  }

  /** Uses certificates that have been renewed, for connections to come. Throws a ConfigError and keeps the old. */
  reloadCertificates(): void {
    const { tls } = this.#frame;
    if (!this.#isTls || tls === undefined) return;
    (this.#server as unknown as import('node:tls').Server).setSecureContext(readCertificates(tls));
  }

  /** Waits until all is answered that is under way; whoever asks meanwhile learns that the server stops. */
  async drain(graceMs: number): Promise<void> {
    await this.#connections.rest(graceMs);
  }

  /** Accepts nothing more, and ends all connections. */
  close(): void {
    this.#server.close();
    this.closeConnections();
  }

  #create(
    create: typeof createServer,
    serverOptions: ServerOptions,
    event: 'connection' | 'secureConnection',
  ): NodeServer {
    const server = createAdaptorServer({
      // What a client older than HTTP/1.1 may leave out.
      hostname: 'localhost',
      // It would close connections on clients that still send. Node reads what is left, for as long as a request may take.
      autoCleanupIncoming: false,
      fetch: (request, bindings) => this.#current.fetch(request, bindings as never),
      createServer: create,
      serverOptions,
    }) as NodeServer;
    this.#connections.watch(server, event);
    server.prependListener('request', securityHeaders);
    return server;
  }
}
