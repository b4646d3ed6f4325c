import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig, type ServerConfig } from '../../../server/config/config.ts';
import { POLICY_KEYS } from '../../../server/config/policies.ts';
import { SETTING_KEYS, SETTINGS, type Written } from '../../../server/config/settings.ts';
import { ConfigError } from '../../../shared/errors.ts';
import { readBlocks, readPage } from '../../helpers/pages.ts';
import { SERVER_BINARY, startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

const ROOT = new URL('../../..', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'memq-server-config-'));
const file = join(directory, 'memq.ini');

afterAll(() => rmSync(directory, { recursive: true }));

function read(text: string, flags: Record<string, string> = {}, running?: ServerConfig) {
  writeFileSync(file, text);
  const written = Object.entries(flags).map(
    ([name, text]): Written => ({ name, text, where: `--${name}`, directory: '' }),
  );
  return readConfig(written, file, running && { running });
}

describe('the settings', () => {
  it('are those of the flags, over those of the file, over the defaults', async () => {
    const config = await read('port = 1\nmax_wait = 2', { port: '3' });
    expect(config).toMatchObject({ port: 3, tcpPort: 3, maxWaitMs: 2000, maxConnections: 1024, file });
    expect(await readConfig([], undefined)).toMatchObject({ tcpPort: 22201, file: undefined, schedule: [] });
  });

  it('are written with _ or -, on top of the file or in [server]', async () => {
    const config = await read('max-wait = 2\n[server]\nmax_queues = 3\nsync-interval = 4\n[queue:q]\n');
    expect(config).toMatchObject({ maxWaitMs: 2000, maxQueues: 3, syncIntervalMs: 4 });
  });

  it('have units', async () => {
    const config = await read(
      'max_item_size = 2K\ncache_size = 3g\nmax_wait = 1.5m\nidle_timeout = 2h\ngrace = 0.25\nstalled_timeout = 1d',
    );
    expect(config).toMatchObject({
      maxItemSize: 2048,
      cacheSize: 3 * 1024 ** 3,
      maxWaitMs: 90_000,
      idleTimeoutMs: 7_200_000,
      stalledTimeoutMs: 86_400_000,
      graceMs: 250,
    });
  });

  it.each([
    ['conn-limit', '0'],
    ['conn-limit', 'many'],
    ['max-item-size', '0'],
    ['max-item-size', '2g'],
    ['max-queues', '0'],
    ['max-wait', '0'],
    ['idle-timeout', '-1'],
    ['stalled-timeout', '0'],
    ['unix-mask', '999'],
    ['grace', 'x'],
    ['compat', 'memcached'],
  ])('refuse --%s %s', async (name, value) => {
    await expect(read('', { [name]: value })).rejects.toThrow(new RegExp(`^--${name}: "${value}" is not`));
  });

  it.each([
    ['yes', true],
    ['true', true],
    ['on', true],
    ['no', false],
    ['false', false],
    ['off', false],
  ])('that are on or off may be %s', async (text, value) => {
    expect(await read(`disable_flush_all = ${text}`)).toMatchObject({ flushAllDisabled: value });
  });

  it('that are paths are relative to the file; flags are not', async () => {
    const text = 'data = d\nauth_file = ../u\nunix_socket = /run/s\ntls_cert = c\ntls_key = k';
    expect(await read(text, { 'tls-key': 'k' })).toMatchObject({
      dataDirectory: join(directory, 'd'),
      authFile: join(tmpdir(), 'u'),
      unixSocket: '/run/s',
      tls: { cert: join(directory, 'c'), key: 'k', ca: undefined },
    });
    expect(await read('')).toMatchObject({ dataDirectory: 'data' });
  });

  it('listen on TCP unless there is only a unix socket, and keep nothing with memory', async () => {
    expect(await read('unix_socket = s\nmemory = yes')).toMatchObject({
      tcpPort: undefined,
      dataDirectory: undefined,
    });
    expect(await read('unix_socket = s\nport = 7')).toMatchObject({ tcpPort: 7 });
    expect(await read('unix_socket = s', { port: '7' })).toMatchObject({ tcpPort: 7 });
  });

  it('tell of a database without its password', async () => {
    const url = 'postgres://u:s3cret@h1:5433,[::1]/d?sslmode=require&sslpassword=s3cret&x=1';
    const { sharedLog } = await read(`log = ${url}\nadvertise = [::1]:7\nmax_item_size = 8m`);
    expect(sharedLog).toMatchObject({
      ...{ url, advertise: { host: '::1', port: 7 }, cluster: 'memq', schema: 'memq' },
      shownUrl: 'postgres://u@h1:5433,[::1]/d?sslmode=require&sslpassword=...&x=1',
    });
    for (const wrong of ['postgres://u:s3cret@@h/d', 'postgres://u:s3/cret@h/d', 'postgres:/u:s3cret@h/d']) {
      await expect(read(`log = ${wrong}`)).rejects.toThrow(':1: log: it ');
      await expect(read(`log = ${wrong}`)).rejects.not.toThrow('cret');
    }
  });

  it.each<[string, string, string]>([
    ['an unknown key', 'port = 1\nprot = 2', ':2: unknown key prot; is it port?'],
    ['a key that is none of the file', 'config = x', ':1: unknown key config; the keys are port, listen,'],
    [
      'two places for the log',
      'log = postgres://u@h/d\ndata = d',
      ':2: data: with log (--log) nothing is kept on',
    ],
    ['a log that is and is not kept', 'memory = yes\nlog = postgres://u@h/d', ':1: memory: with log (--log)'],
    [
      'another promise than the database gives',
      'log = postgres://u@h/d\nsync = never',
      ':2: sync: with log (--log) each answer waits for a commit of the database',
    ],
    [
      'messages that are too large for a database',
      'max_item_size = 9m\nlog = postgres://u@h/d',
      ':1: max_item_size: with log (--log) a message has at most 8m',
    ],
    [
      'an address that others cannot use',
      'log = postgres://u@h/d\nlisten = 0.0.0.0',
      ':1: log: it needs advertise (--advertise HOST:PORT) besides, since listen is 0.0.0.0',
    ],
    ['a cluster without its log', 'cluster = c', ':1: cluster: it needs log (--log postgres://...) besides'],
    ['a promise without its log', 'require_standby = yes', ':1: require_standby: it needs log'],
    [
      'the name of a cluster',
      'log = postgres://u@h/d\ncluster = A-b',
      ':2: cluster: "A-b" is not a name of 1',
    ],
    ['an address without a port', 'advertise = host', ':1: advertise: "host" is not HOST:PORT'],
    ['an address of nobody', 'advertise = [::]:1', ':1: advertise: nobody can connect to ::'],
    ['another database', 'log = mysql://u@h/d', ':1: log: it does not begin with postgres://'],
    [
      'a key of a section',
      'port = 1\nmax_items = 2',
      ':2: max_items is about queues: it belongs in a section',
    ],
    ['a key with other case', 'Port = 1', ':1: unknown key Port; is it port?'],
    ['a name of our own', 'maxWaitMs = 1', ':1: unknown key maxWaitMs; is it max_wait?'],
    ['a key twice', 'max_wait = 1\nmax-wait = 2', ':2: max-wait is already set on line 1'],
    ['a key twice, once in [server]', 'port = 1\n[server]\nport = 1', ':3: port is already set on line 1'],
    ['a bad number', '\nport = 70000', ':2: port: "70000" is not a whole number from 0 to 65535'],
    ['a bad time', 'max_wait = 1w', ':1: max_wait: "1w" is not a time from 1 to 2000000 seconds'],
    ['a time that is too long', 'max_wait = 100d', ':1: max_wait: "100d" is not a time'],
    ['a bad size', 'cache_size = 1.5m', ':1: cache_size: "1.5m" is not a size'],
    ['a bad word', 'sync = often', ':1: sync: "often" is not always or interval or never'],
    ['a word with a typing mistake', 'sync = alway', ' is not always or interval or never; is it always?'],
    ['a bad switch', 'memory = 1', ':1: memory: "1" is not yes or no'],
    ['a bad backoff', 'backoff = slow', ':1: backoff: '],
    ['an empty path', 'data =', ':1: data: it is empty'],
    ['half of TLS', 'tls_cert = c', ':1: tls_cert: it needs tls_key (--tls-key) besides'],
    ['the other half of TLS', 'tls_key = c', ':1: tls_key: it needs tls_cert (--tls-cert) besides'],
    ['clients that TLS cannot know', 'tls_ca = c', ':1: tls_ca: it needs tls_cert and tls_key'],
    [
      'a port that is set elsewhere',
      'listen = 10.0.0.1:80',
      ':1: listen: "10.0.0.1:80" has a port: write only',
    ],
    ['an unknown section', 'port = 1\n[queues]\n', ':2: [queues] is not known; the sections are [server]'],
    ['a section with a typing mistake', 'port = 1\n[sever]\n', ':2: [sever] is not known; is it [server]?'],
    ['queues with a typing mistake', '[qeue:a.*]\n', ':1: [qeue:a.*] is not known; is it [queue:a.*]?'],
    ['a section that speaks of no queue', '[queue]\n', ':1: [queue] is not known'],
    ['a section twice', '[queue:a.b]\n[queue:a.b]', ':2: [queue:a.b] is already on line 1'],
  ])('are refused for %s, saying where', async (_, text, message) => {
    const reading = read(text, { port: '1' });
    await expect(reading).rejects.toThrow(ConfigError);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.not.toThrow('undefined');
  });
});

