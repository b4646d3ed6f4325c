import { isDeepStrictEqual } from 'node:util';
import { parseBackoff } from '../../shared/backoff.ts';
import { host } from '../../shared/host.ts';
import type { Mistakes } from '../../shared/mistakes.ts';
import {
  duration,
  integer,
  octalMode,
  oneOf,
  path,
  type Reader,
  size,
  yesNo,
} from '../../shared/value-readers.ts';
import { DEFAULT_POLICY } from '../engine/policy.ts';
import { clusterMistakes, DEFAULT_NAME } from './cluster-rules.ts';
import { databaseUrl, peerAddress, plainName } from './cluster-values.ts';
import { httpAddress } from './http-address.ts';
import { httpMistakes } from './http-rules.ts';
import { basePath, headerName, hostNames, peerAddresses } from './http-values.ts';

/** What can be set on the command line, and by the name of the long flag in the file. */
export interface Setting<T> {
  /** As commander writes them. */
  readonly flags: string;
  readonly help: string;
  readonly read: Reader<T>;
  /** As somebody would write it. */
  readonly default?: string;
  /** A change takes effect when the configuration is read again; else it needs a restart. */
  readonly isLive?: true;
}

const MEBIBYTE = 1024 ** 2;
const GIBIBYTE = 1024 ** 3;

