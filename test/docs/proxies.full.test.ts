import { spawnSync } from 'node:child_process';
import { get } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ask, type HttpRequest } from '../helpers/http.ts';
import { behindCaddy, behindNginx, HOST, PASSWORD } from '../helpers/proxies.ts';
import { logged } from '../helpers/server-log.ts';
import { TextClient } from '../helpers/text-client.ts';
import { until } from '../helpers/until.ts';

describe.each([
  ['nginx', ['-v'], behindNginx],
  ['caddy', ['version'], behindCaddy],
] as const)('behind %s', (program, versionFlags, start) => {
  const isThere = spawnSync(program, versionFlags).error === undefined;
  if (!isThere) console.warn(`nothing is tried behind ${program}: it is not installed`);
  const itBehind = it.runIf(isThere);

  const through = (url: string, path: string, { headers, ...more }: HttpRequest = {}) =>
    ask(url, `/memq${path}`, {
      basic: `alice:${PASSWORD}`,
      ...more,
      headers: { host: HOST, ...(headers as Record<string, string>) },
    });

  itBehind('the proxy says who it is, whatever its client says', async () => {
    const { server, url } = await start();
    const answer = await through(url, '/api/v1/server');
    expect([answer.status, JSON.parse(answer.text).role]).toEqual([200, 'operator']);
    expect((await through(url, '/api/v1/server', { basic: 'alice:wrong' })).status).toBe(401);
    expect((await through(url, '/api/v1/server', { basic: '' })).status).toBe(401);
    const asAlice = { headers: { 'x-remote-user': 'alice' } };
    expect((await through(url, '/api/v1/server', { ...asAlice, basic: `mallory:${PASSWORD}` })).status).toBe(
      401,
    );
    expect((await through(url, '/api/v1/server', { ...asAlice, basic: '' })).status).toBe(401);
    const from = server.log.length;
    const headers = { 'x-remote-user': 'root', 'x-forwarded-for': '10.6.6.6', origin: `https://${HOST}` };
    const { status } = await through(url, '/api/v1/queues/q/pause', { method: 'PUT', headers });
    expect(status).toBe(204);
    const action = await logged(server, ({ msg }) => msg === 'action', from);
    expect(action).toMatchObject({ user: 'alice', target: '/api/v1/queues/q/pause', status: 204 });
    expect(action.address).not.toBe('10.6.6.6');
    const evil = { headers: { origin: 'https://evil.example' }, method: 'DELETE' };
    expect(await through(url, '/api/v1/queues/q/pause', evil)).toMatchObject({ code: 'cross-site' });
  });

  itBehind('paths and bodies arrive as they are, and large ones do', async () => {
    const { server, url } = await start();
    const post = (path: string, body: string | Buffer, type: string) =>
      through(url, path, { method: 'POST', body, headers: { 'content-type': type } });
    const bytes = Buffer.alloc(1024 * 1024, 'x');
    const { status, headers } = await post(
      '/api/v1/queues/%E7%8E%8B%3F/messages',
      bytes,
      'application/octet-stream',
    );
    expect(status).toBe(201);
    expect(headers.location).toMatch(/^\/memq\/api\/v1\/queues\/~/);
    const { text } = await through(url, `${headers.location!.slice('/memq'.length)}/body`);
    expect(text).toBe(bytes.toString());
    using client = await TextClient.connect(server.port);
    const line = `${JSON.stringify({ payload: 'y'.repeat(1024 * 1024 - 1) })}\n`;
    const batch = await post('/api/v1/queues/q/messages/batch', line.repeat(12), 'application/x-ndjson');
    expect(JSON.parse(batch.text).results.map((each: { status: number }) => each.status)).toEqual(
      new Array(12).fill(201),
    );
    expect(await client.getText('q')).toBe('y'.repeat(1024 * 1024 - 1));
  });

  itBehind('a stream is not held back', async () => {
    const { server, url } = await start();
    using client = await TextClient.connect(server.port);
    let told = '';
    const headers = {
      host: HOST,
      authorization: `Basic ${Buffer.from(`alice:${PASSWORD}`).toString('base64')}`,
    };
    const path = '/memq/api/v1/live?topics=queue:fresh';
    const stream = get({ socketPath: url.slice('unix:'.length), path, headers }, (response) => {
      expect(response.headers['content-type']).toMatch(/^text\/event-stream/);
      response.on('data', (chunk) => {
        told += chunk;
      });
    });
    onTestFinished(() => {
      stream.destroy();
    });
    await until(() => told.includes('data: null'));
    await client.set('fresh', 'job');
    await until(() => told.includes('"ready":1'));
  });
});
