import { ConfigError } from '../shared/errors.ts';
import type { SyncPolicy } from './engine/local/journal/committer.ts';
import { type Backoff, DEFAULT_POLICY, parseBackoff } from './engine/policy.ts';

/** Everything that can be set, after all defaults; sizes in bytes, times in milliseconds. */
export interface ServerConfig {
  /** TCP port, 0 for any free one; undefined for no TCP. */
  readonly port: number | undefined;
  readonly address: string;
  readonly unixSocket: string | undefined;
  readonly maxConnections: number;
  readonly maxItemSize: number;
  readonly flushAllDisabled: boolean;
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

/** The command line's words, as commander hands them over. */
export interface Flags {
  port?: string;
  listen?: string;
  unixSocket?: string;
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
    maxConnections: integer('-c, --conn-limit', flags.connLimit ?? DEFAULTS.connLimit, 1, 1_000_000),
    maxItemSize: size('-I, --max-item-size', flags.maxItemSize ?? DEFAULTS.maxItemSize, 1, MAX_ITEM_SIZE),
    flushAllDisabled: flags.disableFlushAll ?? false,
    verbosity: flags.verbose ?? 0,
    dataDirectory: flags.memory ? undefined : (flags.data ?? DEFAULTS.data),
    sync: syncPolicy(flags.sync ?? DEFAULTS.sync),
    syncIntervalMs: integer('--sync-interval', flags.syncInterval ?? DEFAULTS.syncInterval, 1, 3_600_000),
    segmentSize: size('--segment-size', flags.segmentSize ?? DEFAULTS.segmentSize, MIN_SEGMENT_SIZE, MAX_SEGMENT_SIZE),
    cacheSize: size('--cache-size', flags.cacheSize ?? DEFAULTS.cacheSize, 0, Number.MAX_SAFE_INTEGER),
    maxAttempts: integer('--max-attempts', flags.maxAttempts ?? DEFAULTS.maxAttempts, 1, 65_535),
    backoff: parseBackoff(flags.backoff ?? DEFAULTS.backoff),
    ignoreExptime: flags.ignoreExptime ?? false,
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
    throw new ConfigError(`${flag}: "${value}" is not a size from ${least} to ${most} bytes (k, m, g allowed)`);
  }
  return bytes;
}

function syncPolicy(value: string): SyncPolicy {
  if (value === 'always' || value === 'interval' || value === 'never') return value;
  throw new ConfigError(`--sync: "${value}" is not always, interval or never`);
}
