import { isIP } from 'node:net';
import { withoutBrackets } from '../../../shared/host.ts';
import type { HttpFrame } from '../frame.ts';
import { Problem } from '../problem.ts';
import type { Middleware } from '../router.ts';
import { tokenUser } from './login.ts';
import { peerOf } from './peer.ts';

/**
 * Refuses requests to a name that is not ours: somebody else's name may lead to our address on purpose, so that a browser
 * takes us for a part of his site (DNS rebinding). Addresses cannot, and no browser has a token.
 */
export function host(frame: HttpFrame): Middleware {
  return async (context, next) => {
    const given = context.get('host');
    const isUnix = peerOf(frame, context.env.incoming.socket) === 'unix';
    if (!isUnix && !isKnown(given, frame.hosts) && tokenUser(frame.users, context) === undefined)
      throw new Problem(
        421,
        'unknown-host',
        `this server is not known as ${hostName(given)}: name it in --http-host, or use an address`,
      );
    await next();
  };
}

/** A name or an address without its port, brackets and trailing dot. */
export function hostName(text: string): string {
  const [, name = text] = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(text) ?? [];
  return withoutBrackets(name).replace(/\.$/, '').toLowerCase();
}

/** Only clients older than HTTP/1.1 may leave it out, and no browser does. */
function isKnown(text: string, hosts: readonly string[]): boolean {
  if (text === '') return true;
  const name = hostName(text);
  return name === 'localhost' || isIP(name) > 0 || hosts.includes(name);
}
