import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Connection } from '../../shared/memcache.ts';
import { VERSION } from '../../shared/version.ts';

/**
 * What `set $client` says: the server shows it with the jobs that this program holds, or that failed here. `worker`
 * tells this program from all others: what it is told to do comes by that.
 */
const WHO = {
  host: hostname(),
  pid: process.pid,
  program: 'memq-consume',
  version: VERSION,
  worker: randomBytes(8).toString('hex'),
};
const CLIENT = JSON.stringify(WHO);
const STARTED = Math.round(Date.now() - process.uptime() * 1000);

/** Most bytes of what a server takes. */
const MOST_BYTES = 1024;

/** How this program is: what is said of that to its servers again and again. */
export interface Condition {
  readonly role: 'daemon' | 'cron';
  /** What it reads from, as its configuration has it; in the server's list as many as there is room for. */
  readonly queues: readonly string[];
  /** How many jobs it runs at most, and how many it does. */
  readonly concurrency: number;
  readonly busy: number;
  /** Of all its processes: bytes, and cores since this was last said. */
  readonly rss: number;
  readonly cpu: number;
  readonly state: 'running' | 'quiet' | 'stopping';
}

/** Says who we are, and how. */
export async function report(connection: Connection, condition: Condition): Promise<void> {
  await connection.set('$client', reportText(condition));
}

export function reportText({ queues, ...rest }: Condition): string {
  for (let count = queues.length; ; count--) {
    const text = JSON.stringify({ ...WHO, started: STARTED, ...rest, queues: queues.slice(0, count) });
    if (count === 0 || Buffer.byteLength(text) <= MOST_BYTES) return text;
  }
}

/** Says who we are, which comes first over each connection that takes jobs or orders. */
export async function introduce(connection: Connection): Promise<void> {
  await connection.set('$client', CLIENT);
}
