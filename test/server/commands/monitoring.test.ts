import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import type { TextClient } from '../../helpers/text-client.ts';

/** Settings whose values have blanks, one of them very long. */
const CONFIG = `
[queue:mail*]
max_items = 1000
when_full = drop_oldest

[schedule]
nightly = 0 3 * * * reports build('daily', 'all')
long = @daily reports build('${'ü'.repeat(5000)}')
`;

const it = withServer([], CONFIG);

/** Those who watch a memcached, and read its statistics. */
const TOOLS = {
  E: 'memcached_exporter of Prometheus',
  C: 'collectd',
  D: "Datadog's agent",
  M: 'Munin',
  P: 'phpMemcachedAdmin',
} as const;

type Tool = keyof typeof TOOLS;

/** Who reads each number of `stats`. */
const READERS = table(`
  pid                        P
  uptime                     E D P
  time                       E P
  pointer_size               D P
  rusage_user                E C D
  rusage_system              E C D
  threads                    C D P
  max_connections            D
  curr_connections           E C D M P
  total_connections          E D M P
  rejected_connections       E
  connection_structures      D
  accepting_conns            E P
  listen_disabled_num        E C D P
  conn_yields                E
  cmd_get                    C D M P
  cmd_set                    E C D M P
  cmd_flush                  E C D P
  cmd_touch                  C P
  cmd_meta                   C
  get_hits                   E C D M P
  get_misses                 E C D M P
  delete_hits                E C D P
  delete_misses              E C D P
  incr_hits                  E C P
  incr_misses                E C P
  decr_hits                  E C P
  decr_misses                E C P
  cas_hits                   E D P
  cas_misses                 E D P
  cas_badval                 E D P
  touch_hits                 E P
  touch_misses               E P
  store_too_large            E
  store_no_memory            E
  bytes                      E C D M P
  limit_maxbytes             E C D P
  bytes_read                 E C D M P
  bytes_written              E C D M P
  curr_items                 E C D M P
  total_items                E D M P
  evictions                  E C D P
  reclaimed                  E P
  expired_unfetched          P
  evicted_unfetched          P
  hash_power_level           P
  hash_bytes                 P
  hash_is_expanding          P
  slab_reassign_running      P
  slabs_moved                P
  lru_crawler_starts         E
  crawler_reclaimed          E
  crawler_items_checked      E
  direct_reclaims            E
  moves_to_cold              E
  moves_to_warm              E
  moves_within_lru           E
`);

/** The same of `stats slabs`, of which all but these have the number of a slab. */
const SLAB_READERS = table(`
  active_slabs               D P
  total_malloced             E D P
`);

/** The same of `stats settings`, where only the first is taken for a number. */
const SETTING_READERS = table(`
  maxconns                   E P
  lru_crawler                E
  maxbytes                   P
  tcpport                    P
  udpport                    P
  inter                      P
  oldest                     P
  evictions                  P
  domain_socket              P
  umask                      P
  growth_factor              P
  chunk_size                 P
  num_threads                P
  detail_enabled             P
  reqs_per_event             P
  cas_enabled                P
  tcp_backlog                P
  auth_enabled_sasl          P
`);

function table(text: string): (readonly [name: string, tools: readonly Tool[]])[] {
  const rows = text.trim().split('\n');
  return rows.map((row) => {
    const [name, ...tools] = row.trim().split(/\s+/) as [string, ...Tool[]];
    return [name, tools];
  });
}

function readBy(tool: Tool, rows: ReturnType<typeof table>): string[] {
  return rows.filter(([, tools]) => tools.includes(tool)).map(([name]) => name);
}

/** `stats` as numbers. */
async function numbers(client: TextClient): Promise<Record<string, number>> {
  return Object.fromEntries([...(await client.stats())].map(([name, value]) => [name, Number(value)]));
}

/** One of most things that are counted; all of it is gone afterwards. */
async function work(client: TextClient): Promise<void> {
  await client.exchange(
    [
      'set q 0 0 1\r\nx',
      'set q/id=a 0 0 1\r\nx',
      'append q 0 0 1\r\nx',
      'cas q 0 0 1 7\r\nx',
      'cas q 0 0 1 8\r\nx',
      'get q none',
      'gat 10 q',
      'delete q',
      'get q',
      'delete none',
      'touch none 10',
      'incr q 1',
      'decr q 1',
      'set other 0 0 1\r\nx',
      'flush_all',
      '',
    ].join('\r\n'),
  );
}

