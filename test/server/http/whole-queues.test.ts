import { describe, expect } from 'vitest';
import { withApi } from '../../fixtures/api.ts';
import type { ApiClient } from '../../helpers/api.ts';
import { until } from '../../helpers/until.ts';

const it = withApi();

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\ndelete target\r\n');
});

async function ready(api: ApiClient, queue: string): Promise<number | undefined> {
  return (await api.get(`/queues/${queue}`)).json.ready;
}

describe('what is about a whole queue', () => {
  it('is accepted, with the number and where to look', async ({ api, client }) => {
    for (const body of ['1', '2']) await client.set('q', body);
    const { status, json } = await api.post('/queues/q/purge');
    expect([status, json]).toEqual([202, { id: json.id, total: 2, url: `/api/v1/actions/${json.id}` }]);
    await until(async () => (await ready(api, 'q')) === 0);
  });

  it('moves all that waits to another queue, whose name may be new', async ({ api, client }) => {
    for (const body of ['1', '2', '3']) await client.set('q', body);
    expect((await api.post('/queues/q/move', { to: 'target', expect: 3 })).json.total).toBe(3);
    await until(async () => (await ready(api, 'target')) === 3);
    expect(await client.drain('target')).toEqual(['1', '2', '3']);
    expect((await api.post('/queues/q/move', { to: 'a b' })).json).toMatchObject({
      status: 422,
      errors: [{ pointer: '/to', detail: 'has " " in it' }],
    });
    expect((await api.post('/queues/q/move', { to: 'q' })).status).toBe(422);
    expect((await api.post('/queues/q/move', {})).json.errors[0].pointer).toBe('/to');
    const json = { 'content-type': 'application/json' };
    expect((await api.post('/queues/q/move', '{', json)).status).toBe(400);
    expect((await api.post('/queues/q/move', 'target')).status).toBe(415);
  });

  it('removes a queue', async ({ api, client }) => {
    await client.set('q', 'job');
    await client.set('q', 'job');
    await client.getText('q/open');
    expect((await api.delete('/queues/q?expect=2')).json.total).toBe(2);
    await until(async () => (await api.get('/queues/q')).status === 404);
    expect((await api.delete('/queues/q')).status).toBe(404);
    expect((await api.post('/queues/q/purge')).status).toBe(404);
  });

  it('is refused where there are more or less than one thought by more than a tenth', async ({
    api,
    client,
  }) => {
    for (let i = 0; i < 21; i++) await client.set('q', `job ${i}`);
    for (const expected of [0, 19, 24]) {
      const { json } = await api.post('/queues/q/purge', { expect: expected });
      expect(json).toMatchObject({
        status: 409,
        code: 'changed',
        detail: `there are 21 messages, not about ${expected}`,
      });
      expect((await api.post('/queues/q/move', { to: 'target', expect: expected })).status).toBe(409);
      expect((await api.delete(`/queues/q?expect=${expected}`)).status).toBe(409);
    }
    expect(await ready(api, 'q')).toBe(21);
    expect((await api.post('/queues/q/purge', { expect: 20 })).status).toBe(202);
  });
});
