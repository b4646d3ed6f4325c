import { once } from 'node:events';
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import { errorCode, errorMessage, UnreachableError } from '../../shared/errors.ts';
import { BACKLOG } from '../session/limits.ts';

/** What to do when the system says this of an address. */
const LISTEN_HINTS: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'another program listens there; stop it, or choose another port or path'],
  ['EACCES', 'this user has no right to; ports below 1024 are for root'],
  ['EADDRNOTAVAIL', 'it is no address of this machine; correct the address'],
  ['ENOTFOUND', 'there is no such name; correct the address'],
]);

/** Has a server listen on TCP; resolves with the port. Port 0 takes a free one. Rejects with an UnreachableError. */
export async function listenOnPort(server: net.Server, port: number, host: string): Promise<number> {
  await listen(server, { port, host }, `${host}:${port}`);
  return (server.address() as net.AddressInfo).port;
}

/** Has it listen on a unix socket with the permissions of `mode`. A socket that nobody listens on is replaced. */
export async function listenOnSocket(server: net.Server, path: string, mode: number): Promise<void> {
  // node takes a bare number for a port.
  const file = path.includes('/') ? path : `./${path}`;
  if (lstatSync(file, { throwIfNoEntry: false })?.isSocket() && !(await isAlive(file))) unlinkSync(file);
  await listen(server, { path: file }, path);
  chmodSync(path, mode);
}

async function listen(server: net.Server, options: net.ListenOptions, name: string): Promise<void> {
  server.listen({ backlog: BACKLOG, ...options });
  try {
    await once(server, 'listening');
  } catch (error) {
    const hint = LISTEN_HINTS.get(errorCode(error) ?? '');
    const text = `cannot listen on ${name}: ${errorMessage(error)}`;
    throw new UnreachableError(hint === undefined ? text : `${text}: ${hint}`);
  }
}

/** Whether somebody listens on a socket, also one who is busy, or lets us not in. */
async function isAlive(path: string): Promise<boolean> {
  const socket = net.connect({ path });
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return errorCode(error) !== 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}
