import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { newToken } from '../../../server/http/passwords.ts';
import { ROLES, type Role } from '../../../server/http/role.ts';
import { type ServerFixtures, withServer } from '../../fixtures/server.ts';
import { ask } from '../../helpers/http.ts';
import { startServer } from '../../helpers/server.ts';
import { logged } from '../../helpers/server-log.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-roles-'));
const users = join(directory, 'users');
const tokens = new Map<Role, string>();
const lines = ROLES.map((role) => {
  const { token, hash } = newToken();
  tokens.set(role, token);
  return `a-${role}:${role}:${hash}\n`;
});
writeFileSync(users, lines.join(''), { mode: 0o600 });

afterAll(() => rmSync(directory, { recursive: true }));

const it = withServer(['--memory', '--http', '127.0.0.1:0', '--http-auth-file', users]);

/** Whether the role was enough: what comes of the request then is not looked at. */
async function may(
  server: ServerFixtures['server'],
  role: Role,
  method: string,
  path: string,
): Promise<boolean> {
  const { status } = await ask(server.url, path, { method, bearer: tokens.get(role) as string });
  expect([401, 421, 429, 500]).not.toContain(status);
  return status !== 403;
}

it.for<[string, string, Role]>([
  ['GET', '/metrics', 'metrics'],
  ['GET', '/metrics?queue=a', 'metrics'],
  ['GET', '/api/openapi.json', 'viewer'],
  ['GET', '/', 'viewer'],
  ['GET', '/api/v1/queues', 'viewer'],
  ['HEAD', '/api/v1/queues', 'viewer'],
  ['GET', '/api/v1/queues/q/messages/1-1/body', 'viewer'],
  ['POST', '/metrics/x', 'operator'],
  ['POST', '/api/v1/queues/q/messages', 'operator'],
  ['POST', '/api/v1/queues/q/move', 'operator'],
  ['PUT', '/api/v1/queues/q/pause', 'operator'],
  ['DELETE', '/api/v1/queues/q/pause', 'operator'],
  ['DELETE', '/api/v1/queues/q/jobs/1', 'operator'],
  ['POST', '/api/v1/actions', 'operator'],
  ['DELETE', '/api/v1/actions/1', 'operator'],
  ['POST', '/api/v1/workers/w/stop', 'operator'],
  ['PATCH', '/api/v1/what/comes/next', 'operator'],
  ['DELETE', '/api/v1/queues/q', 'admin'],
  ['DELETE', '/api/v1/queues/~cQ', 'admin'],
  ['DELETE', '/api/v1/queues/%71', 'admin'],
  ['POST', '/api/v1/queues/q/purge', 'admin'],
  ['POST', '/api/v1/queues/q/%70urge', 'admin'],
  ['GET', '/api/v1/settings', 'admin'],
  ['GET', '/api/v1/audit', 'admin'],
])('%s %s takes the role %s', async ([method, path, least], { server }) => {
  for (const role of ROLES)
    expect([role, await may(server, role, method, path)]).toEqual([
      role,
      ROLES.indexOf(role) >= ROLES.indexOf(least),
    ]);
});

it('an action is a line of the log, whatever became of it; reads and messages that come are none', async ({
  server,
}) => {
  const from = server.log.length;
  const bearer = tokens.get('operator') as string;
  await ask(server.url, '/api/v1/queues', { bearer });
  await ask(server.url, '/api/v1/queues/mail/messages', { method: 'POST', bearer });
  await ask(server.url, '/api/v1/queues/mail/messages/batch', { method: 'POST', bearer });
  await ask(server.url, '/api/v1/queues/mail/purge', { method: 'POST', bearer });
  await ask(server.url, '/api/v1/queues/mail/last', {
    method: 'DELETE',
    bearer: tokens.get('viewer') as string,
  });
  await logged(server, ({ target }) => target === '/api/v1/queues/mail/last', from);
  expect(server.log.slice(from).filter(({ msg }) => msg === 'action')).toEqual([
    expect.objectContaining({
      user: 'a-operator',
      address: '127.0.0.1',
      action: expect.stringMatching(/^POST /),
      target: '/api/v1/queues/mail/purge',
      status: 403,
    }),
    expect.objectContaining({ user: 'a-viewer', action: expect.stringMatching(/^DELETE /), status: 403 }),
  ]);
});

it('read only, nothing can be changed by anybody', async () => {
  await using server = await startServer({ http: true, args: ['--memory', '--http-readonly'] });
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
    for (const path of ['/api/v1/queues/q/messages', '/api/v1/queues/q', '/api/v1/actions', '/what/else'])
      expect(await ask(server.url, path, { method })).toMatchObject({ status: 403, code: 'read-only' });
  expect((await ask(server.url, '/api/openapi.json')).status).toBe(200);
});
