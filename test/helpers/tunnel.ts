import { once } from 'node:events';
import net from 'node:net';
import type { Duplex } from 'node:stream';

/** A port on which every client speaks to a server that it could not reach itself: by TLS, or on a unix socket. */
export interface Tunnel {
  readonly port: number;
  /** Breaks all connections off. */
  cut(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** `connect` makes a connection to the server, one for each client. */
export async function openTunnel(connect: () => Duplex): Promise<Tunnel> {
  const open = new Set<Duplex>();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const far = connect();
    for (const [from, to] of [
      [client, far],
      [far, client],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.end();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const stream of open) stream.destroy();
  };
  return {
    port: (server.address() as net.AddressInfo).port,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
