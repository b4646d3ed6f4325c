import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'memjs';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode, request, storeRequest } from '../../helpers/binary-client.ts';
import { memjsServer } from '../../helpers/memjs.ts';
import { readPage } from '../../helpers/pages.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { hangUp, logged } from '../../helpers/server-log.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { openTunnel } from '../../helpers/tunnel.ts';

const UNAUTHENTICATED = 'CLIENT_ERROR unauthenticated';
const FAILED = 'CLIENT_ERROR authentication failure';
const AUTH_ERROR = 0x20;

const directory = mkdtempSync(join(tmpdir(), 'memq-login-'));
const users = join(directory, 'users');
const it = withServer(['--memory', '-Y', users]);

beforeAll(async () => {
  writeFileSync(users, 'web:secret\r\n\r\nshop:pass:word@1\nmüller:straße\n');
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
});

function plain(user: string, password: string): string {
  return `\0${user}\0${password}`;
}

async function loggedIn(server: TestServer): Promise<TextClient> {
  const client = await TextClient.connect(server.port);
  expect(await client.set('login', 'web secret')).toBe('STORED');
  return client;
}

/** Resolves with a message's text, or rejects; nothing is tried twice. */
async function withMemjs<T>(
  server: TestServer,
  user: string,
  password: string,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client([memjsServer(server.port, user, password)], {
    retries: 0,
    logger: { log: () => {} },
  });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

describe('before a login', () => {
  it.for([
    'get q',
    'gets q',
    'gat 1 q',
    'get $watch/open/t=60000',
    'delete q',
    'touch q 1',
    'flush q',
    'flush_all',
    'stats',
    'stats settings',
    'verbosity 1',
    'mn',
    'mg q v',
    'md q',
    'ms q 1\r\nx',
    'add q 0 0 10\r\nweb secret',
    'append q 0 0 10\r\nweb secret',
  ])('text: %j is refused', async (command, { server }) => {
    using client = await TextClient.connect(server.port);
    expect(await client.ask(command)).toBe(UNAUTHENTICATED);
    expect(await client.ask('version')).toMatch(/^VERSION /);
  });

  it('text: version and quit work, and what is no command is told so', async ({ server }) => {
    using client = await TextClient.connect(server.port);
    expect(await client.ask('version')).toMatch(/^VERSION \d+\.\d+\.\d+/);
    expect(await client.ask('nonsense')).toBe('ERROR');
    client.send('quit\r\n');
    expect((await client.rest()).length).toBe(0);
  });

  it('binary: only version, noop excluded, quit and SASL work', async ({ server }) => {
    using client = await BinaryClient.connect(server.port);
    const refused = [
      Opcode.get,
      Opcode.set,
      Opcode.setq,
      Opcode.add,
      Opcode.delete,
      Opcode.getkq,
      Opcode.append,
      Opcode.touch,
      Opcode.gat,
    ];
    for (const opcode of refused) {
      const extras = Buffer.alloc({ 1: 8, 17: 8, 2: 8, 28: 4, 29: 4 }[opcode as number] ?? 0);
      const { status, value } = await client.ask(opcode, { key: 'q', extras, value: '' });
      expect([opcode, status, value.toString()]).toEqual([opcode, AUTH_ERROR, 'unauthenticated']);
    }
    for (const opcode of [Opcode.stat, Opcode.noop, Opcode.flush]) {
      expect((await client.ask(opcode)).status).toBe(AUTH_ERROR);
    }
    expect((await client.ask(Opcode.version)).status).toBe(0);
    expect((await client.ask(Opcode.saslList)).value.toString()).toBe('PLAIN');
    expect((await client.ask(Opcode.quit)).status).toBe(0);
    expect(await client.next()).toBeUndefined();
  });

  it('what is too large is no store, and no login either', async ({ server }) => {
    using client = await loggedIn(server);
    const count = async () => (await client.stats()).get('store_too_large');
    const before = await count();
    const body = 'x'.repeat(2 ** 21);
    using stranger = await TextClient.connect(server.port);
    expect(await stranger.set('login', body)).toBe('SERVER_ERROR object too large for cache');
    using binary = await BinaryClient.connect(server.port);
    expect((await binary.ask(Opcode.saslAuth, { key: 'PLAIN', value: body })).status).toBe(3);
    expect(await binary.set('q', body)).toBe(3);
    expect(await count()).toBe(before);
    expect(await stranger.ask('get q')).toBe(UNAUTHENTICATED);
    expect(await client.set('q', body)).toBe('SERVER_ERROR object too large for cache');
    expect(Number(await count())).toBe(Number(before) + 1);
  });

  it('nothing of all this was stored, dropped or seen', async ({ server }) => {
    using client = await loggedIn(server);
    await client.set('q', 'job');
    using stranger = await TextClient.connect(server.port);
    for (const command of ['delete q', 'flush_all', 'get q', 'mg q v', 'md q', 'set login 0 0 3\r\nbad']) {
      expect(await stranger.ask(command)).toMatch(/^CLIENT_ERROR (unauthenticated|authentication failure)$/);
    }
    expect(await client.getText('q')).toBe('job');
  });
});

describe('a login', () => {
  it('in text is the first set, whatever its key, and stores nothing', async ({ server }) => {
    for (const value of ['web secret', 'shop pass:word@1', 'müller straße']) {
      using client = await TextClient.connect(server.port);
      expect(await client.set('login', value)).toBe('STORED');
      expect(await client.exchange('get login\r\n')).toBe('END');
      expect(await client.set('login', 'web secret')).toBe('STORED');
      expect(await client.getText('login')).toBe('web secret');
    }
  });

  it('in text lets meta commands in, too, and answers nothing to noreply', async ({ server }) => {
    using client = await TextClient.connect(server.port);
    expect(await client.exchange('set x 0 0 10 noreply\r\nweb secret\r\nmg q v\r\n')).toBe('EN');
  });

  it('by $login is a login at any time, and stores nothing', async ({ server }) => {
    using client = await TextClient.connect(server.port);
    for (const value of ['web secret', 'web secret', 'shop pass:word@1'])
      expect(await client.set('$login', value)).toBe('STORED');
    expect(await client.set('login', 'is a message')).toBe('STORED');
    expect((await client.stats('queues')).get('login:waiting')).toBe('1');
    expect([...(await client.stats('queue')).keys()]).not.toContain('$login');
    expect(await client.ask('delete login')).toBe('DELETED');
    const unusual = ['get $login', 'delete $login', 'add $login 0 0 1\r\nx', 'set $login/close 0 0 1\r\nx'];
    for (const command of unusual)
      expect(await client.ask(command)).toMatch(/^CLIENT_ERROR .*the server's own$/);
  });

  it('by $login works in all protocols', async ({ server }) => {
    using client = await TextClient.connect(server.port);
    expect(await client.exchange('ms $login 10\r\nweb secret\r\nmg q v\r\n')).toBe('HD\nEN');
    using binary = await BinaryClient.connect(server.port);
    expect(await binary.set('$login', 'web secret')).toBe(0);
    expect(await binary.set('$login', 'web secret')).toBe(0);
    expect(await binary.get('q')).toBeUndefined();
    using stranger = await BinaryClient.connect(server.port);
    expect(await stranger.set('$login', 'web wrong')).toBe(AUTH_ERROR);
    expect(await stranger.next()).toBeUndefined();
  });

  it('by $login that is refused ends the connection, also of who is in', async ({ server }) => {
    using client = await loggedIn(server);
    client.send('set $login 0 0 3\r\nbad\r\nset q 0 0 1\r\nx\r\n');
    expect((await client.rest()).toString()).toBe(`${FAILED}\r\n`);
    using after = await loggedIn(server);
    expect(await after.exchange('get q\r\n')).toBe('END');
  });

  it.for([
    'web wrong',
    'web secretx',
    'web secre',
    'nobody secret',
    'web',
    'web ',
    ' secret',
    '',
    'web  secret',
    'web:secret',
    'web\0secret',
    'shop pass',
  ])('in text with %j fails, and costs the connection', async (value, { server }) => {
    using client = await TextClient.connect(server.port);
    expect(await client.set('login', value)).toBe(FAILED);
    expect(await client.line()).toBeUndefined();
  });

  it('that failed leaves what was sent behind it undone', async ({ server }) => {
    using client = await TextClient.connect(server.port);
    client.send('set login 0 0 3\r\nbad\r\nset login 0 0 10\r\nweb secret\r\nset q 0 0 1\r\nx\r\n');
    expect((await client.rest()).toString()).toBe(`${FAILED}\r\n`);
    using after = await loggedIn(server);
    expect(await after.exchange('get q\r\n')).toBe('END');
  });

  it('in binary is SASL PLAIN, with an authorization name or without', async ({ server }) => {
    for (const value of [plain('web', 'secret'), `web${plain('web', 'secret')}`, plain('müller', 'straße')]) {
      using client = await BinaryClient.connect(server.port);
      const { status, value: text } = await client.ask(Opcode.saslAuth, { key: 'PLAIN', value });
      expect([status, text.toString()]).toEqual([0, 'Authenticated']);
      expect(await client.set('q', 'job')).toBe(0);
      expect(String(await client.get('q'))).toBe('job');
    }
  });

  it.for([
    ['PLAIN', plain('web', 'wrong')],
    ['PLAIN', plain('', '')],
    ['PLAIN', ''],
    ['PLAIN', 'web\0secret'],
    ['PLAIN', `${plain('web', 'secret')}\0`],
    ['CRAM-MD5', plain('web', 'secret')],
    ['', plain('web', 'secret')],
    ['plain', plain('web', 'secret')],
  ] as const)('in binary with %j, %j fails, and costs the connection', async ([key, value], { server }) => {
    using client = await BinaryClient.connect(server.port);
    client.send(request(Opcode.saslAuth, { key, value }), storeRequest(Opcode.set, 'q', 'x'));
    const { status, value: text } = (await client.next())!;
    expect([status, text.toString()]).toEqual([AUTH_ERROR, 'authentication failure']);
    expect(await client.next()).toBeUndefined();
  });

  it('again with a wrong password is no better for the right one before it', async ({ server }) => {
    using client = await BinaryClient.connect(server.port);
    const logIn = (password: string) =>
      client.ask(Opcode.saslAuth, { key: 'PLAIN', value: plain('web', password) });
    expect((await logIn('secret')).status).toBe(0);
    expect((await logIn('secret')).status).toBe(0);
    expect((await logIn('wrong')).status).toBe(AUTH_ERROR);
    expect(await client.next()).toBeUndefined();
  });

  it('of memjs works with a name and a password, and fails without', async ({ server }) => {
    const job = await withMemjs(server, 'shop', 'pass:word@1', async (client) => {
      await client.set('q', 'job', {});
      return client.get('q');
    });
    expect(job.value?.toString()).toBe('job');
    await expect(withMemjs(server, 'shop', 'wrong', (client) => client.get('q'))).rejects.toThrow();
  });

  it('is right with any name where no login is asked for', async () => {
    await using open = await startServer({ args: ['--memory'] });
    using client = await BinaryClient.connect(open.port);
    expect((await client.ask(Opcode.saslAuth, { key: 'PLAIN', value: plain('a', 'b') })).status).toBe(0);
    using text = await TextClient.connect(open.port);
    expect(await text.set('$login', 'a b')).toBe('STORED');
    expect(await text.exchange('get $login\r\nset q 0 0 1\r\nx\r\nget q\r\n')).toMatch(
      /STORED\nVALUE q 0 1\nx\nEND$/,
    );
    expect((await text.stats('settings')).get('auth_enabled_sasl')).toBe('no');
  });

  it('is asked for on the unix socket as well, and shown in the settings', async () => {
    const path = join(directory, 'memq.sock');
    await using own = await startServer({ args: ['--memory', '-Y', users, '-s', path] });
    await logged(own, (entry) => entry.path === path);
    await using tunnel = await openTunnel(() => net.connect(path));
    using client = await TextClient.connect(tunnel.port);
    expect(await client.ask('get q')).toBe(UNAUTHENTICATED);
    expect(await client.set('login', 'web secret')).toBe('STORED');
    const settings = await client.stats('settings');
    expect(settings.get('auth_enabled_ascii')).toBe(users);
    expect(settings.get('auth_enabled_sasl')).toBe('yes');
  });
});

describe('a login that is refused', () => {
  const MESSAGE = 'a login was refused';
  /** What docs/security.md tells fail2ban to look for. */
  const failRegex = () => {
    const [, text] = /^failregex = (.*)$/m.exec(readPage('docs/security.md'))!;
    return new RegExp(text!.replace('<HOST>', '127\\.0\\.0\\.1'));
  };
  const refusals = ({ log }: TestServer) => log.filter(({ msg }) => msg === MESSAGE);

  it('is told in the log with address and protocol, and nothing of what was sent', async () => {
    await using own = await startServer({ args: ['--memory', '-Y', users] });
    using client = await TextClient.connect(own.port);
    const { localPort: port } = client.socket;
    expect(await client.set('login', 'web guess')).toBe(FAILED);
    const told = { level: 40, address: '127.0.0.1', port, protocol: 'text' };
    const line = await logged(own, ({ msg }) => msg === MESSAGE);
    expect(line).toMatchObject(told);
    expect(JSON.stringify(line)).toMatch(failRegex());
    expect(await own.stop()).toBe(0);
    expect(refusals(own)).toHaveLength(1);
    expect(JSON.stringify(own.log)).not.toMatch(/guess|web/);
  });

  it('and another one within a second are one line, and counted in the next', async () => {
    await using own = await startServer({ args: ['--memory', '-Y', users] });
    const guess = async () => {
      using client = await BinaryClient.connect(own.port);
      const value = plain('web', 'guess');
      expect((await client.ask(Opcode.saslAuth, { key: 'PLAIN', value })).status).toBe(AUTH_ERROR);
    };
    let guesses = 0;
    while (refusals(own).length < 2) {
      await guess();
      guesses++;
    }
    const [first, second] = refusals(own);
    expect([first!.protocol, first!.untold]).toEqual(['binary', undefined]);
    expect(Number(second!.time) - Number(first!.time)).toBeGreaterThanOrEqual(900);
    // The line comes when the guess that it tells is answered, or a little later.
    expect(guesses - 2 - Number(second!.untold)).toBeGreaterThanOrEqual(0);
    expect(Number(second!.untold)).toBeGreaterThan(0);
  });

  it('comes from `unix`, where that is so', async () => {
    const path = join(directory, 'refusing.sock');
    await using own = await startServer({ args: ['--memory', '-Y', users, '-s', path] });
    await logged(own, (entry) => entry.path === path);
    await using tunnel = await openTunnel(() => net.connect(path));
    using client = await TextClient.connect(tunnel.port);
    expect(await client.set('$login', 'web guess')).toBe(FAILED);
    const { address, port } = await logged(own, ({ msg }) => msg === MESSAGE);
    expect([address, port]).toEqual(['unix', undefined]);
  });
});

describe('the file of users', () => {
  const bad = join(directory, 'bad');

  it.each([
    ['web:secret\nshop\n', `${bad}:2: it must be user:password`],
    ['web:secret\n\n:secret\n', `${bad}:3: it must be user:password`],
    ['web\nshop:a\n:b\n', `${bad}:1: it must be user:password"},{"msg":"${bad}:3: it must be user:password`],
    ['', `${bad} names no user: write user:password on each line`],
    ['\n\n', `${bad} names no user: write user:password on each line`],
  ])('%j is refused at the start', async (content, why) => {
    writeFileSync(bad, content);
    await expect(startServer({ args: ['--memory', '-Y', bad] })).rejects.toThrow(
      `memq-server ended with 78: [{"msg":"memq-server: ${why}"}]`,
    );
  });

  it('that is not there is refused at the start', async () => {
    const missing = join(directory, 'missing');
    await expect(startServer({ args: ['--memory', '-Y', missing] })).rejects.toThrow(
      /ended with 78: .*missing \(auth_file\) cannot be read: there is no missing in .*ENOENT/,
    );
  });

  it('that every user of the machine may read is warned of, at the start and on HUP', async () => {
    const file = join(directory, 'readable');
    const warning = expect.objectContaining({ level: 40, file, msg: expect.stringContaining('chmod o-r') });
    writeFileSync(file, 'web:secret\n');
    chmodSync(file, 0o640);
    await using own = await startServer({ args: ['--memory', '-Y', file] });
    expect(own.log).not.toContainEqual(warning);
    chmodSync(file, 0o644);
    await hangUp(own);
    expect(own.log).toContainEqual(warning);
    await own.restart();
    expect(own.log).toContainEqual(warning);
  });

  it('is read again on HUP; who is in stays in, and a file with a mistake changes nothing', async () => {
    const changing = join(directory, 'changing');
    writeFileSync(changing, 'web:first\n');
    await using own = await startServer({ args: ['--memory', '-Y', changing] });
    using early = await TextClient.connect(own.port);
    expect(await early.set('login', 'web first')).toBe('STORED');

    const accepts = async (value: string) => {
      using client = await TextClient.connect(own.port);
      return (await client.set('login', value)) === 'STORED';
    };
    writeFileSync(changing, 'web:second\n');
    expect(await accepts('web second')).toBe(false);
    expect(await hangUp(own)).toMatchObject({ msg: 'users and certificates were read again' });
    expect([await accepts('web first'), await accepts('web second')]).toEqual([false, true]);
    expect(await early.set('q', 'job')).toBe('STORED');

    writeFileSync(changing, 'web\n');
    expect(await hangUp(own)).toMatchObject({ error: `${changing}:1: it must be user:password` });
    expect(await accepts('web second')).toBe(true);
    expect(await own.stop()).toBe(0);
  });
});
