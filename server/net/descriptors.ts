import { readFileSync } from 'node:fs';
import { ConfigError } from '../../shared/errors.ts';

/** Files that the process itself has open: libraries, standard streams, locks, sockets that it listens on. */
const OWN = 32;

/**
 * How many descriptors there are for connections, when `files` are kept for other things. Throws ConfigError when there are
 * none. Where the system does not tell its limit, as other than Linux, there are enough.
 */
export function descriptorsLeft(files: number): number {
  const limit = descriptorLimit();
  const left = limit - OWN - files;
  if (left >= 1) return left;
  throw new ConfigError(
    `the process may have ${limit} files open; it needs ${OWN + files}, and one for each connection: raise ulimit -n (LimitNOFILE= of systemd)`,
  );
}

/** What the kernel lets this process have open at a time (`man 5 proc`, /proc/pid/limits). */
function descriptorLimit(): number {
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return Number(soft) || Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

interface Connections {
  readonly maxConnections: number;
  /** Of HTTP; 0 where there is none. */
  readonly httpConnections: number;
}

/**
 * How many connections there are descriptors for, of those that are wanted. Those of HTTP give way down to a quarter: of them a
 * new one can take the place of one that is idle.
 */
export function sharedDescriptors(left: number, wanted: Connections): Connections {
  if (wanted.httpConnections === 0)
    return { ...wanted, maxConnections: Math.min(wanted.maxConnections, left) };
  const spare = Math.max(left - wanted.maxConnections, Math.floor(left / 4), 1);
  const httpConnections = Math.min(wanted.httpConnections, spare);
  return {
    maxConnections: Math.max(Math.min(wanted.maxConnections, left - httpConnections), 1),
    httpConnections,
  };
}
