import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const REFUSAL =
  'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** Who takes nothing of an answer for so long is gone; a stream looks after that itself. */
const STALLED_MS = 60_000;

/** Bounds how many connections there are: a new one takes the place of the one that has been idle longest. */
export class HttpConnections {
  readonly #most: number;
  readonly #stalledMs: number;
  /** Requests that are under way on each. */
  readonly #work = new Map<Socket, number>();
  /** Those that have none, the longest first. */
  readonly #idle = new Set<Socket>();
  readonly #onRest: (() => void)[] = [];

  constructor(most: number, stalledMs = STALLED_MS) {
    this.#most = most;
    this.#stalledMs = stalledMs;
  }

  /** Counts those of a server from now on. `event`: the one that tells of a new connection. */
  watch(server: Server, event: 'connection' | 'secureConnection'): void {
    server.prependListener(event, (socket: Socket) => this.#add(socket));
    server.prependListener('request', (request, response) => this.#begin(request, response));
  }

  /** Resolves when no request is under way, at the latest after so long. */
  async rest(graceMs: number): Promise<void> {
    if (this.#work.size === this.#idle.size) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onRest.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Ends all of them. */
  destroy(): void {
    for (const socket of this.#work.keys()) socket.destroy();
  }

  #add(socket: Socket): void {
    const [longest] = this.#idle;
    if (this.#work.size >= this.#most) {
      if (longest === undefined) {
        socket.end(REFUSAL, () => socket.destroy());
        return;
      }
      this.#remove(longest);
      longest.destroy();
    }
    this.#work.set(socket, 0);
    this.#idle.add(socket);
    socket.once('close', () => this.#remove(socket));
  }

  #begin({ socket }: IncomingMessage, response: ServerResponse): void {
    const work = this.#work.get(socket);
    if (work === undefined) return;
    this.#work.set(socket, work + 1);
    this.#idle.delete(socket);
    response.once('close', () => this.#done(socket));
    // From when all of it is handed over until it has gone. Before Node's own listener, which sets how long it may be idle.
    response.once('prefinish', () => socket.setTimeout(this.#stalledMs));
    response.prependOnceListener('finish', () => socket.setTimeout(0));
  }

  #done(socket: Socket): void {
    const work = this.#work.get(socket);
    if (work === undefined) return;
    this.#work.set(socket, work - 1);
    if (work > 1) return;
    this.#idle.add(socket);
    this.#settle();
  }

  #remove(socket: Socket): void {
    this.#work.delete(socket);
    this.#idle.delete(socket);
    this.#settle();
  }

  #settle(): void {
    if (this.#work.size !== this.#idle.size) return;
    for (const resolve of this.#onRest.splice(0)) resolve();
  }
}
