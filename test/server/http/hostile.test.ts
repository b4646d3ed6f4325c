import { describe, expect } from 'vitest';
import { parseExactJson } from '../../../server/http/exact-json.ts';
import { jsonSizeProblem } from '../../../server/http/json-size.ts';
import { withApi } from '../../fixtures/api.ts';
import { fail } from './with-api.ts';

const it = withApi(['--memory']);

const JSON_TYPE = { 'content-type': 'application/json' };
const MESSAGES = '/queues/q/messages';

describe('JSON that is made to take long', () => {
  it('is refused at once where a string has no end', async ({ api }) => {
    const text = `{"payload": 1234567890123456, "${'\\"'.repeat(400_000)}`;
    // Each quote was taken for the beginning of a string: minutes, in which nobody else was served.
    expect(await api.post(MESSAGES, text, JSON_TYPE)).toMatchObject({
      status: 400,
      json: { code: 'invalid' },
    });
  });

  it('is refused where an integer has more digits than a call may have', async ({ api }) => {
    const call = (digits: number) => `{"call": {"method": "m", "args": [${'9'.repeat(digits)}]}}`;
    expect((await api.post(MESSAGES, call(4096), JSON_TYPE)).status).toBe(201);
    expect((await api.post(MESSAGES, call(4097), JSON_TYPE)).status).toBe(422);
    expect((await api.post(MESSAGES, call(5000), JSON_TYPE)).status).toBe(400);
    expect(() => parseExactJson('9'.repeat(1_000_000))).toThrow('4096 digits');
  });

  it('is refused before it is parsed where it is nested too deep, or has too many values', async ({
    api,
  }) => {
    const deep = `{"call": {"method": "m", "args": [${'['.repeat(300_000)}${']'.repeat(300_000)}]}}`;
    const many = `{"call": {"method": "m", "args": [${'1,'.repeat(60_000)}1]}}`;
    for (const text of [deep, many])
      expect(await api.post(MESSAGES, text, JSON_TYPE)).toMatchObject({ status: 413 });
  });

  it('is not taken for that for what stands in its strings', () => {
    const text = JSON.stringify({
      [`${'['.repeat(1000)}\\`]: ['"{[,'.repeat(60_000), '\\'.repeat(9), '[{'.repeat(601)],
    });
    expect(jsonSizeProblem(text)).toBeUndefined();
    expect(jsonSizeProblem(`${'['.repeat(600)}${']'.repeat(600)}`)).toBeUndefined();
    expect(jsonSizeProblem('['.repeat(601))).toContain('deeper than 600');
  });
});

it('only whole numbers are whole numbers, in JSON as in a query', async ({ api, client }) => {
  for (const priority of [null, true, [], '', '0x10', '1e2', ' 1', 1.5, -1])
    expect([priority, (await api.post(MESSAGES, { payload: 'x', priority })).status]).toEqual([
      priority,
      400,
    ]);
  for (const text of ['', '0x10', '1e2', '+1', '1.0', 'true'])
    for (const name of ['priority', 'attempts', 'flags'])
      expect([name, text, (await api.post(`${MESSAGES}?${name}=${text}`, 'x')).status]).toEqual([
        name,
        text,
        400,
      ]);
  await client.set('there', 'x');
  for (const text of ['', '0x10', '-1', '0'])
    expect([text, (await api.get(`/queues?limit=${text}`)).status]).toEqual([text, 400]);
  expect((await api.delete('/queues/there?expect=')).status).toBe(400);
  expect(await client.getText('there')).toBe('x');
  expect((await api.post(`${MESSAGES}?priority=7`, 'x')).status).toBe(201);
  expect((await api.post(MESSAGES, { payload: 'x', priority: '7' })).status).toBe(201);
});

it('half a character stands for no other one', async ({ api, client }) => {
  await client.set('here', 'x');
  expect((await api.post(MESSAGES, '{"payload": "a\\ud800"}', JSON_TYPE)).status).toBe(422);
  expect((await api.post('/queues/here/move', '{"to": "a\\ud800"}', JSON_TYPE)).status).toBe(422);
  const filter = '{"verb": "discard", "select": {"queue": "a\\udfff", "state": "ready"}}';
  expect((await api.post('/actions', filter, JSON_TYPE)).status).toBe(422);
  const { json } = await api.post(MESSAGES, '{"call": {"method": "m", "args": ["\\ud800"]}}', JSON_TYPE);
  expect((await api.get(`/queues/q/messages/${json.ref}`)).json.payload).toBe('m("\\ud800")');
});

it('a guard that is misspelt does not let a queue be emptied', async ({ api, client }) => {
  await client.set('kept', 'x');
  expect((await api.post('/queues/kept/purge', { expcet: 500 })).status).toBe(400);
  expect((await api.post('/queues/kept/move', { to: 'other', expected: 500 })).status).toBe(400);
  expect((await api.delete('/queues/kept?expected=500')).status).toBe(400);
  expect(await client.getText('kept')).toBe('x');
});

it('a retry is put off for as long as a date can tell', async ({ api, client }) => {
  await fail(client, 'late', 'no');
  const [{ ref }] = (await api.get('/queues/late/messages?state=failed')).json.items;
  const retry = (delay: number) => api.post('/actions', { verb: 'retry', delay, select: { refs: [ref] } });
  for (const delay of [1e20, 1e300, 10_000_000_000]) expect((await retry(delay)).status).toBe(400);
  expect((await retry(9_999_999_999)).json).toEqual({ done: 1, skipped: [] });
  expect((await api.get('/queues/late/messages?state=delayed')).json.items[0].due_at).toMatch(/^23/);
});

it('a batch may have more bytes than a message', async ({ api }) => {
  const body = `${JSON.stringify({ payload: 'x'.repeat(2000) })}\n`.repeat(1000);
  const { json } = await api.post('/queues/bulk/messages/batch', body, {
    'content-type': 'application/x-ndjson',
  });
  expect(new Set(json.results.map(({ status }: { status: number }) => status))).toEqual(new Set([201]));
});

it('HEAD opens no stream', async ({ api }) => {
  for (let i = 0; i < 70; i++)
    expect((await api.raw('/api/v1/live?topics=overview', { method: 'HEAD' })).status).toBe(200);
});
