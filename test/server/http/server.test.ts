import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { newToken } from '../../../server/http/passwords.ts';
import { utf8AsLatin1 } from '../../../shared/latin1.ts';
import { VERSION } from '../../../shared/version.ts';
import { ApiClient } from '../../helpers/api.ts';
import { startServer } from '../../helpers/server.ts';
import { until } from '../../helpers/until.ts';
import { fail, withApi } from './with-api.ts';

it('the server tells what it is and how it is', async () => {
  const { server, api, client } = await withApi();
  expect(await client.ask('version')).toContain('VERSION');
  const { status, json } = await api.get('/server');
  expect(status).toBe(200);
  expect(json).toMatchObject({
    version: VERSION,
    node: process.versions.node,
    pid: server.pid,
    health: 'ok',
    user: null,
    role: 'admin',
    readonly: false,
    base_path: '',
    memcache: { host: '127.0.0.1', port: server.port },
    unix_socket: null,
    connections: 1,
    limits: { max_item_size: 1024 * 1024 },
  });
  expect(Date.parse(json.started_at)).toBeLessThanOrEqual(Date.parse(json.now));
  expect(json.memory_bytes).toBeGreaterThan(10_000_000);
});

it('the server tells who its client is, and what is before its paths and where memcache clients connect', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'memq-server-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [users, socket] = [join(directory, 'users'), join(directory, 'memq.sock')];
  const { token, hash } = newToken();
  writeFileSync(users, `wang 王:viewer:${hash}\n`, { mode: 0o600 });
  const args = ['--memory', '-s', socket, '--http-auth-file', users, '--http-base-path', '/a/memq'];
  const server = await startServer({ http: true, args });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const api = await ApiClient.of(server.url, { authorization: `Bearer ${token}` });
  expect((await api.get('/server')).json).toMatchObject({
    user: 'wang 王',
    role: 'viewer',
    base_path: '/a/memq',
    memcache: { host: '127.0.0.1', port: server.port },
    unix_socket: socket,
  });
});

it('a path that knows other methods says which', async () => {
  const { api } = await withApi();
  const asked = async (method: string, path: string) => {
    const { status, headers, json } = await api.raw(path, { method });
    return [status, headers.allow, json?.code];
  };
  expect(await asked('PATCH', '/api/v1/queues/q')).toEqual([405, 'DELETE, GET, HEAD', 'method']);
  expect(await asked('POST', '/api/v1/queues')).toEqual([405, 'GET, HEAD', 'method']);
  expect(await asked('GET', '/api/v1/queues/q/purge')).toEqual([405, 'POST', 'method']);
  expect(await asked('DELETE', '/metrics')).toEqual([405, 'GET, HEAD', 'method']);
  expect(await asked('PUT', '/failed')).toEqual([405, 'GET, HEAD', 'method']);
  expect(await asked('POST', '/api/v1/none')).toEqual([404, undefined, 'not-found']);
});

it('the overview has what all queues have together', async () => {
  const { api, client } = await withApi();
  const before = await api.get('/overview');
  expect(before.json).toMatchObject({
    queues: 0,
    ready: 0,
    oldest: null,
    oldest_running: null,
    conditions: [],
  });
  await client.set('a', '1');
  await client.set('a', '2');
  await client.set('b', '3');
  await client.set('b/delay=1000', '4');
  await client.get('b/open');
  await fail(client, 'c', 'no such file 17');
  const { json } = await api.get('/overview');
  expect(json).toMatchObject({ queues: 3, ready: 2, delayed: 1, reserved: 1, failed: 1, workers: 0 });
  expect(json.oldest).toEqual({ queue: { name: 'a', key: 'a' }, age: expect.any(Number) });
  expect(json.oldest_running.queue).toEqual({ name: 'b', key: 'b' });
  expect(json.top_errors).toMatchObject([{ queue: { name: 'c' }, count: 1, sample: 'no such file 17' }]);
  expect(json.counts).toMatchObject({ enqueued: 5, failed: 1, delivered: 2 });
});