describe.each(Object.keys(TOOLS) as Tool[])('%s', (tool) => {
  it(`${TOOLS[tool]} finds all numbers that it reads`, async ({ client }) => {
    await work(client);
    const stats = new Map([...(await client.stats()), ...(await client.stats('slabs'))]);
    const names = [...readBy(tool, READERS), ...readBy(tool, SLAB_READERS)];
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(stats.get(name), name).toMatch(/^\d+(\.\d+)?$/);
  });
});

describe('what is read', () => {
  it('of the settings is there', async ({ client }) => {
    const settings = await client.stats('settings');
    for (const [name] of SETTING_READERS) expect(settings.get(name), name).toMatch(/^\S+$/);
    expect(settings.get('maxconns')).toMatch(/^\d+$/);
    expect(settings.get('maxbytes')).toMatch(/^[1-9]\d*$/);
  });

  it('has each name once, and lines that a reader with a buffer of 4096 bytes takes', async ({ client }) => {
    for (const what of ['', ' settings', ' slabs']) {
      const lines = (await client.exchange(`stats${what}\r\n`)).split('\n');
      expect(lines.pop()).toBe('END');
      for (const line of lines) expect(line).toMatch(/^STAT \S+ .{1,4000}$/);
      const names = lines.map((line) => line.split(' ')[1]);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('only grows', async ({ client }) => {
    const counters = READERS.map(([name]) => name).filter((name) =>
      /^(cmd|get|delete|incr|decr|cas|touch|store|total|bytes)_|uptime|rusage|evictions|reclaimed/.test(name),
    );
    expect(counters.length).toBeGreaterThan(25);
    let before = await numbers(client);
    for (let i = 0; i < 3; i++) {
      await work(client);
      const now = await numbers(client);
      for (const name of counters) expect(now[name], name).toBeGreaterThanOrEqual(before[name] as number);
      before = now;
    }
  });
});

const sum = (of: Record<string, number>, ...names: string[]) =>
  names.reduce((total, name) => total + (of[name] as number), 0);

describe('what is reckoned', () => {
  it('is true of what has been done', async ({ client }) => {
    await client.ask('delete q');
    await client.ask('stats reset');
    const before = await numbers(client);
    await work(client);
    const stats = await numbers(client);
    // memcached_exporter, "memcached includes cas operations again in cmd_set"; all else it passes on.
    expect(sum(stats, 'cmd_set') - sum(stats, 'cas_misses', 'cas_hits', 'cas_badval')).toBe(4);
    // phpMemcachedAdmin and collectd: the number of a command, and the shares of what it found.
    for (const [command, hits, misses] of [
      ['get', 3, 1],
      ['delete', 1, 1],
      ['touch', 1, 1],
      ['incr', 0, 1],
      ['decr', 0, 1],
      ['cas', 0, 2],
    ] as const) {
      expect([stats[`${command}_hits`], stats[`${command}_misses`]], command).toEqual([hits, misses]);
    }
    expect(sum(stats, 'get_hits', 'get_misses')).toBe(stats.cmd_get);
    expect(sum(stats, 'touch_hits', 'touch_misses')).toBe(stats.cmd_touch);
    expect(stats.total_items).toBe(4);
    expect(stats.curr_items).toBe(before.curr_items);
  });

  it('is between 0 and 100 per cent', async ({ client }) => {
    await client.set('q', 'x'.repeat(1000));
    await client.exchange('get q/peek none\r\n');
    const stats = await numbers(client);
    for (const [part, whole] of [
      ['get_hits', 'cmd_get'],
      ['get_misses', 'cmd_get'],
      ['bytes', 'limit_maxbytes'],
    ] as const) {
      expect(stats[part], part).toBeGreaterThan(0);
      expect(stats[part], part).toBeLessThanOrEqual(stats[whole] as number);
    }
    // Datadog's size of an item.
    expect(sum(stats, 'bytes') / sum(stats, 'curr_items')).toBeGreaterThanOrEqual(1000);
  });

  it('is never divided by 0: the time since the start', async ({ client, server }) => {
    await server.restart();
    await client.reconnect();
    expect((await numbers(client)).uptime).toBeGreaterThanOrEqual(1);
  });

  it('of the time on the processor is seconds and six digits of microseconds', async ({ client }) => {
    const stats = await client.stats();
    for (const name of ['rusage_user', 'rusage_system']) expect(stats.get(name)).toMatch(/^\d+\.\d{6}$/);
  });
});