describe('the settings of a running server', () => {
  it('change where they can; the others stay, and are named', async () => {
    const running = await read('cache_size = 1m\nmax_wait = 1\ntls_cert = a\ntls_key = b');
    const next = await read(
      'cache_size = 2m\nmax_wait = 2\ntls_cert = c\ntls_key = b\nport = 5',
      {},
      running,
    );
    expect(next).toMatchObject({ cacheSize: 1024 ** 2, maxWaitMs: 2000, tcpPort: 22201 });
    expect(next.tls).toEqual(running.tls);
    expect(new Set(next.outdated)).toEqual(new Set(['cache-size', 'tls-cert', 'port']));
    expect((await read('cache_size = 1m\ntls_cert = a\ntls_key = b', {}, next)).outdated).toEqual([]);
  });

  it('have no expiry to ignore before --compat is in force', async () => {
    const running = await read('');
    const next = await read('compat = memcacheq', {}, running);
    expect([next.outdated, next.policies.defaults.exptime]).toEqual([['compat'], 'honour']);
    expect((await read('compat = memcacheq')).policies.defaults.exptime).toBe('ignore');
  });
});

describe('memq-server --config', () => {
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SERVER_BINARY, ...args], {
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };

  it('runs by the file, and shows it in its settings', async () => {
    writeFileSync(
      file,
      `memory = yes
max_wait = 10m
verbose = 1
[queue:mail.*]
max_items = 7
fanout_to = log, 统计
[schedule]
timezone = Europe/Berlin
夜 = 0 3 * * *  reports  f('ü; #')
limited = @daily  统计/group=客户/attempts=3/backoff=fixed:1m  f()
`,
    );
    await using server = await startServer({ args: ['--config', file, '--max-wait', '5'] });
    using client = await TextClient.connect(server.port);
    const lines = (await client.exchange('stats settings\r\n')).split('\n');
    const stats = lines.map((line) => Buffer.from(line, 'latin1').toString());
    for (const expected of [
      'STAT max_wait_ms 5000',
      'STAT verbosity 1',
      'STAT data memory',
      `STAT config ${file}`,
      'STAT needs_restart none',
      'STAT queue:mail.*:max_items 7',
      'STAT queue:mail.*:fanout_to log, 统计',
      "STAT schedule:夜 0 3 * * * reports f('ü; #')",
      'STAT schedule:limited @daily 统计/group=客户/attempts=3/backoff=fixed:1m f()',
      'STAT schedule:timezone Europe/Berlin',
      'STAT schedule:missed once',
    ])
      expect(stats).toContain(expected);
  });

  it('ends with 78 and says where the mistake is', () => {
    writeFileSync(file, 'memory = yes\nmax_queues = many');
    expect(run('--config', file)).toEqual({
      status: 78,
      stdout: '',
      stderr: `memq-server: ${file}:2: max_queues: "many" is not a whole number from 1 to 100000000\n`,
    });
    expect(run('--config', join(directory, 'none.ini'))).toMatchObject({
      status: 78,
      stderr: expect.stringContaining(
        `there is no none.ini in ${directory} (ENOENT). --config names the file`,
      ),
    });
  });

  it('with --check-config only says whether all is right, users and certificates, too', () => {
    writeFileSync(join(directory, 'users'), 'web:secret\n');
    writeFileSync(file, 'auth_file = users\n[queue:q]\nttl = 1d');
    expect(run('--config', file, '--check-config')).toEqual({
      status: 0,
      stdout: 'configuration ok\n',
      stderr: '',
    });
    writeFileSync(file, '[queue:q]\nttl = soon');
    expect(run('--config', file, '--check-config')).toMatchObject({ status: 78, stdout: '' });
    writeFileSync(file, 'tls_cert = none\ntls_key = none');
    expect(run('--config', file, '--check-config')).toMatchObject({
      status: 78,
      stderr: expect.stringContaining(`(tls_key) cannot be read: there is no none in ${directory}`),
    });
    writeFileSync(join(directory, 'users'), 'nobody\n');
    writeFileSync(file, 'auth_file = users');
    expect(run('--config', file, '--check-config')).toMatchObject({
      status: 78,
      stderr: expect.stringContaining('users:1: it must be user:password'),
    });
  });

  it('tells all mistakes at once, of the command line, of the file and of those that these name', () => {
    const users = join(directory, 'users');
    writeFileSync(users, 'nobody\nweb:secret\n:secret\n');
    writeFileSync(
      file,
      `prot = 1
max_wait = soon
[server]
auth_file = users
tls_cert = none
tls_key = ${users}
[queue:a{]
[queue:b]
max_itms = 1
ttl = long
listen = ::1
dead_letter_to = c
[queue:c]
dead_letter_to = b
[qeue:d]
[schedule]
timezon = Europe/Berlin
missed = twice
timezone = Europe/Berln
job = 0 3 x * * q f()
max_wait =
`,
    );
    const { status, stdout, stderr } = run('--config', file, '--prot', '1', '-p', 'x', '-l', '1.2.3.4:5');
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(
      stderr
        .replace(/^memq-server: /, '')
        .replaceAll(file, '')
        .split('\n'),
    ).toEqual([
      'there is no flag --prot; is it --port?',
      expect.stringMatching(/^--port: "x" is not a whole number/),
      expect.stringMatching(/^--listen: "1\.2\.3\.4:5" has a port: write only "1\.2\.3\.4"/),
      ':1: unknown key prot; is it port?',
      expect.stringMatching(/^:2: max_wait: "soon" is not a time/),
      expect.stringMatching(/^:7: \[queue:a{\]: /),
      ':9: unknown key max_itms; is it max_items?',
      expect.stringMatching(/^:10: ttl: "long" is not a time/),
      expect.stringMatching(/^:11: listen is about the whole server: it belongs before the first section/),
      expect.stringMatching(/^:12: dead_letter_to: they would go round: c -> b -> c/),
      expect.stringMatching(/^:14: dead_letter_to: they would go round: b -> c -> b/),
      ':15: [qeue:d] is not known; is it [queue:d]?',
      expect.stringMatching(/^:17: timezon: expected 5 fields.*; or is timezone meant\?$/),
      ':18: missed: "twice" is not once or skip',
      expect.stringMatching(/^:19: timezone: .*; is it Europe\/Berlin\?$/),
      expect.stringMatching(/^:20: job: "0 3 x \* \*" is not a cron line/),
      expect.stringMatching(/^:21: max_wait: expected 5 fields/),
      `${users} (tls_key) has no private key in PEM (-----BEGIN PRIVATE KEY-----)`,
      `${users}:1: it must be user:password`,
      `${users}:3: it must be user:password`,
      expect.stringMatching(/none \(tls_cert\) cannot be read: there is no none in /),
      '',
    ]);
  });

  it('knows no command and no flag but its own', () => {
    expect(run('inspct', directory)).toEqual({
      status: 64,
      stdout: '',
      stderr: 'memq-server: there is no command inspct; is it inspect?\n',
    });
    expect(run('--config', '')).toMatchObject({ status: 64, stderr: 'memq-server: --config: it is empty\n' });
    expect(run('--check-config', '--memory=yes')).toMatchObject({
      status: 64,
      stderr: 'memq-server: --memory takes no value\n',
    });
  });
});

