import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

const it = withServer();

it.beforeEach(async ({ client }) => {
  await client.exchange('flush_all\r\n');
});

describe('storing and reading', () => {
  it('set, add and append enqueue at the tail, prepend ahead of everything', async ({ client }) => {
    const stored = await client.exchange(
      'set order 0 0 1\r\na\r\nadd order 0 0 1\r\nb\r\nappend order 0 0 1\r\nc\r\nprepend order 0 0 1\r\nd\r\n',
    );
    expect(stored).toBe('STORED\nSTORED\nSTORED\nSTORED');
    const read = await client.exchange('get order\r\n'.repeat(5));
    const value = (body: string) => `VALUE order 0 1\n${body}\nEND`;
    expect(read).toBe([value('d'), value('a'), value('b'), value('c'), 'END'].join('\n'));
  });

  it('replace has nothing to replace without an id', async ({ client }) => {
    expect(await client.exchange('replace q 0 0 1\r\na\r\nget q\r\n')).toBe('NOT_STORED\nEND');
  });

  it('returns the flags as they were stored', async ({ client }) => {
    for (const flags of ['0', '1', '16', '2147483648', '4294967295']) {
      await client.exchange(`set flags ${flags} 0 1\r\nx\r\n`);
      expect(await client.exchange('get flags\r\n')).toBe(`VALUE flags ${flags} 1\nx\nEND`);
    }
    for (const flags of ['-1', '4294967296']) {
      expect(await client.exchange(`set flags ${flags} 0 1\r\nx\r\n`)).toMatch(/^CLIENT_ERROR \S.*$/);
    }
    expect(await client.exchange('get flags\r\n')).toBe('END');
  });

  it('returns any body unchanged', async ({ client }) => {
    const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const bodies = ['', '\r\n', 'END\r\n', 'VALUE q 0 5\r\n', '\0', 'ä作业'].map((text) => Buffer.from(text));
    bodies.push(
      everyByte,
      Buffer.concat(Array(100).fill(everyByte)),
      Buffer.concat(Array(1000).fill(everyByte)),
    );
    for (const body of bodies) expect(await client.set('bodies', body)).toBe('STORED');
    for (const body of bodies) {
      const [returned] = (await client.get('bodies')) as Buffer[];
      expect(returned?.equals(body)).toBe(true);
    }
  });

  it('takes one from each key of a get, and two from one that is named twice', async ({ client }) => {
    await client.exchange('set a 0 0 2\r\na1\r\nset a 0 0 2\r\na2\r\nset b 7 0 2\r\nb1\r\n');
    expect(await client.exchange('get a nothing b a\r\n')).toBe(
      'VALUE a 0 2\na1\nVALUE b 7 2\nb1\nVALUE a 0 2\na2\nEND',
    );
    expect(await client.exchange('get a b\r\n')).toBe('END');
  });

  it('takes one from each of very many keys', async ({ client }) => {
    const names = Array.from({ length: 3000 }, (_, i) => `many${i}`);
    await client.exchange(names.map((name) => `set ${name} 0 0 0\r\n\r\n`).join(''));
    const answer = await client.exchange(`get ${names.join(' ')}\r\n`);
    expect(answer).toBe(`${names.map((name) => `VALUE ${name} 0 0\n`).join('\n')}\nEND`);
  });

  it('takes nothing when one of many keys cannot be used', async ({ client }) => {
    await client.exchange('set a 0 0 1\r\nx\r\n');
    for (const key of ['a/opne', 'a/delay=5', '$a', 'k'.repeat(251)]) {
      expect(await client.exchange(`get a ${key}\r\n`)).toMatch(/^CLIENT_ERROR [^\n]+$/);
    }
    expect(await client.exchange('get a\r\n')).toBe('VALUE a 0 1\nx\nEND');
  });

  it('gets says the id of a message as its CAS, ascending', async ({ client }) => {
    await client.exchange('set ids 0 0 1\r\nx\r\nset ids 0 0 1\r\ny\r\n');
    const answer = await client.exchange('gets ids/peek\r\ngets ids ids\r\n');
    const [peeked, first, second] = [...answer.matchAll(/VALUE \S+ 0 1 (\d+)\n/g)].map(([, id]) =>
      Number(id),
    );
    expect(peeked).toBe(first);
    expect(second).toBeGreaterThan(first);
  });

  it('repeats the key exactly as it was sent', async ({ client }) => {
    for (const key of ['q/peek', 'q/info/peek', 'q/peek/t=5', 'Aufträge/peek', 'a:b=c,d;e']) {
      const bytes = Buffer.from(key).toString('latin1');
      await client.set(bytes.split('/')[0], 'x');
      expect(await client.exchange(Buffer.from(`get ${key}\r\n`))).toContain(`VALUE ${bytes} 0 `);
    }
  });

  it('keeps queues apart whose names differ in one byte', async ({ client }) => {
    const names = ['q', 'Q', 'q:', ':q', 'q\x80', 'q\xff', 'é', '\xe9', '\x01', '..', '%'];
    for (const name of names) await client.set(name, name, 3);
    for (const name of names) {
      expect(await client.get(name)).toEqual([Buffer.from(name)]);
    }
  });
});

