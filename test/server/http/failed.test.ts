import { expect, it } from 'vitest';
import { fail, withApi } from './with-api.ts';

it('error groups are told, the biggest first, a page at a time', async () => {
  const { api, client } = await withApi();
  await fail(client, 'a', 'no such file 1');
  for (const i of [1, 2, 3]) await fail(client, 'b', `timeout after ${i} s`);
  for (const i of [4, 5]) await fail(client, 'a', `timeout after ${i} s`);
  const { json, headers } = await api.get('/failed/groups?limit=2');
  const shown = ({ queue, count, sample }: { queue: { key: string }; count: number; sample: string }) =>
    `${queue.key} ${count} ${sample.replace(/\d/, 'N')}`;
  expect(json.items.map(shown)).toEqual(['b 3 timeout after N s', 'a 2 timeout after N s']);
  expect(headers.link).toBe(`<?limit=2&cursor=${json.next}>; rel="next"`);
  const rest = await api.get(`/failed/groups?limit=2&cursor=${json.next}`);
  expect(rest.json.items.map(shown)).toEqual(['a 1 no such file N']);
  expect(rest.json.next).toBeNull();
  expect((await api.get('/failed/groups?queue=a')).json.items).toHaveLength(2);
  expect((await api.get('/failed/groups?queue=none')).json.items).toEqual([]);
});

it('error groups are found by their text, their queue or their key, and listed by their last failure', async () => {
  const { api, client } = await withApi();
  await fail(client, 'mail', 'Timeout 1');
  await fail(client, 'mail', 'Timeout 2');
  await fail(client, 'time', 'no such file');
  const samples = async (query: string) =>
    (await api.get(`/failed/groups?${query}`)).json.items.map(({ sample }: { sample: string }) => sample);
  expect(await samples('q=TIMEOUT')).toEqual(['Timeout 1']);
  expect(await samples('q=time')).toEqual(['Timeout 1', 'no such file']);
  expect(await samples('q=100%25')).toEqual([]);
  expect(await samples('sort=last')).toEqual(['no such file', 'Timeout 1']);
  const [{ group }] = (await api.get('/failed/groups?queue=mail')).json.items;
  expect(await samples(`queue=mail&error=${group}`)).toEqual(['Timeout 1']);
  expect(await samples(`queue=time&error=${group}`)).toEqual([]);
  const first = (await api.get('/failed/groups?sort=last&limit=1')).json;
  expect(await samples(`sort=last&cursor=${first.next}`)).toEqual(['Timeout 1']);
});

it('failed messages of all queues, of one, or of a group of it', async () => {
  const { api, client } = await withApi();
  await fail(client, 'a', 'no such file', '/id=first');
  await fail(client, 'a', 'timeout');
  await fail(client, 'b', 'timeout');
  const all = await api.get('/failed');
  expect(all.json.items).toHaveLength(3);
  const { json } = await api.get('/failed?queue=a');
  expect(json.items.map(({ error }: { error: string }) => error)).toEqual(['timeout', 'no such file']);
  expect(json.items[1]).toMatchObject({ state: 'failed', id: 'first', preview: 'doIt()', attempts: 1 });
  const [group] = (await api.get('/failed/groups?queue=a')).json.items.filter(
    ({ sample }: { sample: string }) => sample === 'timeout',
  );
  const grouped = await api.get(`/failed?queue=a&error=${group.group}`);
  expect(grouped.json.items).toMatchObject([{ error: 'timeout', error_group: group.group }]);
  const found = await api.get('/failed?q=such');
  expect(found.json.items).toMatchObject([{ id: 'first', queue: { key: 'a' } }]);
});

it('pages of failed messages have each once', async () => {
  const { api, client } = await withApi();
  for (let i = 0; i < 7; i++) await fail(client, i % 2 === 0 ? 'a' : 'b', 'bad');
  for (const path of ['/failed?limit=3', '/failed?queue=a&limit=3']) {
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const { json } = await api.get(next === '' ? path : `${path}&cursor=${next}`);
      seen.push(...json.items.map(({ ref }: { ref: string }) => ref));
      next = json.next;
    }
    expect(seen).toHaveLength(path.includes('queue') ? 4 : 7);
    expect(new Set(seen).size).toBe(seen.length);
  }
});

it('a group needs its queue', async () => {
  const { api } = await withApi();
  const { status, json } = await api.get('/failed?error=x');
  expect([status, json.code, json.errors[0].pointer]).toEqual([422, 'no-queue', '/queue']);
  expect((await api.get('/failed?limit=1001')).status).toBe(400);
});