describe('memq.ini.example', () => {
  const example = readFileSync(join(ROOT, 'memq.ini.example'), 'utf8');
  /** With all that is only shown. */
  const all = example.replace(/^;(?=\S)/gm, '');
  /** A log is kept here or there. */
  const whole = all.replace(/^(log|advertise) =.*\n/gm, '');
  const shared = all.replace(/^(data|memory) =.*\n/gm, '');

  it('is a configuration, as it is and with all that it only shows', async () => {
    expect(await read(example)).toMatchObject({ tcpPort: 22201, schedule: [] });
    expect(await read(shared)).toMatchObject({ dataDirectory: undefined, sharedLog: { cluster: 'memq' } });
    const config = await read(whole);
    expect(config.schedule.length).toBeGreaterThan(0);
    expect([...config.policies.settings()].length).toBeGreaterThan(10);
  });

  it('shows each setting with its default', async () => {
    const shown = await read(whole);
    const defaults = await readConfig([], undefined);
    for (const [field, setting] of Object.entries(SETTINGS)) {
      const { flags } = setting;
      const name = flags.replace(/.*--([a-z-]+).*/, '$1').replaceAll('-', '_');
      expect(all).toMatch(new RegExp(`^${name} *=`, 'm'));
      // The rest shows what might be set.
      if (!('default' in setting) && field !== 'port' && field !== 'http') continue;
      if (/path|file|directory/.test(flags)) continue;
      const set = ({ port: 'tcpPort', http: 'httpPlace' }[field] ?? field) as keyof ServerConfig;
      expect([name, shown[set]]).toEqual([name, defaults[set]]);
    }
  });
});

