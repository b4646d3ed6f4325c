import type { Socket } from 'node:net';

/** How long nothing has to come in until all is here that the client had sent, milliseconds. */
const QUIET_MS = 20;
/** More than that in such a time was sent before: whoever waits for replies sends less. Bytes. */
const BACKLOG = 16 * 1024;
/** More than kernels hold for a connection, of what was sent before. Bytes. */
const MOST_BACKLOG = 16 * 1024 ** 2;

/**
 * Calls `quiet` when all is here that the other side has sent by now, of which some may still be on its way. One that never
 * stops sending is cut short in `patienceMs`; while it is not read, or was not read up to what it had sent by then, that does
 * not count: a busy machine may take its time. Of a socket that is closed meanwhile nothing is said.
 */
export function whenQuiet(
  socket: Socket,
  patienceMs: number,
  quiet: () => void,
  backlog = MOST_BACKLOG,
): void {
  const before = socket.bytesRead;
  setTimeout(() => {
    if (socket.destroyed) return;
    const received = socket.bytesRead - before;
    const isBacklog = received > BACKLOG && received < backlog;
    if (socket.isPaused() || isBacklog) whenQuiet(socket, patienceMs, quiet, backlog - received);
    else if (received === 0 || patienceMs <= QUIET_MS) quiet();
    else whenQuiet(socket, patienceMs - QUIET_MS, quiet, backlog - received);
  }, QUIET_MS);
}
