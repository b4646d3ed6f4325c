import { expect, it } from 'vitest';
import { withApi } from './with-api.ts';

it('workers tell of themselves, and get orders', async () => {
  const { api, client, connect } = await withApi();
  const worker = await connect();
  const said = {
    worker: 'w1',
    host: 'box \ud800"<',
    pid: 17,
    program: 'memq-consume',
    version: '1.2.3',
    role: 'daemon',
    queues: ['mail', 'b*'],
    concurrency: 4,
    busy: 0,
    rss: 50_000_000,
    cpu: 0.25,
    state: 'running',
    started: Date.UTC(2026, 0, 2),
  };
  await worker.set('$client', JSON.stringify(said));
  await client.set('$client', '{"worker":"w0"}');
  const { json } = await api.get('/workers');
  expect(json.items).toMatchObject([
    { id: 'w0', host: null, pid: null, queues: [], busy: null, cpu: null, state: 'unknown', ordered: null },
    {
      id: 'w1',
      host: 'box \ufffd"<',
      pid: 17,
      queues: ['mail', 'b*'],
      concurrency: 4,
      busy: 0,
      rss_bytes: 50_000_000,
      cpu: 0.25,
      state: 'running',
      connections: 1,
      started_at: '2026-01-02T00:00:00.000Z',
    },
  ]);
  const first = await api.get('/workers?limit=1');
  const second = await api.get(`/workers?limit=1&cursor=${first.json.next}`);
  expect([...first.json.items, ...second.json.items]).toEqual(json.items);
  expect((await api.get('/overview')).json.workers).toBe(2);

  expect((await api.post('/workers/w1/quiet')).status).toBe(204);
  expect(await worker.getText('$control')).toBe('{"order":"quiet"}\n');
  expect((await api.post('/workers/w1/stop')).status).toBe(204);
  expect(await worker.getText('$control')).toBe('{"order":"stop"}\n');
  expect((await api.get('/workers')).json.items[1].ordered).toBe('stop');
  for (const order of ['quiet', 'stop']) {
    const { status, json: problem } = await api.post(`/workers/none/${order}`);
    expect([status, problem.code]).toEqual([404, 'not-found']);
  }
});

it('what runs is told, the first that began at first', async () => {
  const { api, client, connect } = await withApi();
  await client.set('$client', '{"worker":"w1"}');
  for (const [queue, body] of [
    ['b', 'one()'],
    ['a', 'two()'],
    ['a', 'three()'],
  ] as const)
    await client.set(queue, body);
  await client.get('b/open');
  await client.get('a/open');
  await client.set('a/progress', 'half');
  const other = await connect();
  await other.get('a/open');
  const { json } = await api.get('/running');
  expect(json.items).toMatchObject([
    { queue: { key: 'b' }, state: 'reserved', preview: 'one()', holder: '{"worker":"w1"}', deadline: null },
    { queue: { key: 'a' }, preview: 'two()', progress: 'half' },
    { queue: { key: 'a' }, preview: 'three()', progress: null },
  ]);
  expect((await api.get('/running?queue=b')).json.items).toEqual([json.items[0]]);
  const first = await api.get('/running?limit=2');
  const second = await api.get(`/running?limit=2&cursor=${first.json.next}`);
  expect([...first.json.items, ...second.json.items]).toEqual(json.items);
  expect(second.json.next).toBeNull();
});

it('previews end with a whole character, and show what is no text', async () => {
  const { api, client } = await withApi();
  await client.set('q', 'é'.repeat(150));
  await client.set('q', `x${'é'.repeat(150)}`);
  await client.set('q', Buffer.from([0xff, 0x41, 0]));
  for (let i = 0; i < 3; i++) await client.get(i === 0 ? 'q/open' : 'q/close/open');
  await client.get('q/abort');
  const { json } = await api.get('/search?q=%41');
  expect(json.items).toMatchObject([{ preview: '\ufffdA\0' }]);
  await client.set('r', `x${'é'.repeat(150)}`);
  const found = await api.get('/search?q=xéé'.replace('é', '%C3%A9').replace('é', '%C3%A9'));
  expect(found.json.items).toMatchObject([{ preview: `x${'é'.repeat(99)}` }]);
});

it('connections are told in the order in which they came', async () => {
  const { api, client, connect } = await withApi();
  const other = await connect();
  await other.set('$client', '{"worker":"w1"}');
  await client.ask('version');
  const { json } = await api.get('/connections');
  expect(json.items.map(({ worker }: { worker: string }) => worker)).toEqual([null, 'w1']);
  expect(json.items[1].address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(json.items[1].bytes_read).toBeGreaterThan(0);
  const first = await api.get('/connections?limit=1');
  const second = await api.get(`/connections?limit=1&cursor=${first.json.next}`);
  expect([first, second].map(({ json }) => json.items[0].id)).toEqual(
    json.items.map(({ id }: { id: number }) => id),
  );
});
