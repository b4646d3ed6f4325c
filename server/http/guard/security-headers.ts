import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'self'",
  "form-action 'none'",
].join('; ');

const HEADERS = new Map([
  ['content-security-policy', POLICY],
  ['cross-origin-resource-policy', 'same-origin'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  // What may be kept says so itself.
  ['cache-control', 'no-store'],
]);

/** Says what browsers must not do with any answer of ours: run what is in it, frame it, or show it to another site. */
export function securityHeaders(request: IncomingMessage, response: ServerResponse): void {
  response.setHeaders(HEADERS);
  if (isTrustworthy(request)) response.setHeader('cross-origin-opener-policy', 'same-origin');
}

/**
 * Whether the browser takes what keeps windows of other sites apart. Beyond localhost, without TLS, it takes none, and logs an
 * error at each page. It tells where a request is from on the same condition, also behind a proxy that ends TLS.
 */
function isTrustworthy({ socket, headers }: IncomingMessage): boolean {
  return (socket as TLSSocket).encrypted === true || headers['sec-fetch-site'] !== undefined;
}
