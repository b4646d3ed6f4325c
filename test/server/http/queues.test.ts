import { describe, expect } from 'vitest';
import { utf8AsLatin1 } from '../../../shared/latin1.ts';
import { withApi } from '../../fixtures/api.ts';
import { ApiClient } from '../../helpers/api.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

const it = withApi(
  ['--memory'],
  '[queue:*]\nttl = 7d\n[queue:limited-*]\nmax_items = 7\ndead_letter_to = grüße\n',
);

it.beforeEach(async ({ api }) => {
  const { json } = await api.get('/queues?limit=1000');
  for (const { key } of json.items) await api.delete(`/queues/${key}`);
});

async function namesOf(api: ApiClient, query: string): Promise<string[]> {
  const { json } = await api.get(`/queues?${query}`);
  return json.items.map(({ name }: { name: string }) => name);
}

/** Follows a list to its end. */
async function pages(api: ApiClient, query: string): Promise<string[][]> {
  const found: string[][] = [];
  for (let cursor = ''; ; ) {
    const { json, headers } = await api.get(`/queues?${query}${cursor}`);
    found.push(json.items.map(({ name }: { name: string }) => name));
    if (json.next === null) return found;
    cursor = `&cursor=${json.next}`;
    expect(headers.link).toContain(`cursor=${json.next}`);
    expect(headers.link).toMatch(/^<\?.*>; rel="next"$/);
  }
}

