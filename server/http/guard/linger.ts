import type { ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';

/** Bytes of a body that are read for this. */
const MOST = 64 * 1024 * 1024;

/**
 * Goes on reading the body of a request that is refused before all of it is there, and closes only then where the client wants
 * that. The kernel answers what nobody has read with a reset, which may overtake the answer (RFC 9112, section 9.6). Node ends
 * a request that takes too long.
 */
export function linger({ incoming, outgoing }: HttpBindings): void {
  const { headers, socket } = incoming;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (incoming.complete || !hasBody) return;
  const response = outgoing as ServerResponse;
  const isLast = !response.shouldKeepAlive;
  response.shouldKeepAlive = true;
  let left = MOST;
  incoming.on('data', ({ length }: Buffer) => {
    left -= length;
    if (left < 0) socket.destroy();
  });
  if (isLast) response.once('finish', () => whenEnded(() => socket.end()));

  function whenEnded(done: () => void): void {
    if (incoming.readableEnded) done();
    else incoming.once('end', done);
  }
}
