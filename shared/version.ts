import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const ownRequire = createRequire(import.meta.url);

/** memq's version. */
export const VERSION = ownPackage().version;

/**
 * What `version` answers: the memcached whose protocol this is, since clients take an older one for a server that cannot
 * do what they need. N.N.N and nothing behind, or the npm client `memcached` throws.
 */
export const PROTOCOL_VERSION = '1.6.0';

/** Where this memq lies: what `npm install` takes to put it into an application. */
export const PACKAGE_DIRECTORY = dirname(ownRequire.resolve('memq/package.json'));

function ownPackage(): { readonly version: string } {
  return ownRequire('memq/package.json');
}