describe('the documentation', () => {
  it('has examples that work', async () => {
    const examples = readBlocks('docs/configuration.md').filter(({ language }) => language === 'ini');
    expect(examples).not.toEqual([]);
    for (const { text } of examples) await read(text);
  });

  const [, settings, policies] = readPage('docs/configuration.md').split(/^## (?:Settings|Policies)$/m);

  it('has each setting with its short flag and its default', async () => {
    const rows = [...settings!.matchAll(/^\| `(\w+)` \| (.*?)\| .* \| (\S*) ?\|$/gm)];
    expect(rows.map(([, key]) => key)).toEqual(SETTING_KEYS);
    const shortFlags = Object.values(SETTINGS).map(({ flags }) => /^-\w(?=,)/.exec(flags)?.[0]);
    expect(rows.map(([, , flag]) => /-\w/.exec(flag!)?.[0])).toEqual(shortFlags);
    const lines = rows.filter(([, , , text]) => text !== '').map(([, key, , text]) => `${key} = ${text}`);
    expect(lines).toHaveLength(Object.values(SETTINGS).filter((each) => 'default' in each).length + 2);
    // A path in a file is relative to the file, and an address that is set is insisted on.
    expect(await read(lines.join('\n'))).toEqual(await read('port = 22201\nhttp = 22202\ndata = data'));
  });

  it('has each key of a policy', () => {
    const shown = [...policies!.matchAll(/^\| `(\w+)` \|.*\|/gm)].map(([, key]) => key);
    expect(shown).toEqual(Object.keys(POLICY_KEYS));
  });
});
