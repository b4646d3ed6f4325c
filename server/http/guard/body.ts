import type { IncomingMessage } from 'node:http';
import { LONGEST_OTHER, longestJson, MOST_BATCH_BYTES, tooLarge } from '../body.ts';
import type { HttpFrame } from '../frame.ts';
import { Problem } from '../problem.ts';
import type { Middleware } from '../router.ts';
import { isSafe } from './roles.ts';

/** Bytes of bodies that are held at a time, of all requests together, where one alone may not have more. */
const MOST_HELD = 64 * 1024 * 1024;

/** Reads the whole body before anything is done, and no more of it than the path may have, nor than there is room for. */
export function body(frame: HttpFrame): Middleware {
  let held = 0;
  return async ({ req, env: { incoming, outgoing } }, next) => {
    if (!isSafe(req.method)) {
      const limit = limitOf(req.path, frame.maxItemSize);
      if (Number(incoming.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
      let length = 0;
      outgoing.once('close', () => {
        held -= length;
      });
      const bytes = await bytesOf(incoming, (more) => {
        length += more;
        held += more;
        if (length > limit) throw tooLarge(limit);
        if (held > Math.max(MOST_HELD, limit)) throw noRoom();
      });
      // What node-server takes the body from, where it is there.
      Object.assign(incoming, { rawBody: bytes });
    }
    await next();
  };
}

function limitOf(path: string, maxItemSize: number): number {
  const stores = /^\/api\/v1\/queues\/[^/]+\/messages(\/batch)?$/.exec(path);
  if (stores === null) return LONGEST_OTHER;
  const longest = longestJson(maxItemSize);
  return stores[1] === undefined ? longest : Math.max(longest, MOST_BATCH_BYTES);
}

/** `onMore` throws where it is enough. */
async function bytesOf(incoming: IncomingMessage, onMore: (bytes: number) => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    // It has to stay whole where there is more than is read: the answer goes back the same way.
    for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      onMore(chunk.length);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof Problem ? error : new Problem(400, 'gone', 'the client has gone');
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

function noRoom(): Problem {
  return new Problem(503, 'busy', 'too much is being sent at a time', { retryAfterSeconds: 1 });
}
