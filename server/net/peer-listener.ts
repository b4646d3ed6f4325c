import net from 'node:net';
import type { Logger } from '../../shared/logger.ts';
import { listenOnPort } from './listening.ts';
import { type Endpoint, type ProxyHeader, ProxyHeaderDecoder, type Purpose } from './proxy-header.ts';
import { readShared } from './shared-read.ts';

/** How long another server may take for its header, milliseconds. */
const HEADER_MS = 5000;
/** Connections that may be about it at a time; a new one takes the place of the oldest. */
const MAX_HEADERS = 1024;

/** A client's connection that another server has passed to this one. It is not read before somebody takes it. */
export interface Passed {
  readonly socket: net.Socket;
  /** What stood behind the header. */
  readonly first: Buffer;
  /** Where the client is, and where it has connected to; undefined: it came by a unix socket. */
  readonly client: Endpoint | undefined;
  readonly local: Endpoint | undefined;
}

interface PeerContext {
  /** The id of this member. What is meant for another one is refused, and so is who does not know it. */
  readonly id: string;
  readonly logger: Logger;
  /** Takes what was passed, each for its purpose; what nobody takes is closed. */
  readonly takers: Partial<Record<Purpose, (passed: Passed) => void>>;
}

/** Listens for other servers, which pass connections of their clients to this one. */
export class PeerListener {
  readonly #context: PeerContext;
  readonly #headerMs: number;
  readonly #server: net.Server;
  /** Those whose header is not whole yet, the oldest first, each with how it is refused. */
  readonly #strangers = new Map<net.Socket, (why: string) => void>();
  #refused = 0;

  constructor(context: PeerContext, headerMs = HEADER_MS) {
    this.#context = context;
    this.#headerMs = headerMs;
    const options = { noDelay: true, allowHalfOpen: true, pauseOnConnect: true };
    this.#server = net.createServer(options, (socket) => this.#accept(socket));
  }

  /** Connections that were closed since they are not for us. */
  get refused(): number {
    return this.#refused;
  }

  /** Resolves with the port. Port 0 takes a free one. Rejects with an UnreachableError. */
  async listen(port: number, host: string): Promise<number> {
    const taken = await listenOnPort(this.#server, port, host);
    this.#server.on('error', ({ message }) =>
      this.#context.logger.error({ error: message }, 'accepting from other servers failed'),
    );
    return taken;
  }

  /** Accepts nothing more. What was taken is not ours any more. */
  close(): void {
    this.#server.close();
    for (const socket of this.#strangers.keys()) socket.destroy();
  }

  #accept(accepted: net.Socket): void {
    const { remoteAddress: address = '' } = accepted;
    const decoder = new ProxyHeaderDecoder();
    const refuse = (why: string): void => {
      this.#refused++;
      this.#context.logger.debug(
        { address, refused: this.#refused, why },
        'a connection from no server of ours',
      );
      socket.destroy();
    };
    const ended = (): void => refuse('it ended before a header');
    const socket = readShared(accepted, (bytes, length) => {
      if (socket.destroyed) return;
      const found = decoder.push(bytes.subarray(0, length));
      if (found === undefined) return;
      if ('refusal' in found) {
        refuse(found.refusal);
        return;
      }
      clearTimeout(timer);
      this.#strangers.delete(socket);
      socket.off('end', ended).pause();
      this.#take(socket, found.header, found.rest, refuse);
    });
    const timer = setTimeout(() => refuse('it has sent no header for too long'), this.#headerMs).unref();
    this.#strangers.set(socket, refuse);
    socket.once('end', ended);
    // Every error is followed by 'close'.
    socket.on('error', () => {});
    socket.once('close', () => {
      clearTimeout(timer);
      this.#strangers.delete(socket);
    });
    if (this.#strangers.size <= MAX_HEADERS) return;
    // Servers of ours are quick.
    const [oldest] = this.#strangers.values();
    oldest?.('others have come meanwhile, and it has sent no header');
  }

  #take(
    socket: net.Socket,
    { client, local, purpose, receiver }: ProxyHeader,
    first: Buffer,
    refuse: (why: string) => void,
  ): void {
    const take = this.#context.takers[purpose];
    if (receiver !== this.#context.id) refuse('it is meant for another member of the cluster');
    else if (take === undefined) refuse(`nobody here takes ${purpose}`);
    else take({ socket, first, client, local });
  }
}
