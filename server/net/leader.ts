import net from 'node:net';
import { type Endpoint, encodeProxyHeader } from './proxy-header.ts';

/** The server that leads. */
export interface Leader {
  /** Where it listens for other servers. */
  readonly host: string;
  readonly port: number;
  /** The id of this member. Only who has read it in the database is let in. */
  readonly id: string;
}

/** How long connecting may take, milliseconds. */
const CONNECT_MS = 5000;

/** A connection to the leader's HTTP, for a client that is connected by `client`. */
export function connectForHttp({ host, port, id }: Leader, client: net.Socket): net.Socket {
  const socket = net.connect({ host, port, noDelay: true });
  const timer = setTimeout(() => socket.destroy(new Error('it does not answer')), CONNECT_MS).unref();
  for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
  socket.write(encodeProxyHeader({ ...endsOf(client), purpose: 'http', receiver: id }));
  return socket;
}

/** Where a client is, and where it has connected to; undefined where it came by a unix socket. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: net.Socket): {
  client: Endpoint | undefined;
  local: Endpoint | undefined;
} {
  return { client: endpoint(remoteAddress, remotePort), local: endpoint(localAddress, localPort) };
}

function endpoint(address: string | undefined, port: number | undefined): Endpoint | undefined {
  return address === undefined || port === undefined ? undefined : { address, port };
}
