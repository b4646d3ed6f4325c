import { ConfigError } from '../shared/errors.ts';
import type { SyncPolicy } from './engine/local/journal/committer.ts';
import { type Backoff, DEFAULT_POLICY, parseBackoff } from './engine/policy.ts';

/** Everything that can be set, after all defaults; sizes in bytes, times in milliseconds. */
export interface ServerConfig {
  /** TCP port, 0 for any free one; undefined for no TCP. */
  readonly port: number | undefined;
  readonly address: string;
  readonly unixSocket: string | undefined;
  /** Permissions of the unix socket. */
  readonly unixMode: number;
  readonly maxConnections: number;
  readonly maxItemSize: number;
  readonly flushAllDisabled: boolean;
  /** A file of `user:password` lines; undefined: everybody may do everything. */
  readonly authFile: string | undefined;
  readonly tls: TlsFiles | undefined;
  /** How long a connection may do nothing, hold nothing and wait for nothing; 0: for ever. */
  readonly idleTimeoutMs: number;
  /** How long a client may leave its answers unread. */
  readonly stalledTimeoutMs: number;
  readonly maxQueues: number;
  /** Longest wait of a read; a longer one is cut to it. */
  readonly maxWaitMs: number;
  /** `memcacheq`: `/` is an ordinary character of a queue's name and no message expires, as there. */
  readonly compat: 'none' | 'memcacheq';
  readonly verbosity: number;
  /** Undefined with `--memory`. */
  readonly dataDirectory: string | undefined;
  readonly sync: SyncPolicy;
  readonly syncIntervalMs: number;
  readonly segmentSize: number;
  readonly cacheSize: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly ignoreExptime: boolean;
  /** How long a graceful stop may take. */
  readonly graceMs: number;
}

/** PEM files. With `ca`, clients have to show a certificate that it signed. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

/** The command line's words, as commander hands them over. */
export interface Flags {
  port?: string;
  listen?: string;
  unixSocket?: string;
  unixMask?: string;
  authFile?: string;
  tlsCert?: string;
  tlsKey?: string;
  tlsCa?: string;
  idleTimeout?: string;
  stalledTimeout?: string;
  maxQueues?: string;
  maxWait?: string;
  compat?: string;
  connLimit?: string;
  maxItemSize?: string;
  disableFlushAll?: boolean;
  verbose?: number;
  data?: string;
  memory?: boolean;
  sync?: string;
  syncInterval?: string;
  segmentSize?: string;
  cacheSize?: string;
  maxAttempts?: string;
  backoff?: string;
  ignoreExptime?: boolean;
  grace?: string;
}

export const DEFAULTS = {
  port: 22201,
  address: '127.0.0.1',
  data: 'data',
  connLimit: 1024,
  maxItemSize: '1m',
  sync: 'always',
  syncInterval: 1000,
  segmentSize: '16m',
  cacheSize: '64m',
  maxAttempts: DEFAULT_POLICY.maxAttempts,
  backoff: DEFAULT_POLICY.backoff.kind,
  unixMask: '660',
  idleTimeout: 3600,
  stalledTimeout: 60,
  maxQueues: 250_000,
  maxWait: 3600,
  compat: 'none',
  grace: 10,
} as const;

/** Largest item, as memcached's. */
const MAX_ITEM_SIZE = 1024 ** 3;
const MIN_SEGMENT_SIZE = 64 * 1024;
const MAX_SEGMENT_SIZE = 1024 ** 3;

