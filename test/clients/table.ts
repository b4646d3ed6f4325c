import { join } from 'node:path';
import type { Behaviour } from './behaviours.ts';

type Argv = readonly [string, ...string[]];

/** What a client cannot do, whatever the server. */
export interface Shortcoming {
  /** What is seen when it is tried. */
  readonly seen: RegExp;
  readonly why: string;
}

export interface Client {
  readonly name: string;
  /** The Debian packages it takes; none for what comes with `npm ci`. */
  readonly packages: readonly string[];
  /** What has to be run before; `BUILD` stands for a temporary directory. */
  readonly build?: Argv;
  /** `PORT` stands for the server's port. */
  readonly run: Argv;
  /** It compresses long values, if told to. */
  readonly compresses: boolean;
  readonly cannot?: Partial<Record<Behaviour, Shortcoming>>;
}

const HERE = import.meta.dirname;
export const SPYMEMCACHED = '/usr/share/java/spymemcached.jar';

/** Debian's packages of Go sources lie in a GOPATH; modules would be looked for in the network. */
export const GO_ENVIRONMENT = [
  'GO111MODULE=off',
  'GOPATH=/usr/share/gocode',
  'GOCACHE=BUILD/cache',
  'GOFLAGS=',
];

const NO_CALL = /unsupported/;
/** A client that does not wait for answers. */
const UNHEARD: Client['cannot'] = {
  'delete tells whether there was a queue': { seen: /expected true to be false/, why: 'hears no answer' },
  'loses no set unnoticed when the server is restarted': {
    seen: /get: error|expected/,
    why: 'hears no answer',
  },
};
const NOT_UTF8 = { seen: /BAD KEY|malformed/, why: 'takes ASCII keys only' };

const PHP: Pick<Client, 'packages' | 'compresses'> = {
  packages: ['php-cli', 'php-memcached'],
  compresses: true,
};
const PYLIBMC: Pick<Client, 'packages' | 'compresses'> = { packages: ['python3-pylibmc'], compresses: true };
const JAVA: Pick<Client, 'packages' | 'build' | 'compresses'> = {
  packages: ['default-jdk-headless', 'libspymemcached-java'],
  build: ['/usr/bin/javac', '-cp', SPYMEMCACHED, '-d', 'BUILD', join(HERE, 'java/MemcacheClient.java')],
  compresses: true,
};

