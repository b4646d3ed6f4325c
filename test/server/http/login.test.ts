import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { hashPassword, newToken } from '../../../server/http/passwords.ts';
import { withServer } from '../../fixtures/server.ts';
import { ask, type HttpRequest } from '../../helpers/http.ts';
import { startServer } from '../../helpers/server.ts';
import { logged } from '../../helpers/server-log.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-login-'));
const users = join(directory, 'users');
const PASSWORDS = {
  alice: 'correct horse',
  dave: 'another one',
  bob: 'battery staple',
  'jürgen 王': 'пароль: 密码',
};
const { token, hash } = newToken();
const lines = [`# who may use it`, `ci:operator:${hash}`, 'proxied:viewer:*'];
for (const [name, password] of Object.entries(PASSWORDS))
  lines.push(`${name}:admin:${await hashPassword(password)}`);
writeFileSync(users, `${lines.join('\n')}\n`, { mode: 0o600 });

afterAll(() => rmSync(directory, { recursive: true }));

const PATH = '/api/openapi.json';
/** Requests come from other addresses by a proxy that is trusted. */
const ARGS = ['--memory', '--http', '127.0.0.1:0', '--http-auth-file', users, '--http-proxy', '127.0.0.1'];
const it = withServer(ARGS);

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
const basic = (name: keyof typeof PASSWORDS) => ({ basic: `${name}:${PASSWORDS[name]}` });

describe('a request', () => {
  it.for<[string, HttpRequest, number]>([
    ['nothing', {}, 401],
    ['a password', basic('alice'), 200],
    ['a name and a password that are not ASCII', basic('jürgen 王'), 200],
    ['a wrong password', { basic: 'alice:wrong' }, 401],
    ['the password of somebody else', { basic: `alice:${PASSWORDS.bob}` }, 401],
    ['a name that there is not', { basic: 'carol:correct horse' }, 401],
    ['no password', { basic: 'alice:' }, 401],
    ['no colon', { basic: 'alice' }, 401],
    ['a token', { bearer: token }, 200],
    ['a wrong token', { bearer: `${token.slice(0, -1)}_` }, 401],
    ['the hash of a token', { bearer: hash.replace('$sha256$', '') }, 401],
    ['a token as a password', { basic: `ci:${token}` }, 401],
    ['a password as a token', { bearer: PASSWORDS.alice }, 401],
    ['who has none, with none', { basic: 'proxied:' }, 401],
    ['who has none, with the mark', { basic: 'proxied:*' }, 401],
    ['another scheme', { headers: { authorization: 'Digest x' } }, 401],
    ['half a header', { headers: { authorization: 'Basic' } }, 401],
  ])('with %s', async ([_what, request, status], { server }) => {
    const answer = await ask(server.url, PATH, request);
    expect(answer.status).toBe(status);
    if (status === 401) {
      expect(answer.code).toBe('unauthorized');
      expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="memq", charset="UTF-8", Bearer /);
    }
  });

  it('needs no login for a look at the health, and for nothing else', async ({ server }) => {
    expect((await ask(server.url, '/healthz')).status).toBe(200);
    expect((await ask(server.url, '/readyz')).status).toBe(200);
    for (const path of ['/', '/metrics', '/api/v1/server', '/healthz/', '/nothing', '//healthz'])
      expect([path, (await ask(server.url, path)).status]).toEqual([path, 401]);
  });

  it('that is refused is a line of the log, with the address and nothing of what was sent', async () => {
    await using server = await startServer({ args: [...ARGS] });
    await ask(server.url, PATH, { bearer: 'secret-guess', ...from('2001:db8::7') });
    const entry = await logged(server, ({ msg }) => msg === 'a login was refused');
    expect(entry).toMatchObject({ level: 40, protocol: 'http', address: '2001:db8::7' });
    expect(JSON.stringify(server.log)).not.toContain('secret-guess');
  });
});

describe('guesses', () => {
  const guess = (i: number, more: HttpRequest) => ({ basic: `dave:guess ${i}`, ...more });

  it('of one address and name are slowed down after ten; the right password is not refused for them', async ({
    server,
  }) => {
    const attacker = from('10.6.6.1');
    const begun = performance.now();
    for (let i = 0; i < 10; i++) expect((await ask(server.url, PATH, guess(i, attacker))).status).toBe(401);
    const [right, another] = await Promise.all([
      ask(server.url, PATH, { ...basic('dave'), ...attacker }),
      ask(server.url, PATH, guess(10, attacker)),
    ]);
    // One at a time, whichever came first; what was not looked at may come again.
    const answers = [right.status, another.status].sort();
    expect(answers).toContain(429);
    const again =
      right.status === 429 ? await ask(server.url, PATH, { ...basic('dave'), ...attacker }) : right;
    expect(again.status).toBe(200);
    // Of eleven looks in a minute the last one waits for what the first one has taken.
    expect(performance.now() - begun).toBeGreaterThan(5900);
    const refused = [right, another].find(({ status }) => status === 429);
    expect(refused).toMatchObject({ code: 'too-many-logins' });
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
    // What is known to be right is answered at once from now on, and so are other names and addresses.
    expect((await ask(server.url, PATH, { ...basic('dave'), ...attacker })).status).toBe(200);
    expect((await ask(server.url, PATH, { ...basic('bob'), ...attacker })).status).toBe(200);
    expect((await ask(server.url, PATH, { ...basic('dave'), ...from('10.6.6.2') })).status).toBe(200);
    expect((await ask(server.url, PATH, guess(11, from('10.6.6.2')))).status).toBe(401);
  });

  it('are looked at one at a time, and few wait; who is known, or has a token, is not kept out', async ({
    server,
  }) => {
    expect((await ask(server.url, PATH, basic('bob'))).status).toBe(200);
    const guesses = Array.from({ length: 40 }, (_, i) =>
      ask(server.url, PATH, guess(i, from(`10.7.0.${i}`))),
    );
    const known = await Promise.all([
      ask(server.url, PATH, { ...basic('bob'), ...from('10.7.1.1') }),
      ask(server.url, PATH, { bearer: token }),
    ]);
    expect(known.map(({ status }) => status)).toEqual([200, 200]);
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(20);
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(5);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
  });

  it('of one address do not wait behind each other', async ({ server }) => {
    const statuses = await Promise.all(
      Array.from(
        { length: 5 },
        async (_, i) => (await ask(server.url, PATH, { basic: `n${i}:x`, ...from('10.8.0.1') })).status,
      ),
    );
    expect(statuses).toContain(429);
    expect(statuses).toContain(401);
  });

  it('a browser that asks for six things at a time logs in once', async ({ server }) => {
    const me = { ...basic('jürgen 王'), ...from('10.9.0.1') };
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(server.url, PATH, me)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
  });
});
