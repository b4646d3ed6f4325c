import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { acceptedEncoding } from './accepted-encoding.ts';
import type { Middleware } from './router.ts';

const compressed = promisify(gzip);

/** Compresses what is answered for those who accept that, on another thread: columns of figures and names become small. */
export const gzipped: Middleware = async (request, next) => {
  await next();
  const { res: answer } = request;
  if (answer.status !== 200) return;
  answer.headers.append('vary', 'accept-encoding');
  if (acceptedEncoding(request, ['gzip']) === 'identity') return;
  const body = await compressed(await answer.arrayBuffer(), { level: constants.Z_BEST_SPEED });
  const headers = new Headers(answer.headers);
  headers.set('content-encoding', 'gzip');
  headers.delete('content-length');
  // Headers of both would be merged otherwise.
  request.res = undefined;
  request.res = new Response(new Uint8Array(body), { status: 200, headers });
};
