import type { Socket } from 'node:net';
import { afterReading } from '../../shared/after-reading.ts';

/** How long nothing has to come in until all is here that the client had sent, milliseconds. */
const QUIET_MS = 20;
/** More than that in such a time was sent before: whoever waits for replies sends less. Bytes. */
const BACKLOG = 16 * 1024;
/** More than kernels hold for a connection, of what was sent before. Bytes. */
const MOST_BACKLOG = 16 * 1024 ** 2;

/** After such a time that many have to bring nothing: on a busy machine the kernel takes its time to bring the rest. */
const LOOKS_AFTER_BACKLOG = 15;

/**
 * Calls `quiet` when all is here that the other side has sent by now, of which some may still be on its way. One that never
 * stops sending is cut short in `patienceMs`; while it is not read, or was not read up to what it had sent by then, that does
 * not count: a busy machine may take its time. Of a socket that is closed meanwhile nothing is said.
 */
export function whenQuiet(socket: Socket, patienceMs: number, quiet: () => void): void {
  let before = socket.bytesRead;
  let backlog = MOST_BACKLOG;
  let patience = patienceMs;
  let looks = 1;
  const look = (): void => {
    if (socket.destroyed) return;
    const received = socket.bytesRead - before;
    before = socket.bytesRead;
    backlog -= received;
    if (received > BACKLOG && backlog > 0) looks = LOOKS_AFTER_BACKLOG;
    else if (!socket.isPaused()) {
      patience -= QUIET_MS;
      if (received === 0) looks--;
      if (looks === 0 || patience <= 0) {
        quiet();
        return;
      }
    }
    afterReading(QUIET_MS, look);
  };
  afterReading(QUIET_MS, look);
}
