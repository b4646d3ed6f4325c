import { createRequire } from 'node:module';

/** memq's version. */
export const VERSION = ownPackage().version;

/**
 * The same as the memcached protocol tells it: N.N.N and nothing behind, since the npm client `memcached` throws at
 * anything else. libmemcached refuses a first number of 0.
 */
export const PROTOCOL_VERSION: string = VERSION.replace(/[-+].*$/, '');

function ownPackage(): { readonly version: string } {
  return createRequire(import.meta.url)('memq/package.json');
}
