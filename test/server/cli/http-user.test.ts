import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, it } from 'vitest';
import { ask } from '../../helpers/http.ts';
import { SERVER_BINARY, startServer } from '../../helpers/server.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-http-user-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function httpUser(input: string, ...args: string[]) {
  const child = spawn(process.execPath, [SERVER_BINARY, 'http-user', ...args]);
  child.stdin.on('error', () => {}).end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { stdout, stderr, code };
}

it('makes users that the server lets in', async () => {
  const alice = await httpUser('correct horse\n', 'alice', '--role', 'admin');
  const ci = await httpUser('', 'ci', '--role', 'viewer', '--token');
  expect([alice.code, ci.code, alice.stderr]).toEqual([0, 0, '']);
  expect(alice.stdout).toMatch(/^alice:admin:\$scrypt\$ln=14,r=8,p=1\$\S+\n$/);
  expect(ci.stdout).toMatch(/^ci:viewer:\$sha256\$[\w-]{43}\n$/);
  const token = /memq_[\w-]{43}/.exec(ci.stderr)?.[0] as string;
  expect(ci.stdout).not.toContain(token);

  const users = join(directory, 'users');
  writeFileSync(users, alice.stdout + ci.stdout, { mode: 0o600 });
  await using server = await startServer({ http: true, args: ['--memory', '--http-auth-file', users] });
  expect((await ask(server.url, '/api/openapi.json', { basic: 'alice:correct horse' })).status).toBe(200);
  expect((await ask(server.url, '/api/openapi.json', { bearer: token })).status).toBe(200);
});

it('never makes the same line twice', async () => {
  const lines = [
    await httpUser('correct horse', 'a', '--role', 'viewer'),
    await httpUser('correct horse', 'a', '--role', 'viewer'),
  ];
  expect(lines[0]?.stdout).not.toBe(lines[1]?.stdout);
});

it.each([
  [['alice'], /--role/],
  [['alice', '--role', 'boss'], /boss/],
  [['a:b', '--role', 'viewer'], /no name/],
  [['#a', '--role', 'viewer'], /no name/],
  [['a\nb', '--role', 'viewer'], /no name/],
  [['alice', '--role', 'viewer'], /the password has to have 8 characters/],
  [['--role', 'viewer'], /name/],
])('%j is wrong usage', async (args, why) => {
  expect(await httpUser('short\n', ...args)).toEqual({
    code: 64,
    stdout: '',
    stderr: expect.stringMatching(why),
  });
});