describe('the list of queues', () => {
  it('has all of them by name, with their figures', async ({ api, client }) => {
    await client.set('b', 'job');
    await client.set('b', 'job');
    await client.set('a/delay=100', 'job');
    await client.getText('b/open');
    const { json } = await api.get('/queues');
    expect(json.items).toMatchObject([
      { name: 'a', key: 'a', ready: 0, delayed: 1, reserved: 0, failed: 0, paused: false, held_by: null },
      { name: 'b', key: 'b', ready: 1, delayed: 0, reserved: 1, counts: { enqueued: 2, delivered: 1 } },
    ]);
    expect(json.next).toBe(null);
  });

  it('comes in pages, by name and by figures, each queue once', async ({ api, client }) => {
    for (const name of ['c', 'a', 'e', 'b', 'd']) await client.set(utf8AsLatin1(name), 'job');
    await client.set('d', 'another');
    await client.set('d', 'a third');
    await client.set('b', 'another');
    expect(await pages(api, 'limit=2')).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(await pages(api, 'limit=2&sort=ready')).toEqual([['d', 'b'], ['a', 'c'], ['e']]);
    expect(await pages(api, 'limit=5&sort=ready')).toEqual([['d', 'b', 'a', 'c', 'e']]);
    for (const sort of ['delayed', 'reserved', 'failed', 'oldest', 'in', 'out', 'wait'])
      expect((await pages(api, `limit=3&sort=${sort}`)).flat().sort(), sort).toEqual([
        'a',
        'b',
        'c',
        'd',
        'e',
      ]);
  });

  it('loses none by age, though ages grow from page to page', async ({ api, client }) => {
    for (const name of ['a', 'b', 'c']) await client.set(utf8AsLatin1(name), 'job');
    const { json } = await api.get('/queues?limit=1&sort=oldest');
    const age = async (): Promise<number> => (await api.get('/queues/a')).json.oldest_age;
    await expect.poll(age, { timeout: 60_000 }).toBeGreaterThan(json.items[0].oldest_age);
    expect(await namesOf(api, `limit=5&sort=oldest&cursor=${json.next}`)).toEqual(['b', 'c']);
  });

  it('goes on behind a queue that is gone meanwhile', async ({ api, client }) => {
    for (const name of ['a', 'b', 'c']) await client.set(utf8AsLatin1(name), 'job');
    const { json } = await api.get('/queues?limit=1');
    await api.delete('/queues/a');
    expect(await namesOf(api, `limit=1&cursor=${json.next}`)).toEqual(['b']);
  });

  it('has those only whose names match a glob', async ({ api, client }) => {
    for (const name of ['mail:a', 'mail:b', 'image', 'grüße']) await client.set(utf8AsLatin1(name), 'job');
    expect(await namesOf(api, 'q=mail:*')).toEqual(['mail:a', 'mail:b']);
    expect(await namesOf(api, `q=${encodeURIComponent('{image,gr??e}')}`)).toEqual(['grüße', 'image']);
    expect(await pages(api, 'q=mail:*&limit=1')).toEqual([['mail:a'], ['mail:b']]);
    const { status, json } = await api.get('/queues?q=%5Bx');
    expect([status, json.errors]).toEqual([
      422,
      [{ pointer: '/q', detail: expect.stringContaining('"[" has no "]"') }],
    ]);
  });

  it('has those only that are paused, that nobody reads or that fail', async ({ api, client, worker }) => {
    await api.put('/queues/paused/pause');
    await client.set('unread', 'job');
    await client.set('read', 'job');
    await worker.getText('read/open');
    await client.set('read', 'job');
    await client.set('failing', 'job');
    await worker.getText('failing/open');
    await worker.set('failing/fail/final', 'why');
    expect(await namesOf(api, 'state=paused')).toEqual(['paused']);
    expect(await namesOf(api, 'state=no-readers')).toEqual(['unread']);
    expect(await namesOf(api, 'state=failing')).toEqual(['failing']);
    expect(await namesOf(api, 'state=failing,paused')).toEqual(['failing', 'paused']);
  });

  it('has how they have been lately where that is asked for', async ({ api, client }) => {
    await client.set('a', 'job');
    expect((await api.get('/queues')).json.items[0]).not.toHaveProperty('recent');
    await expect
      .poll(async () => (await api.get('/queues?with=recent')).json.items[0].recent?.step_ms, {
        timeout: 20_000,
      })
      .toBe(5000);
    expect((await api.get('/queues?with=everything')).status).toBe(400);
  });

  it('refuses what it does not know', async ({ api }) => {
    for (const query of ['state=asleep', 'sort=size', 'limit=0', 'limit=1001', 'cursor=x'])
      expect((await api.get(`/queues?${query}`)).status, query).toBe(400);
  });

  it('has five thousand in pages, each once', async () => {
    await using server = await startServer({ args: ['--memory'], http: true });
    using client = await TextClient.connect(server.port);
    const api = await ApiClient.of(server.url);
    const names = Array.from({ length: 5000 }, (_, i) => `many:${i}`);
    await client.exchange(`${names.map((name) => `set ${name} 0 0 1 noreply\r\nx\r\n`).join('')}version\r\n`);
    const found = await pages(api, 'limit=999&q=many:*');
    expect(found.map(({ length }) => length)).toEqual([999, 999, 999, 999, 999, 5]);
    expect(found.flat()).toEqual(names.sort());
  });
});

