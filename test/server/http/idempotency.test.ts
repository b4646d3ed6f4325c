import { request } from 'node:http';
import { describe, expect } from 'vitest';
import { withApi } from '../../fixtures/api.ts';
import { until } from '../../helpers/until.ts';

const it = withApi(['--memory', '--max-item-size', '2k'], '[queue:full]\nmax_items = 1\n');

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\ndelete full\r\n');
});

function key(name: string) {
  return { 'idempotency-key': name };
}

describe('a POST with an Idempotency-Key', () => {
  it('is done once, and answered each time as the first one', async ({ api, client }) => {
    const post = () => api.post('/queues/q/messages?id=x', 'work()', key('once'));
    const first = await post();
    expect(first.status).toBe(201);
    expect(first.headers['idempotency-replayed']).toBe(undefined);
    const again = await post();
    expect([again.status, again.json, again.headers.location]).toEqual([
      201,
      first.json,
      first.headers.location,
    ]);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await client.drain('q')).toEqual(['work()']);
    await post();
    expect(await client.drain('q')).toEqual([]);
    const batch = () => api.post('/queues/q/messages/batch', [{ payload: 'a' }], key('batch'));
    expect((await batch()).json).toEqual((await batch()).json);
    expect(await client.drain('q')).toEqual(['a']);
  });

  it('is refused where another request had that key; each path has its own', async ({ api, client }) => {
    await api.post('/queues/q/messages?delay=0', 'work()', key('other'));
    for (const [query, body] of [
      ['?delay=0', 'rest()'],
      ['?delay=1', 'work()'],
      ['', 'work()'],
    ]) {
      const { json } = await api.post(`/queues/q/messages${query}`, body, key('other'));
      expect(json).toMatchObject({ status: 422, code: 'idempotency-key' });
    }
    expect((await api.post('/queues/full/messages?delay=0', 'rest()', key('other'))).status).toBe(201);
    expect(await client.drain('q')).toEqual(['work()']);
    expect((await api.post('/queues/q/messages', 'work()', key('x'.repeat(256)))).status).toBe(400);
  });

  it('may be asked for again where it was refused', async ({ api, client }) => {
    await client.set('full', 'first');
    const post = () => api.post('/queues/full/messages', 'work()', key('full'));
    expect((await post()).status).toBe(507);
    await client.getText('full');
    expect((await post()).status).toBe(201);
    expect((await api.post('/queues/q/messages', 'x'.repeat(5000), key('large'))).status).toBe(413);
  });

  it('is refused while the first one is in work', async ({ api, server, client }) => {
    // Its body is not whole yet, so it is not known to be the same: it is not in work before it is.
    const sent = request(`${server.url}/api/v1/queues/q/messages`, {
      method: 'POST',
      agent: false,
      headers: { 'content-length': 6, ...key('slow') },
    });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      sent.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
    });
    sent.write('wor');
    expect((await api.post('/queues/q/messages', 'work()', key('slow'))).status).toBe(201);
    sent.end('k()');
    expect(await answered).toBe(201);
    expect(await client.drain('q')).toEqual(['work()']);
    const all = Array.from({ length: 20 }, () => api.post('/queues/q/messages', 'many()', key('many')));
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(new Set([...statuses, 409])).toEqual(new Set([201, 409]));
    await until(async () => (await api.post('/queues/q/messages', 'many()', key('many'))).status === 201);
    expect(await client.drain('q')).toEqual(['many()']);
  });
});