export const SETTINGS = {
  port: {
    flags: '-p, --port <number>',
    help: 'TCP port, 0 for any free one (22201)',
    read: integer(0, 65_535),
  },
  address: {
    flags: '-l, --listen <address>',
    help: 'address to listen on',
    read: host('port'),
    default: '127.0.0.1',
  },
  unixSocket: {
    flags: '-s, --unix-socket <path>',
    help: 'unix socket to listen on; no TCP unless -p is given',
    read: path,
  },
  unixMode: {
    flags: '-a, --unix-mask <mode>',
    help: 'permissions of the unix socket, octal',
    read: octalMode,
    default: '660',
  },
  http: {
    flags: '--http <address>',
    help: 'serve the HTTP API and metrics there: HOST:PORT, PORT, unix:PATH or none (127.0.0.1:22202)',
    read: httpAddress,
  },
  httpAuthFile: {
    flags: '--http-auth-file <file>',
    help: 'HTTP clients have to log in as one of its users, which http-user makes',
    read: path,
    isLive: true,
  },
  httpHosts: {
    flags: '--http-host <names>',
    help: 'names by which HTTP is reached, besides localhost and addresses; commas between',
    read: hostNames,
    isLive: true,
  },
  httpProxies: {
    flags: '--http-proxy <addresses>',
    help: 'addresses of proxies whose X-Forwarded headers count, commas between; unix: those on the socket',
    read: peerAddresses,
    isLive: true,
  },
  httpUserHeader: {
    flags: '--http-user-header <name>',
    help: 'the header in which these proxies say who has logged in with them',
    read: headerName,
    isLive: true,
  },
  httpReadonly: {
    flags: '--http-readonly',
    help: 'nothing can be changed over HTTP',
    read: yesNo,
    default: 'no',
    isLive: true,
  },
  httpBasePath: {
    flags: '--http-base-path <path>',
    help: 'where a proxy has the HTTP side, such as /memq',
    read: basePath,
  },
  httpTlsCert: {
    flags: '--http-tls-cert <file>',
    help: 'the certificate of HTTPS (that of --tls-cert), and',
    read: path,
  },
  httpTlsKey: { flags: '--http-tls-key <file>', help: 'its key', read: path },
  httpConnections: {
    flags: '--http-conn-limit <number>',
    help: 'most HTTP connections at a time',
    read: integer(1, 1_000_000),
    default: '1024',
  },
  metricsQueues: {
    flags: '--metrics-queues <number>',
    help: 'queues that have metrics of their own, the deepest and most active',
    read: integer(0, 1000),
    default: '200',
    isLive: true,
  },
  authFile: {
    flags: '-Y, --auth-file <file>',
    help: 'clients have to log in as one of its users, a user:password on each line',
    read: path,
    isLive: true,
  },
  tlsCert: {
    flags: '--tls-cert <file>',
    help: 'speak TLS on TCP with this certificate (PEM), and',
    read: path,
  },
  tlsKey: { flags: '--tls-key <file>', help: 'its key', read: path },
  tlsCa: {
    flags: '--tls-ca <file>',
    help: 'let in only clients with a certificate that this authority signed',
    read: path,
  },
  maxConnections: {
    flags: '-c, --conn-limit <number>',
    help: 'most connections at a time',
    read: integer(1, 1_000_000),
    default: '1024',
  },
  maxItemSize: {
    flags: '-I, --max-item-size <size>',
    help: 'largest message, k and m allowed',
    // The most is memcached's.
    read: size(1, GIBIBYTE),
    default: '1m',
    isLive: true,
  },
  maxQueues: {
    flags: '--max-queues <number>',
    help: 'most queues',
    read: integer(1, 100_000_000),
    default: '250000',
  },
  maxWaitMs: {
    flags: '--max-wait <seconds>',
    help: 'longest wait of a read',
    read: duration(1, 2_000_000),
    default: '3600',
    isLive: true,
  },
  idleTimeoutMs: {
    flags: '--idle-timeout <seconds>',
    help: 'close connections that do nothing this long, 0 never',
    read: duration(0, 2_000_000),
    default: '3600',
  },
  stalledTimeoutMs: {
    flags: '--stalled-timeout <seconds>',
    help: 'close those that do not read their answers',
    read: duration(1, 86_400),
    default: '60',
  },
  compat: {
    flags: '--compat <mode>',
    help: 'memcacheq: / is an ordinary character and nothing expires, as in MemcacheQ',
    read: oneOf('none', 'memcacheq'),
    default: 'none',
  },
  flushAllDisabled: {
    flags: '-F, --disable-flush-all',
    help: 'refuse flush_all',
    read: yesNo,
    default: 'no',
    isLive: true,
  },
  verbosity: {
    flags: '-v, --verbose',
    help: 'say more, twice for still more',
    read: integer(0, 10),
    default: '0',
    isLive: true,
  },
  data: { flags: '-d, --data <directory>', help: 'where messages are kept', read: path, default: 'data' },
  memory: { flags: '--memory', help: 'keep nothing on disk', read: yesNo, default: 'no' },
  sync: {
    flags: '--sync <policy>',
    help: 'when stored means on disk: always, interval or never',
    read: oneOf('always', 'interval', 'never'),
    default: 'always',
  },
  syncIntervalMs: {
    flags: '--sync-interval <ms>',
    help: 'milliseconds between syncs with --sync interval',
    read: integer(1, 3_600_000),
    default: '1000',
  },
  segmentSize: {
    flags: '--segment-size <size>',
    help: "size of the log's files",
    read: size(MEBIBYTE / 16, GIBIBYTE),
    default: '16m',
  },
  cacheSize: {
    flags: '--cache-size <size>',
    help: 'how much of the log is kept in memory',
    read: size(0, Number.MAX_SAFE_INTEGER),
    default: '64m',
  },
  log: {
    flags: '--log <url>',
    help: 'instead of --data: several servers, one log in PostgreSQL, postgres://USER@HOST[,HOST...]/DATABASE',
    read: databaseUrl,
  },
  cluster: {
    flags: '--cluster <name>',
    help: 'which log of that database: that of the servers with the same name',
    read: plainName,
    default: DEFAULT_NAME,
  },
  advertise: {
    flags: '--advertise <address>',
    help: 'HOST:PORT at which the other servers of the cluster reach this one (a free port of --listen)',
    read: peerAddress,
  },
  logSchema: {
    flags: '--log-schema <name>',
    help: 'the schema of that database that has the tables',
    read: plainName,
    default: DEFAULT_NAME,
  },
  requireStandby: {
    flags: '--require-standby',
    help: 'store nothing while no standby of that database has what is stored',
    read: yesNo,
    default: 'no',
  },
  logUnchecked: {
    flags: '--log-unchecked',
    help: 'take a database that is not PostgreSQL 14 or later, at your own risk',
    read: yesNo,
    default: 'no',
  },
  maxAttempts: {
    flags: '--max-attempts <number>',
    help: 'attempts before a message is failed',
    read: integer(1, 65_535),
    default: String(DEFAULT_POLICY.maxAttempts),
    isLive: true,
  },
  backoff: {
    flags: '--backoff <policy>',
    help: 'delay between attempts: exponential, fixed:<time>, none',
    read: parseBackoff,
    default: DEFAULT_POLICY.backoff.kind,
    isLive: true,
  },
  ignoreExptime: {
    flags: '--ignore-exptime',
    help: 'no message expires, whatever the client sends',
    read: yesNo,
    default: 'no',
    isLive: true,
  },
  graceMs: {
    flags: '--grace <seconds>',
    help: 'how long a stop may take',
    read: duration(0, 86_400),
    default: '10',
    isLive: true,
  },
} satisfies Record<string, Setting<unknown>>;