describe('one queue', () => {
  it('has its policy', async ({ api, client }) => {
    await client.set('limited-1', 'job');
    const { json } = await api.get('/queues/limited-1');
    expect(json).toMatchObject({ name: 'limited-1', ready: 1, policy: { max_items: 7, max_attempts: 25 } });
    expect(json.policy.dead_letter_to).toBe('grüße');
    const limited = 'queue:limited-*';
    expect(json.policy_from).toEqual({ ttl: 'queue:*', max_items: limited, dead_letter_to: limited });
  });

  it('may have a name of any bytes, which is told as a key and percent-encoded', async ({ api, client }) => {
    const names = ['grüße', 'a%b', '..', '.', 'a?b#c', 'my:memq:test', '~fm9v', '\'"<b>', '日本'];
    for (const name of names) {
      await client.set(utf8AsLatin1(name), 'job');
      const [byName] = (await api.get('/queues?limit=1000')).json.items.filter(
        (queue: { name: string }) => queue.name === name,
      );
      expect(byName, name).toBeDefined();
      expect((await api.get(`/queues/${byName.key}`)).json, name).toMatchObject({ name, ready: 1 });
      // URL libraries drop dots, and a name that looks like a key is one.
      if (/^\.|^~/.test(name)) continue;
      expect((await api.get(`/queues/${encodeURIComponent(name)}`)).json.key, name).toBe(byName.key);
    }
    await client.exchange(Buffer.from('set \xff\xfe 0 0 1\r\nx\r\n', 'latin1'));
    const key = `~${Buffer.from('\xff\xfe', 'latin1').toString('base64url')}`;
    expect((await api.get(`/queues/${key}`)).json).toMatchObject({ key, ready: 1 });
  });

  it('is not found, or cannot be', async ({ api }) => {
    expect((await api.get('/queues/none')).json).toMatchObject({ status: 404, code: 'not-found' });
    const wrong = ['a%20b', 'a%2Fb', '$watch', 'a%0Ab', 'x'.repeat(201), '%FF', '~AA'];
    for (const name of wrong) {
      const { json } = await api.put(`/queues/${name}/pause`);
      expect(json.status, name).toBe(422);
      expect(json.detail.length, name).toBeGreaterThan(20);
    }
    expect((await api.get('/queues/a%20b')).json.detail).toBe('the name of a queue has " " in it: "a b"');
  });

  it('is paused and goes on, as often as one says so', async ({ api, client }) => {
    expect((await api.put('/queues/q/pause')).status).toBe(204);
    expect((await api.put('/queues/q/pause')).status).toBe(204);
    await client.set('q', 'job');
    expect(await client.getText('q')).toBe(undefined);
    expect((await api.get('/queues/q')).json).toMatchObject({ paused: true, held: 1, held_by: 'paused' });
    expect((await api.delete('/queues/q/pause')).status).toBe(204);
    expect((await api.delete('/queues/q/pause')).status).toBe(204);
    expect(await client.getText('q')).toBe('job');
    expect((await api.delete('/queues/none/pause')).status).toBe(404);
  });

  it('has a history together with all others', async ({ api, client }) => {
    await client.set('q', 'x');
    // The second in which that was looked at.
    const told = async () => {
      const { json } = await api.get('/history?window=2m&series=enqueued,depth');
      expect(Object.keys(json.series)).toEqual(['enqueued', 'depth']);
      expect(json.times).toHaveLength(120);
      return json.series.enqueued.some((count: number | null) => (count ?? 0) > 0);
    };
    await until(told);
    expect((await api.get('/history')).json).toMatchObject({ window: '1h', step_ms: 60_000 });
    expect((await api.get('/history?window=1m')).status).toBe(400);
  });

  it('has its history compressed for who accepts that', async ({ api, server, client }) => {
    await client.set('q', 'job');
    for (const path of ['/queues/q/history?window=7d', '/history?window=7d']) {
      // fetch asks for gzip, and unpacks it.
      const packed = await fetch(`${server.url}/api/v1${path}`);
      expect(packed.headers.get('content-encoding')).toBe('gzip');
      const plain = await api.call(path, { headers: { 'accept-encoding': 'gzip;q=0, *' } });
      expect(plain.headers['content-encoding']).toBeUndefined();
      for (const vary of [packed.headers.get('vary'), plain.headers.vary])
        expect(vary).toBe('accept-encoding');
      for (const type of [packed.headers.get('content-type'), plain.headers['content-type']])
        expect(type).toBe('application/json');
      const json = await packed.json();
      expect(Object.keys(json.series)).toEqual(Object.keys(plain.json.series));
    }
    // What is not there is told as ever.
    const missing = await fetch(`${server.url}/api/v1/queues/none/history`);
    expect([missing.status, (await missing.json()).code]).toEqual([404, 'not-found']);
  });

  it('has a history', async ({ api, client }) => {
    await client.set('q', 'job');
    const { status, json } = await api.get('/queues/q/history?window=2m&series=ready');
    expect([status, json.window]).toEqual([200, '2m']);
    for (const column of Object.values(json.series)) expect(column).toHaveLength(json.times.length);
    expect((await api.get('/queues/q/history?window=3m')).status).toBe(400);
  });
});