it('the overview tells of a queue that is full', async () => {
  const { api, client } = await withApi({ config: '[queue:small]\nmax_items = 2\n' });
  await client.set('small', '1');
  expect((await api.get('/overview')).json.conditions).toEqual([]);
  await client.set('small', '2');
  const conditions = async () => (await api.get('/overview')).json.conditions;
  // Totals that took a while to add up are good for a while.
  await until(async () => (await conditions()).length > 0);
  expect(await conditions()).toEqual([
    {
      code: 'queue-full',
      queue: { name: 'small', key: 'small' },
      text: '"small" is full: it has 2 of 2 messages',
    },
  ]);
});

it('hostile names and errors are readable, and nothing but text', async () => {
  const { api, client } = await withApi();
  const hostile = '"}<script>\u202e\u0001';
  await fail(client, utf8AsLatin1(hostile), `${hostile}\nat x`);
  await fail(client, 'raw', 'x');
  await client.ask(
    Buffer.concat([Buffer.from('set '), Buffer.from([0xff, 0xfe]), Buffer.from(' 0 0 1\r\nx')]),
  );
  const { json, text } = await api.get('/overview');
  const found = json.top_errors.find(({ queue }: { queue: { name: string } }) => queue.name === hostile);
  expect(found.queue.key).toBe(`~${Buffer.from(hostile).toString('base64url')}`);
  expect(found.sample).toBe(hostile);
  expect(text).not.toContain('\u0001');
  expect(json.oldest.queue).toEqual({ name: '\u00ff\u00fe', key: '~__4' });
});

it('polling costs an answer without a body where nothing has changed', async () => {
  const { api, client } = await withApi();
  for (const path of ['/workers', '/schedule', '/actions', '/failed/groups', '/running']) {
    const { headers } = await api.get(path);
    const again = await api.raw(`/api/v1${path}`, { headers: { 'if-none-match': headers.etag as string } });
    expect([path, again.status, again.text]).toEqual([path, 304, '']);
  }
  const { headers } = await api.get('/failed/groups');
  for (const known of ['*', `"other", ${headers.etag}`, (headers.etag as string).replace('W/', '')]) {
    const again = await api.raw('/api/v1/failed/groups', { headers: { 'if-none-match': known } });
    expect([known, again.status, again.headers.etag]).toEqual([known, 304, headers.etag]);
  }
  const other = await api.raw('/api/v1/failed/groups', { headers: { 'if-none-match': '"other"' } });
  expect([other.status, other.headers['content-type']]).toEqual([200, 'application/json']);
  await fail(client, 'q', 'bad');
  const changed = await api.call('/failed/groups', { headers: { 'if-none-match': headers.etag as string } });
  expect(changed.json.items).toHaveLength(1);
});

it('the settings in force are told', async () => {
  const { api } = await withApi({ config: 'max_item_size = 2m\n' });
  const { json } = await api.get('/settings');
  expect(json.settings).toContainEqual({ name: 'item_size_max', value: String(2 * 1024 * 1024) });
  expect(json.outdated).toEqual([]);
});

it('who has done what is told, the newest first', async () => {
  const { api } = await withApi();
  expect((await api.get('/audit')).json).toEqual({ items: [], next: null });
  await api.put('/queues/a/pause');
  await api.delete('/queues/none/pause');
  const first = (await api.get('/audit?limit=1')).json;
  const second = (await api.get(`/audit?limit=1&cursor=${first.next}`)).json;
  expect([...first.items, ...second.items]).toMatchObject([
    { target: '/api/v1/queues/none/pause', status: 404, user: null, address: '127.0.0.1' },
    { target: '/api/v1/queues/a/pause', status: 204 },
  ]);
  expect(second.next).toBeNull();
  const wrong = await api.get('/audit?cursor=nonsense');
  expect([wrong.status, wrong.json.code]).toEqual([400, 'cursor']);
});
