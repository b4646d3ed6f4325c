import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect } from 'vitest';
import { withServer } from '../fixtures/server.ts';
import { startMemcached } from '../helpers/memcached.ts';
import { TextClient } from '../helpers/text-client.ts';
import { withPackages } from './packages.ts';
import { OTHERS } from './table.ts';

/** What those who watch memcached see of memq. All that they read is in test/server/commands/monitoring.test.ts. */
const it = withServer(['--memory']);

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'memq-monitoring-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

it.beforeEach(async ({ client }) => {
  await client.exchange('stats reset\r\nflush_all\r\n');
  await client.exchange('set q 0 0 5\r\ntaken\r\nset q 0 0 5\r\nwaits\r\nget q none\r\n');
});

withPackages('Munin', [OTHERS.Munin, 'libcache-memcached-perl'], () => {
  /** The plugin takes what it is to show from its own name. */
  const plugin = (graph: string, port: number): Map<string, string> => {
    const path = join(directory, `memcached_${graph}`);
    symlinkSync('/usr/share/munin/plugins/memcached_', path);
    const env = { ...process.env, host: '127.0.0.1', port: String(port) };
    const { stdout } = spawnSync(path, { env, encoding: 'utf8' });
    const lines = stdout.trim().split('\n');
    return new Map(lines.map((line) => line.split(' ') as [string, string]));
  };

  it('shows what is done to Munin', ({ server }) => {
    expect(Object.fromEntries(plugin('rates', server.port))).toEqual({
      'memcache_cmd_get.value': '2',
      'memcache_cmd_set.value': '2',
      'memcache_cache_hits.value': '1',
      'memcache_cache_misses.value': '1',
      'memcache_total_items.value': '2',
      'memcache_total_connections.value': expect.stringMatching(/^[1-9]\d*$/),
    });
  });

  it('shows what there is to Munin', ({ server }) => {
    expect(Object.fromEntries(plugin('counters', server.port))).toEqual({
      'memcache_curr_items.value': '1',
      'memcache_curr_connections.value': '2',
      'memcache_bytes_allocated.value': expect.stringMatching(/^[1-9]\d*$/),
    });
  });

  it('shows the traffic to Munin', ({ server }) => {
    expect(Object.fromEntries(plugin('bytes', server.port))).toEqual({
      'memcache_bytes_read.value': expect.stringMatching(/^[1-9]\d*$/),
      'memcache_bytes_written.value': expect.stringMatching(/^[1-9]\d*$/),
    });
  });
});

withPackages("memcached's statistics", [OTHERS.memcached], () => {
  /** The library that it waits for events with. */
  const THEIRS = ['libevent'];

  it('are all there, with a number where it has one', async ({ client }) => {
    await using memcached = await startMemcached();
    using theirs = await TextClient.connect(memcached.port);
    const ours = await client.stats();
    const all = [...(await theirs.stats())].filter(([name]) => !THEIRS.includes(name));
    expect(all.length).toBeGreaterThan(80);
    for (const [name, value] of all) {
      expect(ours.get(name), name).toMatch(/^\d+(\.\d+)?$/.test(value) ? /^\d+(\.\d+)?$/ : /./);
    }
  });
});

withPackages('collectd', [OTHERS.collectd], () => {
  it('shows all that collectd asks for', async ({ server }) => {
    const config = join(directory, 'collectd.conf');
    writeFileSync(
      config,
      `Hostname "host"
FQDNLookup false
BaseDir "${directory}"
PIDFile "${directory}/pid"
Interval 1
LoadPlugin csv
<Plugin csv>
  DataDir "stdout"
</Plugin>
LoadPlugin memcached
<Plugin memcached>
  <Instance "memq">
    Address "127.0.0.1"
    Port "${server.port}"
  </Instance>
</Plugin>
`,
    );
    const expected = {
      'memcached_command-get': /^2$/,
      'memcached_command-set': /^2$/,
      'memcached_command-flush': /^1$/,
      'memcached_command-touch': /^0$/,
      'memcached_ops-hits': /^1$/,
      'memcached_ops-misses': /^1$/,
      'memcached_ops-evictions': /^0$/,
      'memcached_items-current': /^1\./,
      'memcached_connections-current': /^2\./,
      memcached_octets: /^[1-9]\d*:[1-9]\d*$/,
      'df-cache': /^[1-9]\d*\.\d+:[1-9]\d*\./,
      ps_count: /:1\./,
      ps_cputime: /^\d+:\d+$/,
    };
    const daemon = spawn('/usr/sbin/collectd', ['-f', '-C', config], { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(daemon, 'exit');
    const seen = new Map<string, string>();
    let rounds = 0;
    for await (const line of createInterface({ input: daemon.stdout })) {
      const match = /^PUTVAL host\/memcached-memq\/(\S+) interval=\S+ \d+\.\d+:(\S+)$/.exec(line);
      if (match === null) continue;
      const [, name, value] = match;
      if (!seen.has(name)) seen.set(name, value);
      if (name === 'uptime') rounds++;
      if (rounds > 10 || Object.keys(expected).every((name) => seen.has(name))) break;
    }
    daemon.kill();
    await ended;
    for (const [name, value] of Object.entries(expected)) expect(seen.get(name), name).toMatch(value);
  });
});