/** Flags over defaults. Throws a ConfigError that names the flag. */
export function configFromFlags(flags: Flags): ServerConfig {
  const tcp = flags.port !== undefined || flags.unixSocket === undefined;
  return {
    port: tcp ? integer('-p, --port', flags.port ?? DEFAULTS.port, 0, 65_535) : undefined,
    address: flags.listen ?? DEFAULTS.address,
    unixSocket: flags.unixSocket,
    unixMode: octal('-a, --unix-mask', flags.unixMask ?? DEFAULTS.unixMask),
    maxConnections: integer('-c, --conn-limit', flags.connLimit ?? DEFAULTS.connLimit, 1, 1_000_000),
    maxItemSize: size('-I, --max-item-size', flags.maxItemSize ?? DEFAULTS.maxItemSize, 1, MAX_ITEM_SIZE),
    flushAllDisabled: flags.disableFlushAll ?? false,
    authFile: flags.authFile,
    tls: tlsFiles(flags),
    idleTimeoutMs: integer('--idle-timeout', flags.idleTimeout ?? DEFAULTS.idleTimeout, 0, 2_000_000) * 1000,
    stalledTimeoutMs:
      integer('--stalled-timeout', flags.stalledTimeout ?? DEFAULTS.stalledTimeout, 1, 86_400) * 1000,
    maxQueues: integer('--max-queues', flags.maxQueues ?? DEFAULTS.maxQueues, 1, 100_000_000),
    maxWaitMs: integer('--max-wait', flags.maxWait ?? DEFAULTS.maxWait, 1, 2_000_000) * 1000,
    compat: compat(flags.compat ?? DEFAULTS.compat),
    verbosity: flags.verbose ?? 0,
    dataDirectory: flags.memory ? undefined : (flags.data ?? DEFAULTS.data),
    sync: syncPolicy(flags.sync ?? DEFAULTS.sync),
    syncIntervalMs: integer('--sync-interval', flags.syncInterval ?? DEFAULTS.syncInterval, 1, 3_600_000),
    segmentSize: size(
      '--segment-size',
      flags.segmentSize ?? DEFAULTS.segmentSize,
      MIN_SEGMENT_SIZE,
      MAX_SEGMENT_SIZE,
    ),
    cacheSize: size('--cache-size', flags.cacheSize ?? DEFAULTS.cacheSize, 0, Number.MAX_SAFE_INTEGER),
    maxAttempts: integer('--max-attempts', flags.maxAttempts ?? DEFAULTS.maxAttempts, 1, 65_535),
    backoff: parseBackoff(flags.backoff ?? DEFAULTS.backoff),
    ignoreExptime: (flags.ignoreExptime ?? false) || flags.compat === 'memcacheq',
    graceMs: integer('--grace', flags.grace ?? DEFAULTS.grace, 0, 86_400) * 1000,
  };
}

function integer(flag: string, value: string | number, least: number, most: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(String(value)) || number < least || number > most) {
    throw new ConfigError(`${flag}: "${value}" is not a whole number from ${least} to ${most}`);
  }
  return number;
}

/** Bytes, or with k, m or g behind it, as memcached writes sizes. */
function size(flag: string, value: string, least: number, most: number): number {
  const match = /^(\d+)([kmg]?)$/i.exec(value);
  const unit = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[match?.[2]?.toLowerCase() ?? ''] as number;
  const bytes = Number(match?.[1]) * unit;
  if (match === null || bytes < least || bytes > most) {
    throw new ConfigError(
      `${flag}: "${value}" is not a size from ${least} to ${most} bytes (k, m, g allowed)`,
    );
  }
  return bytes;
}

function syncPolicy(value: string): SyncPolicy {
  if (value === 'always' || value === 'interval' || value === 'never') return value;
  throw new ConfigError(`--sync: "${value}" is not always, interval or never`);
}

function compat(value: string): 'none' | 'memcacheq' {
  if (value === 'none' || value === 'memcacheq') return value;
  throw new ConfigError(`--compat: "${value}" is not none or memcacheq`);
}

function octal(flag: string, value: string): number {
  if (!/^0?[0-7]{3}$/.test(value))
    throw new ConfigError(`${flag}: "${value}" is not an octal mode such as 660`);
  return Number.parseInt(value, 8);
}

function tlsFiles({ tlsCert, tlsKey, tlsCa }: Flags): TlsFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new ConfigError('--tls-cert and --tls-key go together');
  return { cert: tlsCert, key: tlsKey, ca: tlsCa };
}
