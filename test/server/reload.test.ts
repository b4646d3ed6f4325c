import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, vi } from 'vitest';
import { withOwnServer } from '../fixtures/server.ts';
import { startServer, type TestServer } from '../helpers/server.ts';
import { hangUp, logged } from '../helpers/server-log.ts';
import { TextClient } from '../helpers/text-client.ts';
import { until } from '../helpers/until.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-reload-'));
const file = join(directory, 'memq.ini');
const READ = 'configuration, users and certificates were read again';
const FULL = expect.stringMatching(/^SERVER_ERROR out of memory storing object: queue .*is full$/);

const it = withOwnServer(['--config', file, '--memory']);

beforeEach(async () => {
  writeFileSync(file, '');
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Has the server read another configuration; what it says to that. */
function reload(server: TestServer, text: string): Promise<Record<string, unknown>> {
  writeFileSync(file, text);
  return hangUp(server);
}

async function settings(client: TextClient): Promise<string[]> {
  return (await client.exchange('stats settings\r\n')).split('\n');
}

/** A job's status; `due` in whole seconds, since the clocks do not agree on more. */
async function status(client: TextClient, key: string): Promise<Record<string, unknown> | undefined> {
  const answer = await client.getText(key);
  if (answer === undefined) return undefined;
  const { due, ...rest } = JSON.parse(answer) as Record<string, unknown>;
  return { ...rest, due: Math.round(Number(due) / 1000) };
}

describe('HUP', () => {
  it('changes the policies of queues that are there, and of those to come', async ({ server, client }) => {
    expect(await client.set('mail.de', '1')).toBe('STORED');
    expect(await reload(server, '[queue:mail.*]\nmax_items = 2')).toMatchObject({ msg: READ });
    expect([await client.set('mail.de', '2'), await client.set('mail.de', '3')]).toEqual(['STORED', FULL]);
    for (const expected of ['STORED', 'STORED', FULL])
      expect(await client.set('mail.cn', 'x')).toEqual(expected);
    expect(await settings(client)).toContain('STAT queue:mail.*:max_items 2');

    expect(await reload(server, '[queue:mail.*]\nmax_items = 3')).toMatchObject({ msg: READ });
    expect([await client.set('mail.de', '3'), await client.set('mail.de', '4')]).toEqual(['STORED', FULL]);

    expect(await reload(server, '')).toMatchObject({ msg: READ });
    expect(await client.set('mail.de', '4')).toBe('STORED');
    expect((await settings(client)).filter((line) => line.startsWith('STAT queue:'))).toEqual([]);
  });

  it('changes how many failed messages are kept, and for how long', async ({ server, client }) => {
    for (const job of ['a', 'b', 'c', 'd']) {
      await client.set(`mail/id=${job}`, job);
      await client.getText('mail/open');
      await client.set('mail/fail/final', 'no');
    }
    const figures = async (): Promise<unknown[]> => {
      const stats = await client.stats('queues');
      const inAll = (await client.stats()).get('failed_dropped');
      return [stats.get('mail:failed'), stats.get('mail:failed_dropped'), inAll];
    };
    await reload(server, '[queue:mail]\nmax_failed = 3');
    expect(await figures()).toEqual(['3', '1', '1']);
    expect(await client.getText('mail/id=a')).toBeUndefined();
    await reload(server, '[queue:mail]\nkeep_failed = 0.001');
    await vi.waitFor(async () => expect(await figures()).toEqual(['0', '4', '4']), {
      timeout: 60_000,
      interval: 20,
    });
  });

  it('changes the schedule: jobs come, change and go', async ({ server, client }) => {
    await reload(
      server,
      "[schedule]\ntick = * * * * * *  ticks  tick('a')\nnightly = 0 3 * * *  reports  build()",
    );
    expect(await settings(client)).toContain("STAT schedule:tick * * * * * * ticks tick('a')");
    expect(await client.getText('ticks/t=10000')).toBe("tick('a')");
    expect(await status(client, 'reports/id=nightly')).toMatchObject({
      id: 'nightly',
      state: 'waiting',
      cron: '0 3 * * *',
    });
    const { due } = (await status(client, 'reports/id=nightly'))!;

    await reload(
      server,
      "[schedule]\ntick = * * * * * *  ticks  tick('b')\nnightly = 0 3 * * *  reports  build()",
    );
    let body: string | undefined;
    while (body !== "tick('b')") body = await client.getText('ticks/t=10000');
    expect(await status(client, 'reports/id=nightly')).toMatchObject({ due });

    await reload(server, '[schedule]\nnightly = 0 4 * * *  reports  build()');
    expect(await status(client, 'ticks/id=tick')).toBeUndefined();
    expect(await status(client, 'reports/id=nightly')).toMatchObject({ cron: '0 4 * * *' });
    expect((await settings(client)).filter((line) => line.startsWith('STAT schedule:'))).toEqual([
      'STAT schedule:nightly 0 4 * * * reports build()',
      'STAT schedule:timezone local',
      'STAT schedule:missed once',
    ]);
  });

  it('brings a job back that a client has replaced', async ({ server, client }) => {
    const text = '[schedule]\nnightly = 0 3 * * *  reports  build()';
    await reload(server, text);
    expect(await client.ask('delete reports/id=nightly')).toBe('NOT_FOUND');
    expect(await client.set('reports/id=nightly', 'mine')).toBe('STORED');
    expect(await client.getText('reports')).toBe('mine');
    expect(await status(client, 'reports/id=nightly')).toMatchObject({ state: 'complete' });
    await reload(server, text);
    expect(await status(client, 'reports/id=nightly')).toMatchObject({ state: 'waiting' });
  });

  it('changes settings that can change while it runs', async ({ server, client }) => {
    expect(await client.set('q', 'xxx')).toBe('STORED');
    const text = 'max_item_size = 2\nmax_wait = 1.5\ndisable_flush_all = yes\nmax_attempts = 1\nverbose = 1';
    expect(await reload(server, text)).toMatchObject({ msg: READ });
    expect(await settings(client)).toEqual(
      expect.arrayContaining(['STAT max_wait_ms 1500', 'STAT flush_enabled no', 'STAT verbosity 1']),
    );
    expect(await client.exchange('flush_all\r\n')).toBe('CLIENT_ERROR flush_all not allowed');
    using later = await TextClient.connect(server.port);
    expect(await later.set('q', 'xxx')).toBe('SERVER_ERROR object too large for cache');
    expect(await client.getText('q/open')).toBe('xxx');
    expect(await client.set('q/fail', 'no')).toBe('STORED');
    expect(await client.getText('q/failed')).toBe('xxx');
  });

  it('asks for a login from then on', async ({ server, client }) => {
    writeFileSync(join(directory, 'users'), 'web:secret\n');
    expect(await reload(server, 'auth_file = users')).toMatchObject({ msg: READ });
    using later = await TextClient.connect(server.port);
    expect(await later.ask('get q')).toBe('CLIENT_ERROR unauthenticated');
    expect(await later.set('login', 'web secret')).toBe('STORED');
    expect(await client.set('q', 'x')).toBe('STORED');
    expect(await reload(server, '')).toMatchObject({ msg: READ });
    using last = await TextClient.connect(server.port);
    expect(await last.set('q', 'x')).toBe('STORED');
  });

  it('says what needs a restart, and applies the rest', async ({ server, client }) => {
    const from = server.log.length;
    await reload(server, 'cache_size = 1m\nport = 1\nmax_wait = 7');
    const warning = await logged(server, ({ msg }) => msg === 'these need a restart', from);
    // The port is on the command line, and stands over the file.
    expect(warning).toMatchObject({ level: 40, settings: ['cache-size'] });
    expect(await settings(client)).toEqual(
      expect.arrayContaining([
        'STAT cache_size 67108864',
        'STAT max_wait_ms 7000',
        'STAT needs_restart cache-size',
      ]),
    );
    await reload(server, 'max_wait = 7');
    expect(await settings(client)).toContain('STAT needs_restart none');
  });

  it('changes nothing when there is a mistake anywhere, and says where', async ({ server, client }) => {
    const mistakes = [
      ['a setting', 'max_wait = 9\nmax_attempts = 0', /:2: max_attempts: "0" is not/],
      ['a policy', 'max_wait = 9\n[queue:q]\nmax_items = 1\nttl = x', /:4: ttl: "x" is not a time/],
      [
        'the schedule',
        'max_wait = 9\n[schedule]\nj = 0 25 * * * q f()',
        /:3: j: "0 25 \* \* \*" is not a cron/,
      ],
      ['a section', 'max_wait = 9\n[queues]', /:2: \[queues\] is not known/],
      [
        'the users',
        'max_wait = 9\nauth_file = none',
        /none \(auth_file\) cannot be read: there is no none in .*ENOENT/,
      ],
      ['the certificates', 'max_wait = 9\ntls_cert = c', /:2: tls_cert: it needs tls_key/],
    ] as const;
    await reload(server, 'max_wait = 8\n[queue:q]\nmax_items = 2\n[schedule]\nj = 0 3 * * *  q  f()');
    const before = await settings(client);
    for (const [what, text, why] of mistakes) {
      const said = await reload(server, text);
      expect(said, what).toMatchObject({ level: 50, msg: 'nothing was changed' });
      expect(said.error).toMatch(why);
      expect(await settings(client), what).toEqual(before);
      expect(await status(client, 'q/id=j'), what).toMatchObject({ cron: '0 3 * * *' });
      expect([await client.set('q', '1'), await client.set('q', '2')], what).toEqual(['STORED', FULL]);
      expect(await client.getText('q')).toBe('1');
    }
  });

  it('many times in a row ends with the last', async ({ server, client }) => {
    const from = server.log.length;
    for (let i = 1; i <= 20; i++) {
      writeFileSync(file, `[queue:q]\nmax_items = ${i}\n[schedule]\nj${i} = 0 3 * * *  s  f()`);
      process.kill(server.pid, 'SIGHUP');
    }
    await until(async () => (await settings(client)).includes('STAT queue:q:max_items 20'));
    await logged(server, ({ msg }) => msg === READ, from);
    await until(async () => (await status(client, 's/id=j20')) !== undefined);
    for (let i = 1; i < 20; i++) expect(await status(client, `s/id=j${i}`)).toBeUndefined();
  });
});

it('a file that is gone changes nothing', async ({ server, client }) => {
  await reload(server, 'max_wait = 8');
  rmSync(file);
  expect((await hangUp(server)).error).toMatch(/memq\.ini cannot be read: there is no memq\.ini in .*ENOENT/);
  expect(await settings(client)).toContain('STAT max_wait_ms 8000');
});

it('what is scheduled is there when the server listens', async () => {
  writeFileSync(file, '[schedule]\ntimezone = Europe/Berlin\nnightly = 0 3 * * *  reports  build()');
  await using early = await startServer({ args: ['--config', file] });
  using reader = await TextClient.connect(early.port);
  const scheduled = await status(reader, 'reports/id=nightly');
  expect(scheduled).toMatchObject({ queue: 'reports', state: 'waiting', cron: '0 3 * * *' });
  const berlin = new Intl.DateTimeFormat('de', { timeZone: 'Europe/Berlin', timeStyle: 'medium' });
  expect(berlin.format(Number(scheduled?.due) * 1000)).toBe('03:00:00');

  await early.restart();
  using again = await TextClient.connect(early.port);
  expect(await status(again, 'reports/id=nightly')).toEqual(scheduled);
});