/** All clients, in the order of docs/clients.md. */
export const CLIENTS: readonly Client[] = [
  {
    name: 'PHP Memcached, text',
    ...PHP,
    run: ['/usr/bin/php', join(HERE, 'php/client.php'), 'PORT', 'text'],
    cannot: { 'a name in UTF-8': NOT_UTF8 },
  },
  {
    name: 'PHP Memcached, binary',
    ...PHP,
    run: ['/usr/bin/php', join(HERE, 'php/client.php'), 'PORT', 'binary'],
  },
  {
    name: 'PHP Memcached, OPT_NOREPLY',
    ...PHP,
    run: ['/usr/bin/php', join(HERE, 'php/client.php'), 'PORT', 'noreply'],
    cannot: {
      ...UNHEARD,
      'a name in UTF-8': NOT_UTF8,
      stats: { seen: NO_CALL, why: 'misreads the answer' },
      version: { seen: NO_CALL, why: 'misreads the answer' },
    },
  },
  {
    name: 'pymemcache',
    packages: ['python3-pymemcache'],
    run: ['/usr/bin/python3', join(HERE, 'python/pymemcache_client.py'), 'PORT', 'reply'],
    compresses: false,
  },
  {
    name: 'pymemcache, default_noreply',
    packages: ['python3-pymemcache'],
    run: ['/usr/bin/python3', join(HERE, 'python/pymemcache_client.py'), 'PORT', 'noreply'],
    compresses: false,
    cannot: UNHEARD,
  },
  {
    name: 'pylibmc, text',
    ...PYLIBMC,
    run: ['/usr/bin/python3', join(HERE, 'python/pylibmc_client.py'), 'PORT', 'text'],
  },
  {
    name: 'pylibmc, binary',
    ...PYLIBMC,
    run: ['/usr/bin/python3', join(HERE, 'python/pylibmc_client.py'), 'PORT', 'binary'],
  },
  {
    name: 'python-memcached',
    packages: ['python3-memcache'],
    run: ['/usr/bin/python3', join(HERE, 'python/memcache_client.py'), 'PORT'],
    compresses: true,
    cannot: {
      'delete tells whether there was a queue': {
        seen: /expected true to be false/,
        why: 'counts NOT_FOUND as deleted',
      },
    },
  },
  {
    name: 'memjs',
    packages: [],
    run: [process.execPath, join(HERE, 'node/memjs.js'), 'PORT'],
    compresses: false,
    cannot: {
      'its own flags and compression': { seen: NO_CALL, why: 'sends no flags' },
      'multi-get': { seen: NO_CALL, why: 'has no such call' },
      version: { seen: NO_CALL, why: 'has no such call' },
    },
  },
  {
    name: 'memcached (npm)',
    packages: [],
    run: [process.execPath, join(HERE, 'node/memcached.js'), 'PORT'],
    compresses: false,
    cannot: {
      'any bytes in a payload': {
        seen: /to match object/,
        why: 'writes a backslash before CR and LF, and bytes as UTF-8',
      },
    },
  },
  {
    name: 'memcache-client (npm)',
    packages: [],
    run: [process.execPath, join(HERE, 'node/memcache-client.js'), 'PORT'],
    compresses: false,
  },
  {
    name: 'dalli',
    packages: ['ruby', 'ruby-dalli'],
    run: ['/usr/bin/ruby', join(HERE, 'ruby/client.rb'), 'PORT'],
    compresses: true,
  },
  {
    name: 'gomemcache',
    packages: ['golang-go', 'golang-github-bradfitz-gomemcache-dev'],
    build: [
      '/usr/bin/env',
      ...GO_ENVIRONMENT,
      ...['/usr/bin/go', 'build', '-o', 'BUILD/client', join(HERE, 'go/client.go')],
    ],
    run: ['BUILD/client', 'PORT'],
    compresses: false,
    cannot: {
      'a name in UTF-8': NOT_UTF8,
      stats: { seen: NO_CALL, why: 'has no such call' },
      version: { seen: NO_CALL, why: 'has no such call' },
    },
  },
  {
    name: 'spymemcached, text',
    ...JAVA,
    run: ['/usr/bin/java', '-cp', `${SPYMEMCACHED}:BUILD`, 'MemcacheClient', 'PORT', 'TEXT'],
  },
  {
    name: 'spymemcached, binary',
    ...JAVA,
    run: ['/usr/bin/java', '-cp', `${SPYMEMCACHED}:BUILD`, 'MemcacheClient', 'PORT', 'BINARY'],
  },
  {
    name: 'Cache::Memcached',
    packages: ['libcache-memcached-perl'],
    run: ['/usr/bin/perl', join(HERE, 'perl/client.pl'), 'PORT', 'Cache::Memcached'],
    compresses: true,
  },
  {
    name: 'Cache::Memcached, GetParserXS',
    packages: ['libcache-memcached-perl', 'libcache-memcached-getparserxs-perl'],
    run: [
      '/usr/bin/perl',
      ...[join(HERE, 'perl/client.pl'), 'PORT', 'Cache::Memcached', 'Cache::Memcached::GetParserXS'],
    ],
    compresses: true,
    cannot: {
      'a name in UTF-8': {
        seen: /expected 'undefined' to be 'a'/,
        why: 'does not find the key in the answer',
      },
    },
  },
  {
    name: 'Cache::Memcached::Fast',
    packages: ['libcache-memcached-fast-perl'],
    run: ['/usr/bin/perl', join(HERE, 'perl/client.pl'), 'PORT', 'Cache::Memcached::Fast'],
    compresses: true,
    cannot: { stats: { seen: NO_CALL, why: 'has no such call' } },
  },
];

/** What is no client library: the Debian package of each. */
export const TOOLS = {
  "libmemcached's tools": 'libmemcached-tools',
  'nc and telnet': 'netcat-openbsd',
} as const;

/** What is no client, and has no section in docs/clients.md: who watches memcached, memcached, and who speaks TLS for others. */
export const OTHERS = {
  Munin: 'munin-plugins-extra',
  collectd: 'collectd-core',
  memcached: 'memcached',
  stunnel: 'stunnel4',
} as const;
