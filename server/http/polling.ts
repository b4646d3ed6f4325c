import { createHash } from 'node:crypto';
import { TOPIC_PATHS } from './live/topics.ts';
import type { App, Middleware } from './router.ts';

/** The answer to who has it already, as it is now. */
export const NOT_MODIFIED = { description: 'It is what If-None-Match names' };

/** Has what streams tell of be polled cheaply, by those who cannot have a stream: with ETag and If-None-Match. */
export function pollingRoutes(app: App): void {
  for (const path of TOPIC_PATHS) app.use(path, tagged);
}

/** Hashed here and at once: another thread, and streams between, take several times as long for a list. */
const tagged: Middleware = async (context, next) => {
  await next();
  const { req, res, env } = context;
  // Streams ask as well, past the network, and compare by themselves.
  if (env?.incoming === undefined || !res.ok || (req.method !== 'GET' && req.method !== 'HEAD')) return;
  const text = await res.text();
  const tag = `W/"${createHash('sha1').update(text).digest('base64url')}"`;
  const headers = new Headers(res.headers);
  headers.set('etag', tag);
  const isKnown = isNamed(tag, req.header('if-none-match'));
  if (isKnown) headers.delete('content-type');
  // What is set here keeps all headers of what was there before.
  context.res = undefined;
  context.res = isKnown ? new Response(null, { status: 304, headers }) : new Response(text, { headers });
};

/** Whether a tag is in a list of them, each weak or not (RFC 9110, section 13.1.2). */
function isNamed(tag: string, list = ''): boolean {
  if (list.trim() === '*') return true;
  const opaque = tag.replace(/^W\//, '');
  return list.match(/"[^"]*"/g)?.includes(opaque) ?? false;
}
