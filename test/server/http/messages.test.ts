import { describe, expect } from 'vitest';
import { withApi } from '../../fixtures/api.ts';
import type { ApiClient } from '../../helpers/api.ts';

const it = withApi(['--memory', '--backoff', 'fixed:100', '--max-attempts', '3']);

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\n');
});

async function list(api: ApiClient, query: string): Promise<Record<string, unknown>[]> {
  return (await api.get(`/queues/q/messages?${query}`)).json.items;
}

describe('the list of messages', () => {
  it('has those of one state, with the beginning of their bodies', async ({ api, client, worker }) => {
    await client.set('q/id=held', 'held()');
    await worker.getText('q/open');
    await client.set('q', `ready('${'x'.repeat(300)}')`);
    await client.set('q', Buffer.concat([Buffer.from('é'.repeat(99)), Buffer.from('xé and more')]));
    await client.set('q/delay=1000', 'delayed()');
    const ready = await list(api, '');
    expect(ready.map(({ state }) => state)).toEqual(['ready', 'ready']);
    expect(ready[0]?.preview).toBe(`ready('${'x'.repeat(193)}`);
    expect(ready[1]?.preview).toBe(`${'é'.repeat(99)}x`);
    expect(await list(api, 'state=delayed')).toMatchObject([
      { preview: 'delayed()', state: 'delayed', id: null, attempts: 0 },
    ]);
    expect(await list(api, 'state=reserved')).toMatchObject([
      { preview: 'held()', id: 'held', attempts: 1, deadline: null },
    ]);
    await worker.set('q/fail/final', 'Error: why\n    at somewhere');
    expect(await list(api, 'state=failed')).toMatchObject([{ id: 'held', error: 'Error: why' }]);
    expect((await api.get('/queues/q/messages?state=lost')).status).toBe(400);
    expect((await api.get('/queues/none/messages')).status).toBe(404);
  });

  it('comes in pages, each message once', async ({ api, client }) => {
    const ids = Array.from({ length: 7 }, (_, i) => `job${i}`);
    for (const id of ids) await client.set(`q/id=${id}`, 'work()');
    const found: unknown[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const { json, headers } = await api.get(`/queues/q/messages?limit=3${next && `&cursor=${next}`}`);
      found.push(json.items.map(({ id }: { id: string }) => id));
      next = json.next;
      if (next !== null) expect(headers.link).toBe(`<?limit=3&cursor=${next}>; rel="next"`);
    }
    expect(found).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
  });

  it('has those of a group, or with a text', async ({ api, client }) => {
    await client.set('q/group=a/id=1', 'mail("bob")');
    await client.set('q/group=b/id=2', 'mail("ann")');
    expect(await list(api, 'group=b')).toMatchObject([{ id: '2', group: 'b' }]);
    expect(await list(api, 'q=bob')).toMatchObject([{ id: '1' }]);
  });
});

describe('one message', () => {
  it('is read as its worker would read it', async ({ api }) => {
    const calls: [string, unknown][] = [
      [
        "saveToLocal('hi', 2, [1, {'a': null}])",
        { method: 'saveToLocal', args: ['hi', 2, [1, { a: null }]] },
      ],
      ['m(9007199254740993, INF)', { method: 'm', args: ['9007199254740993', 'Infinity'] }],
      ['{"class":"Mail","args":["a@b.c"]}', { class: 'Mail', method: 'perform', args: ['a@b.c'] }],
      ['m?a=1', { method: 'm', args: [{ a: '1' }] }],
      ['m({"__proto__": 1})', { method: 'm', args: [JSON.parse('{"__proto__": 1}')] }],
      ['no call at all', null],
      [`m("${'x'.repeat(65_536)}")`, null],
      ['\xff()', null],
    ];
    for (const [payload, call] of calls) {
      const { json } = await api.post('/queues/q/messages', Buffer.from(payload, 'latin1'));
      expect((await api.get(`/queues/q/messages/${json.ref}`)).json.call, payload.slice(0, 50)).toEqual(call);
    }
  });

  it('tells what has happened to it', async ({ api, client, worker }) => {
    await client.set('q/id=x', 'work()', 7);
    await worker.getText('q/open');
    await worker.set('q/fail', 'Error: first\n    at here');
    const [{ ref }] = (await list(api, 'state=delayed')) as [{ ref: string }];
    const { json } = await api.get(`/queues/q/messages/${ref}`);
    expect(json).toMatchObject({
      ref,
      state: 'delayed',
      id: 'x',
      flags: 7,
      payload: 'work()',
      payload_base64: null,
      body_bytes: 6,
      truncated: false,
      error: 'Error: first',
      error_text: 'Error: first\n    at here',
      max_attempts: 3,
      backoff: 'fixed:100',
      attempts: 1,
    });
    const events = json.timeline.map(({ event }: { event: string }) => event);
    expect(events[0]).toBe('enqueued');
    expect(events.at(-1)).toBe('retry');
    const times = json.timeline.map(({ at }: { at: string }) => at);
    expect(times).toEqual(times.toSorted());
  });

  it('tells how it ended', async ({ api, client, worker }) => {
    await client.set('q/id=x', 'work()');
    await worker.getText('q/open');
    await worker.set('q/close', 'a result');
    const [{ ref, ...row }] = (await list(api, 'state=ended')) as [{ ref: string }];
    expect(row).toMatchObject({ outcome: 'complete', preview: 'a result' });
    const { json } = await api.get(`/queues/q/messages/${ref}`);
    expect(json).toMatchObject({
      state: 'ended',
      outcome: 'complete',
      result: 'a result',
      result_base64: null,
    });
    expect(json.timeline.map(({ event }: { event: string }) => event)).toEqual([
      'enqueued',
      'started',
      'completed',
    ]);
  });

  it('shows the beginning of what is long, and gives all of it as a file', async ({ api, client }) => {
    const long = Buffer.concat([Buffer.from('x'), Buffer.from('é'.repeat(50_000))]);
    await client.set('q', long);
    await client.set('q', Buffer.alloc(70_000, 0xff));
    const [text, bytes] = (await list(api, '')) as [{ ref: string }, { ref: string }];
    const shown = (await api.get(`/queues/q/messages/${text.ref}`)).json;
    expect([shown.payload, shown.body_bytes, shown.truncated]).toEqual([
      `x${'é'.repeat(32_767)}`,
      100_001,
      true,
    ]);
    const other = (await api.get(`/queues/q/messages/${bytes.ref}`)).json;
    expect([other.payload, other.payload_base64.length]).toEqual([null, 87_384]);
    const { status, headers, text: body } = await api.get(`/queues/q/messages/${text.ref}/body`);
    expect([status, body === long.toString()]).toEqual([200, true]);
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${text.ref}.bin"`,
      'x-content-type-options': 'nosniff',
    });
  });

  it('is gone, in another queue, or none', async ({ api, client }) => {
    await client.set('q', 'work()');
    await client.set('other', 'work()');
    const [{ ref }] = (await list(api, '')) as [{ ref: string }];
    for (const path of [
      `other/messages/${ref}`,
      'q/messages/zz',
      'q/messages/0-7fffffff',
      `none/messages/${ref}`,
    ])
      expect((await api.get(`/queues/${path}`)).status, path).toBe(404);
    await client.getText('q');
    expect((await api.get(`/queues/q/messages/${ref}`)).status).toBe(404);
    expect((await api.get(`/queues/q/messages/${ref}/body`)).status).toBe(404);
  });
});
