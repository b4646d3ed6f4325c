import type { HttpFrame } from '../frame.ts';
import { isPagePath } from '../navigation.ts';
import { Problem } from '../problem.ts';
import type { Middleware, RequestContext } from '../router.ts';
import { hostName } from './host.ts';

/**
 * Refuses what a page of another site has a browser ask for, reads as well. Browsers say so themselves: in
 * `Sec-Fetch-Site` to what they trust (HTTPS, localhost), else in `Origin` for all that could change something. Who sends
 * neither is no browser.
 */
export function crossSite(frame: HttpFrame): Middleware {
  return async (context, next) => {
    if (isForeign(context, frame.hosts) && !isLink(context))
      throw new Problem(403, 'cross-site', 'a page of another site may not use this server');
    await next();
  };
}

function isForeign(context: RequestContext, hosts: readonly string[]): boolean {
  const site = context.req.header('sec-fetch-site');
  // Another port of this machine is `same-site`, and still somebody else's.
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = context.req.header('origin');
  if (origin === undefined) return false;
  const url = urlOf(origin);
  // `null` is what pages have whose origin is to be hidden.
  if (url === null || !/^https?:$/.test(url.protocol)) return true;
  const own = urlOf(`${url.protocol}//${context.get('host')}`);
  return url.host !== own?.host && !hosts.includes(hostName(url.host));
}

/** A link on another site leads nowhere but to a page. */
function isLink({ req }: RequestContext): boolean {
  return (
    req.method === 'GET' &&
    req.header('sec-fetch-mode') === 'navigate' &&
    req.header('sec-fetch-dest') === 'document' &&
    isPagePath(req.path)
  );
}

function urlOf(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