describe('managing queues', () => {
  it('delete drops a queue with all that is in it', async ({ client }) => {
    await client.exchange('set q 0 0 1\r\nx\r\nset q 0 0 1\r\ny\r\n');
    expect(await client.exchange('delete q\r\ndelete q\r\nget q\r\n')).toBe('DELETED\nNOT_FOUND\nEND');
    await client.exchange('set q 0 0 1\r\nx\r\n');
    expect(await client.exchange('delete q 0\r\n')).toBe('DELETED');
    expect(await client.exchange('delete q 5\r\n')).toMatch(/^CLIENT_ERROR/);
    expect((await client.stats('queue')).has('q')).toBe(false);
  });

  it('flush discards what waits in one queue, flush_all in all', async ({ client }) => {
    const fill = 'set a 0 0 1\r\nx\r\nset b 0 0 1\r\nx\r\n';
    expect(await client.exchange(`${fill}flush a\r\nget a b\r\n`)).toBe(
      'STORED\nSTORED\nOK\nVALUE b 0 1\nx\nEND',
    );
    expect(await client.exchange(`${fill}flush_all\r\nget a b\r\n`)).toBe('STORED\nSTORED\nOK\nEND');
    expect(await client.exchange('flush_all 0\r\nflush nobody-has-it\r\n')).toBe('OK\nOK');
  });

  it('flush_all with a delay is refused', async ({ client }) => {
    await client.exchange('set a 0 0 1\r\nx\r\n');
    expect(await client.exchange('flush_all 10\r\n')).toMatch(/^CLIENT_ERROR .*delay/);
    expect(await client.exchange('flush_all x\r\n')).toMatch(/^CLIENT_ERROR/);
    expect(await client.exchange('get a\r\n')).toBe('VALUE a 0 1\nx\nEND');
  });

  it('-F disables flush_all', async () => {
    await using careful = await startServer({ args: ['--memory', '-F'] });
    using other = await TextClient.connect(careful.port);
    expect(await other.exchange('set q 0 0 1\r\nx\r\nflush_all\r\nget q\r\n')).toBe(
      'STORED\nCLIENT_ERROR flush_all not allowed\nVALUE q 0 1\nx\nEND',
    );
  });
});

