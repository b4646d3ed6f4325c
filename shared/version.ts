import { createRequire } from 'node:module';

/** memq's version. */
export const VERSION = ownPackage().version;

/**
 * What `version` answers: the memcached whose protocol this is, since clients take an older one for a server that cannot
 * do what they need. N.N.N and nothing behind, or the npm client `memcached` throws.
 */
export const PROTOCOL_VERSION = '1.6.0';

function ownPackage(): { readonly version: string } {
  return createRequire(import.meta.url)('memq/package.json');
}
