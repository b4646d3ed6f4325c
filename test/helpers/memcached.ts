import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openTunnel } from './tunnel.ts';

/** Debian's memcached, which clients reach on a free port. */
export interface Memcached {
  readonly port: number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** It listens on a unix socket, so that the port is this process's own and free. */
export async function startMemcached(): Promise<Memcached> {
  const directory = mkdtempSync(join(tmpdir(), 'memq-memcached-'));
  const path = join(directory, 'socket');
  // As root it does not start unless it is told which user to become.
  const asRoot = process.getuid?.() === 0 ? ['-u', 'root'] : [];
  const daemon = spawn('/usr/bin/memcached', ['-s', path, '-t', '1', '-vv', ...asRoot], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(daemon, 'exit');
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: daemon.stderr }).on('line', (line) => {
      if (line.includes('server listening')) resolve();
    });
    daemon.once('exit', (status) => reject(new Error(`memcached ended with ${status}`)));
  });
  const tunnel = await openTunnel(() => net.connect({ path, allowHalfOpen: true }));
  return {
    port: tunnel.port,
    async [Symbol.asyncDispose]() {
      await tunnel[Symbol.asyncDispose]();
      daemon.kill();
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}
