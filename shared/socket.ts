import net from 'node:net';
import tls from 'node:tls';
import type { SocketAddress, TcpAddress } from './server-address.ts';

/** When an idle connection is first looked after, milliseconds. */
const KEEP_ALIVE_MS = 30_000;

/** How long a server may take to show that it speaks TLS, milliseconds. */
const PROBE_MS = 1000;

/**
 * Connects to a server. `ready` is called when there is somebody to speak to: over TLS once it is certain that it is the
 * right one, so nothing is told to another.
 */
export function openSocket(address: TcpAddress | SocketAddress, ready: () => void): net.Socket {
  if ('path' in address) return net.connect(address.path, ready);
  const { host, port } = address;
  const socket = address.tls === undefined ? net.connect(port, host, ready) : openTls(address, ready);
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
}

function openTls({ host, port, tls: settings }: TcpAddress, ready: () => void): tls.TLSSocket {
  const { ca, cert, key, servername: expected = host } = settings ?? {};
  return tls.connect(
    {
      host,
      port,
      ...greeting(expected),
      // The environment can turn that off for all connections of a process.
      rejectUnauthorized: true,
      checkServerIdentity: (_, certificate) => tls.checkServerIdentity(expected, certificate),
      minVersion: 'TLSv1.2',
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    },
    ready,
  );
}

/** The name by which a server knows which certificate to show; an address is none. */
function greeting(host: string): { servername?: string } {
  return net.isIP(host) === 0 ? { servername: host } : {};
}

/** Whether what listens there speaks TLS: a look, in which nothing is told. */
export function speaksTls({ host, port }: TcpAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = tls.connect({ host, port, ...greeting(host), rejectUnauthorized: false });
    const is = (answer: boolean) => () => {
      resolve(answer);
      socket.destroy();
    };
    socket.setTimeout(PROBE_MS, is(false));
    socket.once('secureConnect', is(true)).once('error', is(false)).once('close', is(false));
  });
}
