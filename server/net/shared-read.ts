import net from 'node:net';

/** One buffer for all connections: what is read is parsed, or copied, before the next read. */
const shared = Buffer.allocUnsafeSlow(64 * 1024);

/** The part of node's sockets that has no public name: what a socket is built on. */
interface WithHandle {
  _handle: object | null;
}

/**
 * Moves an accepted connection to a socket that reads into one shared buffer and calls `onBytes` with it, past
 * the stream machinery. node offers this (`onread`) for the sockets that one opens, but not for those that one
 * accepts; at 50 connections it is worth a third of the throughput. Where the handle cannot be had, the
 * accepted socket itself is used, in the ordinary way.
 *
 * The bytes are valid during the call only.
 */
export function readShared(
  accepted: net.Socket,
  onBytes: (bytes: Buffer, length: number) => void,
): net.Socket {
  const internals = accepted as unknown as WithHandle;
  const handle = internals._handle;
  if (handle === null || handle === undefined) {
    accepted.on('data', (chunk: Buffer) => onBytes(chunk, chunk.length));
    accepted.resume();
    return accepted;
  }
  internals._handle = null;
  // Without its handle this only takes the connection out of the listener's count.
  accepted.destroy();
  const options = { handle, allowHalfOpen: true, decodeStrings: false, onread: intoShared(onBytes) };
  const socket = new net.Socket(options as net.SocketConstructorOpts);
  socket.resume();
  return socket;
}

/** Connects, and reads as `readShared` does. */
export function connectShared(
  to: { readonly host: string; readonly port: number },
  onBytes: (bytes: Buffer, length: number) => void,
): net.Socket {
  return net.connect({ ...to, noDelay: true, allowHalfOpen: true, onread: intoShared(onBytes) });
}

function intoShared(onBytes: (bytes: Buffer, length: number) => void): net.OnReadOpts {
  return {
    buffer: shared,
    callback: (length, buffer) => {
      onBytes(buffer as Buffer, length);
      return true;
    },
  };
}