describe('statistics', () => {
  it('stats has the names that memcached clients look for', async ({ server, client }) => {
    const before = await client.stats();
    for (const name of [
      'pid',
      'uptime',
      'time',
      'curr_connections',
      'total_connections',
      'bytes',
      'curr_items',
    ]) {
      expect(before.get(name), name).toMatch(/^\d+$/);
    }
    expect(before.get('pid')).toBe(String(server.pid));
    expect(before.get('version')).toMatch(/^[1-9]\d*\.\d+\.\d+/);
    await client.exchange('set q 0 0 1\r\nx\r\nget q\r\nget q\r\n');
    const after = await client.stats();
    const grown = (name: string) => Number(after.get(name)) - Number(before.get(name));
    expect(['cmd_set', 'cmd_get', 'get_hits', 'get_misses', 'total_items'].map(grown)).toEqual([
      1, 2, 1, 1, 1,
    ]);
  });

  it('stats queue says sets and gets of each queue, as MemcacheQ', async ({ client }) => {
    await client.exchange(
      'delete counted\r\nset counted 0 0 1\r\nx\r\nset counted 0 0 1\r\nx\r\nget counted\r\n',
    );
    expect(await client.exchange('stats queue\r\n')).toMatch(/^STAT counted 2\/1$/m);
  });

  it('stats reset begins to count anew', async ({ client }) => {
    await client.exchange('set counted 0 0 1\r\nx\r\n');
    expect(await client.exchange('stats reset\r\n')).toBe('RESET');
    const stats = await client.stats();
    expect(stats.get('cmd_set')).toBe('0');
    expect(stats.get('curr_items')).toBe('1');
    expect((await client.stats('queue')).get('counted')).toBe('0/0');
  });

  it('stats settings says how the server runs', async ({ client }) => {
    const settings = await client.stats('settings');
    expect(settings.get('tcpport')).toMatch(/^\d+$/);
    expect(settings.get('item_size_max')).toBe('1048576');
    expect(settings.get('maxconns')).toBe('1024');
    expect(settings.get('sync')).toBe('always');
  });

  it('stats of what a queue does not have are those of an empty memcached', async ({ client }) => {
    expect(await client.exchange('stats items\r\nstats slabs\r\nstats sizes\r\n')).toBe(
      'END\nSTAT active_slabs 0\nSTAT total_malloced 0\nEND\nEND',
    );
  });

  it('unknown statistics are refused by name', async ({ client }) => {
    expect(await client.exchange('stats cachedump 1 0\r\n')).toBe(
      'CLIENT_ERROR stats "cachedump 1 0" is not known',
    );
  });
});

describe('the other commands', () => {
  it('version begins with three numbers, the first not 0', async ({ client }) => {
    expect(await client.ask('version')).toMatch(/^VERSION [1-9]\d*\.\d+\.\d+/);
  });

  it('verbosity and mn are answered', async ({ client }) => {
    expect(await client.exchange('verbosity 1\r\nverbosity 0 noreply\r\nverbosity x\r\n')).toMatch(
      /^OK\nCLIENT_ERROR.*$/,
    );
    expect(await client.ask('mn')).toBe('MN');
  });

  it('quit closes the connection after all answers', async ({ client }) => {
    client.send('set q 0 0 1\r\nx\r\nquit\r\nversion\r\n');
    expect((await client.rest()).toString()).toBe('STORED\r\n');
  });

  it('nothing is answered to noreply, not even an error', async ({ client }) => {
    const silent = [
      'set q 0 0 1 noreply\r\nx\r\n',
      'add q 0 0 1 noreply\r\nx\r\n',
      'append q 0 0 1 noreply\r\nx\r\n',
      'prepend q 0 0 1 noreply\r\nx\r\n',
      'replace q 0 0 1 noreply\r\nx\r\n',
      'cas q 0 0 1 5 noreply\r\nx\r\n',
      'set q/opne 0 0 1 noreply\r\nx\r\n',
      'set q -1 0 1 noreply\r\nx\r\n',
      'set q 0 0 2000000 noreply\r\n',
      Buffer.alloc(2_000_000, 'x'),
      '\r\nset q 0 0 1 noreply\r\nxyz\r\n',
      'incr q 1 noreply\r\n',
      'decr q 1 noreply\r\n',
      'touch q 5 noreply\r\n',
      'flush other noreply\r\n',
      'delete other noreply\r\n',
      'verbosity 1 noreply\r\n',
      'flush_all 5 noreply\r\n',
    ].map((part) => Buffer.from(part));
    expect(await client.exchange(Buffer.concat(silent))).toBe('');
    expect((await client.stats()).get('curr_items')).toBe('4');
    expect(await client.exchange('delete q noreply\r\nflush_all noreply\r\n')).toBe('');
    expect((await client.stats()).get('curr_items')).toBe('0');
  });
});
