import type { Socket } from 'node:net';

/** A client's connection that another server has passed to this one. */
export interface Passed {
  readonly socket: Socket;
  /** What was read of it already. */
  readonly first: Buffer;
  /** Where the client is; undefined: it came by a unix socket. */
  readonly client: { readonly address: string } | undefined;
}

/** Where those clients are whose connections were passed to us: the other end of the socket is a server. */
const addresses = new WeakMap<Socket, string>();

/** Notes where a client is. */
export function notePassed({ socket, client }: Passed): void {
  addresses.set(socket, client?.address ?? 'unix');
}

/** Where a client is whose connection was passed to us; undefined for one that is our own. */
export function passedFrom(socket: Socket): string | undefined {
  return addresses.get(socket);
}
