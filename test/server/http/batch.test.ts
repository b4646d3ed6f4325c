import { describe, expect } from 'vitest';
import { withApi } from '../../fixtures/api.ts';

const it = withApi(['--memory', '--max-item-size', '2k'], '[queue:full]\nmax_items = 2\n');

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\ndelete full\r\n');
});

const LINES = { 'content-type': 'application/x-ndjson' };

describe('a batch', () => {
  it('is stored in its order, told in lines or as a list', async ({ api, client }) => {
    const messages = Array.from({ length: 1000 }, (_, i) => ({ payload: `job ${i}` }));
    const lines = messages.map((each) => JSON.stringify(each)).join('\r\n\n');
    for (const [body, headers] of [
      [lines, LINES],
      [`${lines}\n`, {}],
      [messages, {}],
    ] as const) {
      const { status, json } = await api.post('/queues/q/messages/batch', body, headers);
      expect([status, json.results.length]).toEqual([200, 1000]);
      const { json: last } = await api.get(`/queues/q/messages/${json.results[999].ref}`);
      expect(last.payload).toBe('job 999');
      expect(await client.drain('q')).toEqual(messages.map(({ payload }) => payload));
    }
  });

  it('has a result for each, and none holds up another', async ({ api, client }) => {
    const lines = [
      '{"payload": "a", "id": "x", "unique": true}',
      '{"payload": "b", "id": "x", "unique": true}',
      '{"payload": "c", "delay": "soon"}',
      '{"payload": 1}',
      'nonsense',
      `{"payload": "${'x'.repeat(2049)}"}`,
      '{"call": {"method": "m", "args": [9007199254740993]}}',
    ];
    const { status, json } = await api.post('/queues/q/messages/batch', lines.join('\n'), LINES);
    expect([status, json.results.map((each: { status: number }) => each.status)]).toEqual([
      200,
      [201, 409, 422, 400, 400, 413, 201],
    ]);
    expect(json.results[1]).toEqual({ status: 409, code: 'exists', detail: 'a job "x" waits or runs' });
    expect(json.results[2].errors[0].pointer).toBe('/delay');
    expect(await client.drain('q')).toEqual(['a', 'm(9007199254740993)']);
    const full = await api.post('/queues/full/messages/batch', [
      { payload: '1' },
      { payload: '2' },
      { payload: '3' },
    ]);
    expect(full.json.results.map((each: { status: number }) => each.status)).toEqual([201, 201, 507]);
  });

  it('is refused as a whole where it is too much, or nothing of the kind', async ({ api, client }) => {
    const post = (body: string) => api.post('/queues/q/messages/batch', body, LINES);
    expect((await post('{"payload": "a"}\n'.repeat(1001))).json).toMatchObject({ status: 413 });
    expect((await post(JSON.stringify(new Array(1001).fill({ payload: 'a' })))).json.detail).toBe(
      'a batch has at most 1000 messages, not 1001',
    );
    expect((await post(`[{"payload": "${'x'.repeat(1 << 20)}"}]`)).status).toBe(413);
    expect((await post('x'.repeat(16 * 1024 * 1024 + 1))).status).toBe(413);
    expect((await post('[{"payload": "a"}')).status).toBe(400);
    // What one message may have does not bound many.
    const large = JSON.stringify({ payload: 'x'.repeat(2000) });
    expect((await post(`${large}\n`.repeat(1000))).json.results).toHaveLength(1000);
    await client.exchange('delete q\r\n');
    expect((await post('')).json).toEqual({ results: [] });
    expect(await client.getText('q')).toBe(undefined);
  });
});