type Table = typeof SETTINGS;
type Field = keyof Table;
type Default<S> = S extends { default: string } ? never : undefined;

/** What each of them is set to; sizes in bytes, times in milliseconds. */
export type Settings = { readonly [F in Field]: ReturnType<Table[F]['read']> | Default<Table[F]> };

/** A setting as somebody wrote it. */
export interface Written {
  /** That of the long flag. */
  readonly name: string;
  readonly text: string;
  /** As it was written, for errors. */
  readonly where: string;
  /** Undefined on the command line. */
  readonly line?: number;
  /** What a path in it is relative to; '' for the working directory. */
  readonly directory: string;
}

const ALL = Object.entries(SETTINGS) as [Field, Setting<unknown>][];
const FIELDS: ReadonlyMap<string, Field> = new Map(ALL.map(([field, { flags }]) => [longName(flags), field]));

/** As the file has them. */
export const SETTING_KEYS: readonly string[] = [...FIELDS.keys()].map((name) => name.replaceAll('-', '_'));

/** `max-wait` for `--max-wait <seconds>`. */
function longName(flags: string): string {
  return /--([a-z-]+)/.exec(flags)?.[1] ?? '';
}

/**
 * What is written over the defaults; of two that set the same the later counts. What is wrong is noted, in `mistakes`
 * for the command line and in `inFile` for the file, and left out.
 */
export function readSettings(written: Iterable<Written>, mistakes: Mistakes, inFile: Mistakes): Settings {
  const values: Partial<Record<Field, unknown>> = {};
  for (const [field, { read, default: text }] of ALL)
    values[field] = text === undefined ? undefined : read(text, '');
  const found = new Map<Field, Written>();
  for (const each of written) {
    const { name, text, where, line, directory } = each;
    const field = FIELDS.get(name);
    if (field === undefined) throw new Error(`no setting has the name ${name}`);
    found.set(field, each);
    const value = noted(line, mistakes, inFile).note(line ?? 0, `${where}: `, () =>
      SETTINGS[field].read(text, directory),
    );
    if (value !== undefined) values[field] = value;
  }
  const note = (field: Field, text: string) => {
    const { where, line } = found.get(field) as Written;
    noted(line, mistakes.of(''), inFile).add(line ?? 0, `${where}: ${text}`);
  };
  const isSet = (field: Field) => found.has(field);
  if (isSet('tlsCert') && !isSet('tlsKey')) note('tlsCert', 'it needs tls_key (--tls-key) besides');
  if (isSet('tlsKey') && !isSet('tlsCert')) note('tlsKey', 'it needs tls_cert (--tls-cert) besides');
  if (isSet('tlsCa') && !isSet('tlsCert') && !isSet('tlsKey'))
    note('tlsCa', 'it needs tls_cert and tls_key (--tls-cert, --tls-key) besides');
  for (const [field, text] of httpMistakes(values as Settings)) if (isSet(field)) note(field, text);
  for (const [field, text] of clusterMistakes(values as Settings, isSet)) note(field, text);
  return values as Settings;
}

function noted(line: number | undefined, mistakes: Mistakes, inFile: Mistakes): Mistakes {
  return line === undefined ? mistakes : inFile;
}

/** What is written; but what a running server cannot change stays as it is, and is named. */
export function keepFixed(
  running: Settings,
  written: Settings,
): { settings: Settings; outdated: readonly string[] } {
  const fixed = ALL.filter(
    ([field, { isLive }]) => !isLive && !isDeepStrictEqual(running[field], written[field]),
  );
  const kept = Object.fromEntries(fixed.map(([field]) => [field, running[field]]));
  return { settings: { ...written, ...kept }, outdated: fixed.map(([, { flags }]) => longName(flags)) };
}
