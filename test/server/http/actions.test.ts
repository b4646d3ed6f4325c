import { expect, it } from 'vitest';
import { utf8AsLatin1 } from '../../../shared/latin1.ts';
import { ApiClient } from '../../helpers/api.ts';
import { until } from '../../helpers/until.ts';
import { fail, withApi } from './with-api.ts';

async function refs(api: ApiClient, path: string): Promise<string[]> {
  return (await api.get(path)).json.items.map(({ ref }: { ref: string }) => ref);
}

/** The action as it is when it is over. */
async function over(api: ApiClient, url: string) {
  let action = (await api.get(url)).json;
  await until(async () => {
    action = (await api.get(url)).json;
    return action.state !== 'running';
  });
  return action;
}

const below = (url: string) => url.replace('/api/v1', '');

it('failed messages that are named are tried again, and it is over with the answer', async () => {
  const { api, client } = await withApi();
  await fail(client, 'q', 'bad');
  await fail(client, 'q', 'bad');
  const named = await refs(api, '/failed?queue=q');
  const { status, json } = await api.post('/actions', {
    verb: 'retry',
    select: { refs: [...named, '0-fff'] },
  });
  expect(status).toBe(200);
  expect(json).toEqual({ done: 2, skipped: [{ ref: '0-fff', why: 'gone' }] });
  expect(await client.drain('q')).toEqual(['doIt()', 'doIt()']);
});

it('those of an error group are discarded, and no others', async () => {
  const { api, client } = await withApi();
  for (let i = 0; i < 150; i++) await fail(client, 'q', 'timeout');
  await fail(client, 'q', 'no such file');
  const [biggest] = (await api.get('/failed/groups')).json.items;
  const select = { queue: 'q', state: 'failed', error_group: biggest.group };
  const dry = await api.post('/actions', { verb: 'discard', select, dry_run: true });
  expect([dry.status, dry.json]).toEqual([200, { total: 150, dry_run: true }]);
  expect(await refs(api, '/failed?limit=200')).toHaveLength(151);
  const { status, json } = await api.post('/actions', { verb: 'discard', select, expect: 140 });
  expect(status).toBe(202);
  expect(json).toEqual({ id: expect.any(String), total: 150, url: `/api/v1/actions/${json.id}` });
  const action = await over(api, below(json.url));
  expect(action).toMatchObject({
    id: json.id,
    verb: 'discard',
    state: 'done',
    total: 150,
    done: 150,
    skipped: 0,
  });
  expect(action.ended_at >= action.started_at).toBe(true);
  const { items } = (await api.get('/failed')).json;
  expect(items).toMatchObject([{ error: 'no such file' }]);
  expect((await api.get('/actions')).json.items).toEqual([action]);
  const again = await api.delete(below(json.url));
  expect([again.status, again.json.code, again.json.detail]).toEqual([409, 'over', 'it is over']);
});

it('what is not as the client believes is left as it is', async () => {
  const { api, client } = await withApi();
  for (let i = 0; i < 10; i++) await client.set('q', 'x');
  const select = { queue: 'q', state: 'ready' };
  for (const expected of [8, 12, 0]) {
    const { status, json } = await api.post('/actions', { verb: 'discard', select, expect: expected });
    expect([status, json.code]).toEqual([409, 'changed']);
  }
  expect(await client.drain('q')).toHaveLength(10);
});

it('messages are moved, run now and cancelled', async () => {
  const { api, client } = await withApi();
  await client.set('a/id=one', '1');
  await client.set('a/id=two/delay=1000', '2');
  const moved = await api.post('/actions', {
    verb: 'move',
    select: { queue: 'a', state: 'ready' },
    to: `~${Buffer.from('ü').toString('base64url')}`,
  });
  await over(api, below(moved.json.url));
  expect(await client.drain(utf8AsLatin1('ü'))).toEqual(['1']);
  const [delayed] = await refs(api, '/search?q=two');
  const run = await api.post('/actions', { verb: 'run', select: { refs: [delayed] } });
  expect(run.json).toEqual({ done: 1, skipped: [] });
  const cancelled = await api.post('/actions', { verb: 'cancel', select: { refs: [delayed] } });
  expect(cancelled.json).toEqual({ done: 1, skipped: [] });
  expect(await client.drain('a')).toEqual([]);
});

it('what is tried again can be spread over a time, from the delay on', async () => {
  const { api, client } = await withApi();
  for (let i = 0; i < 4; i++) await fail(client, 'q', 'too many requests');
  const select = { refs: await refs(api, '/failed?queue=q') };
  const { json } = await api.post('/actions', { verb: 'retry', select, delay: 1000, spread: 400 });
  expect(json).toEqual({ done: 4, skipped: [] });
  const { items } = (await api.get('/queues/q/messages?state=delayed')).json;
  const due = items.map(({ due_at }: { due_at: string }) => Date.parse(due_at));
  // All four were put off within one turn or a few, which takes far less than the 100 s between two of them.
  const seconds = due.map((at: number) => Math.round((at - due[0]) / 10_000) * 10);
  expect(seconds).toEqual([0, 100, 200, 300]);
  expect(due[0] - Date.now()).toBeGreaterThan(900_000);
});

it('a request that makes no sense is refused, and says where', async () => {
  const { api } = await withApi();
  const select = { refs: ['0-1'] };
  const cases: [unknown, number, string][] = [
    [{ verb: 'retry', select: { refs: ['0-1', 'x'] } }, 422, '/select/refs/1'],
    [{ verb: 'move', select }, 422, '/to'],
    [{ verb: 'discard', select, to: 'b' }, 422, '/to'],
    [{ verb: 'discard', select, delay: 5 }, 422, '/delay'],
    [{ verb: 'cancel', select, spread: 5 }, 422, '/spread'],
    [{ verb: 'retry', select: { queue: 'a b', state: 'failed' } }, 422, '/select/queue'],
    [{ verb: 'destroy', select }, 400, '/verb'],
  ];
  for (const [body, status, pointer] of cases) {
    const answer = await api.post('/actions', body);
    expect([answer.status, answer.json.errors[0].pointer]).toEqual([status, pointer]);
  }
});

it('an action of an earlier server was interrupted, and one that nobody began is not there', async () => {
  const { server, api, client } = await withApi({ args: [] });
  await client.set('q', 'x');
  const { json } = await api.post('/actions', { verb: 'discard', select: { queue: 'q', state: 'ready' } });
  await over(api, below(json.url));
  await server.restart();
  const anew = await ApiClient.of(server.url);
  const action = await anew.get(below(json.url));
  expect(action.json).toMatchObject({ id: json.id, verb: null, state: 'interrupted' });
  expect((await anew.delete(below(json.url))).status).toBe(404);
  for (const id of ['x', `zzzzzzzz-${'0'.repeat(16)}`, json.id.slice(1)])
    expect((await anew.get(`/actions/${id}`)).status).toBe(404);
});
