import { request } from 'node:http';
import { describe, expect } from 'vitest';
import { withApi } from '../../fixtures/api.ts';
import { ApiClient } from '../../helpers/api.ts';
import { startServer } from '../../helpers/server.ts';
import { until } from '../../helpers/until.ts';

const it = withApi(['--memory']);

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\n');
});

describe('a job by its id', () => {
  it('has a status from its beginning to its end', async ({ api, client, worker }) => {
    await client.set('q/id=x', 'work()');
    expect((await api.get('/queues/q/jobs/x')).json).toMatchObject({
      id: 'x',
      queue: { name: 'q', key: 'q' },
      status: 'waiting',
      attempts: 0,
      ended_at: null,
    });
    await worker.getText('q/open');
    await worker.set('q/progress', '{"percent":50}');
    expect((await api.get('/queues/q/jobs/x')).json).toMatchObject({
      status: 'running',
      attempts: 1,
      progress: '{"percent":50}',
    });
    await worker.set('q/close', Buffer.from([0xff, 0]));
    const { json } = await api.get('/queues/q/jobs/x');
    expect(json).toMatchObject({ status: 'complete', result: null, result_base64: '/wA=' });
    expect(json.ended_at).toMatch(/^\d{4}-.*\.\d{3}Z$/);
  });

  it('may have an id that has to be percent-encoded', async ({ api }) => {
    await api.post('/queues/q/messages?id=%C3%BC%3F%23%25', 'work()');
    expect((await api.get('/queues/q/jobs/%C3%BC%3F%23%25')).json.id).toBe('ü?#%');
    expect((await api.get('/queues/q/jobs/%FF')).status).toBe(422);
  });

  it('is waited for', async ({ api, client, worker }) => {
    await client.set('q/id=x', 'work()');
    await worker.getText('q/open');
    const first = api.get('/queues/q/jobs/x?wait=10m');
    const early = await api.get('/queues/q/jobs/x?wait=1ms');
    expect(early.json.status).toBe('running');
    await worker.set('q/close', 'done');
    expect((await first).json).toMatchObject({ status: 'complete', result: 'done' });
    expect((await api.get('/queues/q/jobs/none?wait=10m')).status).toBe(404);
    expect((await api.get('/queues/q/jobs/x?wait=long')).status).toBe(422);
  });

  it('is waited for by 64 at a time, and those who have gone do not count', async ({
    api,
    server,
    client,
  }) => {
    await client.set('q/id=x', 'work()');
    const waits = Array.from({ length: 64 }, () => {
      const sent = request(`${server.url}/api/v1/queues/q/jobs/x?wait=10m`, { agent: false });
      sent.on('error', () => {});
      sent.end();
      return sent;
    });
    const probe = () => api.get('/queues/q/jobs/x?wait=1ms');
    await until(async () => (await probe()).status === 503);
    const { json, headers } = await probe();
    expect([json.code, headers['retry-after']]).toEqual(['busy', '1']);
    expect((await api.get('/queues/q/jobs/x')).status).toBe(200);
    for (const wait of waits) wait.destroy();
    await until(async () => (await probe()).status === 200);
  });

  it('is told as it is by then to all who wait when the server stops, which does not wait for them', async () => {
    await using own = await startServer({ http: true, args: ['--memory'] });
    const api = await ApiClient.of(own.url);
    await api.post('/queues/q/messages?id=x', 'work()');
    const waits = Array.from({ length: 64 }, () => api.get('/queues/q/jobs/x?wait=1h'));
    await until(async () => (await api.get('/queues/q/jobs/x?wait=1ms')).status === 503);
    const stopped = own.stop();
    for (const { status, json } of await Promise.all(waits))
      expect([status, json.status]).toEqual([200, 'waiting']);
    expect(await stopped).toBe(0);
  });

  it('is cancelled, once', async ({ api, client, worker }) => {
    await client.set('q/id=x', 'work()');
    expect((await api.delete('/queues/q/jobs/x')).status).toBe(204);
    expect((await api.delete('/queues/q/jobs/x')).json).toMatchObject({
      status: 409,
      code: 'ended',
      detail: 'the job is cancelled',
    });
    expect((await api.delete('/queues/q/jobs/none')).status).toBe(404);
    await client.set('q/id=y', 'work()');
    await worker.getText('q/open');
    expect((await api.delete('/queues/q/jobs/y')).status).toBe(204);
    expect(await worker.set('q/close', '')).toBe('NOT_STORED');
  });
});
