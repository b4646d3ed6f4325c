import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';

interface Handshake {
  readonly socket: Socket;
  /** Where the client is, if it is not the other end of the socket. */
  readonly remote: string | undefined;
}

/** Agrees on TLS with clients whose connections were accepted elsewhere. */
export class Handshakes {
  readonly #server: Server;
  /** Those under way, by both ends of the socket: nothing else leads from what node hands out to what it was given. */
  readonly #pending = new Map<string, Handshake>();

  /** `server` does not listen itself. `agreed` is given those that were agreed. */
  constructor(server: Server, agreed: (socket: TLSSocket, remote: string | undefined) => void) {
    this.#server = server;
    server.on('secureConnection', (socket) => {
      const key = endsOf(socket);
      const handshake = this.#pending.get(key);
      this.#pending.delete(key);
      // It has been reset meanwhile, or closed.
      if (handshake === undefined) socket.destroy();
      else agreed(socket, handshake.remote);
    });
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Begins with a socket of which nothing but `first` has been read. */
  begin(socket: Socket, first: Buffer | undefined, remote: string | undefined): void {
    const key = endsOf(socket);
    const handshake = { socket, remote };
    this.#pending.set(key, handshake);
    socket.once('close', () => {
      if (this.#pending.get(key) === handshake) this.#pending.delete(key);
    });
    if (first !== undefined && first.length > 0) socket.unshift(first);
    this.#server.emit('connection', socket);
  }

  /** Breaks off those that are under way. */
  destroy(): void {
    for (const { socket } of this.#pending.values()) socket.destroy();
  }
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
