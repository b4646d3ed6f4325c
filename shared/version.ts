import { createRequire } from 'node:module';

/** memq's version. libmemcached parses it as N.N.N and refuses a first number of 0. */
export const VERSION: string = (createRequire(import.meta.url)('memq/package.json') as { version: string })
  .version;
