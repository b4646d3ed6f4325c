import { expect, it } from 'vitest';
import { fail, withApi } from './with-api.ts';

it('messages are found by id, handle, error and body', async () => {
  const { api, client } = await withApi();
  await client.set('mail/id=order-17', 'send(1)');
  await client.set('pdf/delay=1000', 'draw("order-17")');
  await fail(client, 'web', 'no route to order-17');
  // Whoever has named one has it at once; the pages that follow have those that only mention it.
  const { json: named } = await api.get('/search?q=order-17');
  expect(named.items).toMatchObject([
    { queue: { key: 'mail' }, id: 'order-17', state: 'ready', preview: 'send(1)' },
  ]);
  const { json } = await api.get(`/search?q=order-17&cursor=${encodeURIComponent(named.next)}`);
  expect(json).toMatchObject({
    items: [
      { queue: { key: 'pdf' }, state: 'delayed' },
      { queue: { key: 'web' }, state: 'failed', error: 'no route to order-17' },
    ],
    next: null,
    scanned: 2,
  });
  const [delayed, failed] = json.items;
  expect((await api.get(`/search?q=${delayed.ref}`)).json.items).toEqual([delayed]);
  expect((await api.get('/search?q=order-17&state=delayed')).json.items).toEqual([delayed]);
  expect((await api.get('/search?q=order-17&queue=web')).json.items).toEqual([failed]);
  expect((await api.get('/search?q=order-18')).json.items).toEqual([]);
});

it('a search goes on where it was', async () => {
  const { api, client } = await withApi();
  for (let i = 0; i < 9; i++) await client.set('q', `needle(${i})`);
  const seen: string[] = [];
  for (let path: string | undefined = '/search?q=needle&limit=2'; path !== undefined; ) {
    const { json, headers } = await api.get(path);
    seen.push(...json.items.map(({ preview }: { preview: string }) => preview));
    const query = /^<(.*)>; rel="next"$/.exec((headers.link as string) ?? '')?.[1];
    path = query && `/search${query}`;
    expect(json.next === null).toBe(path === undefined);
  }
  expect(seen).toEqual(Array.from({ length: 9 }, (_, i) => `needle(${i})`));
});

it('a search without a text is none', async () => {
  const { api } = await withApi();
  for (const path of ['/search', '/search?q=', '/search?q=x&state=lost', '/search?q=x&limit=0'])
    expect((await api.get(path)).status).toBe(400);
});
