import { describe, expect } from 'vitest';
import { withApi } from '../../fixtures/api.ts';

const it = withApi(
  ['--memory', '--max-item-size', '2k'],
  '[queue:full]\nmax_items = 1\n[queue:forgetful]\nkeep_done = 0\n',
);

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\ndelete full\r\n');
});

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('a raw body', () => {
  it('is stored as it is, whatever its type, and found where the answer says', async ({ api, client }) => {
    const types = [
      {},
      FORM,
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/cloudevents+json' },
    ];
    for (const headers of types) {
      const body = Buffer.from([0, 255, 13, 10, 38, 61, 128]);
      const { status, headers: told, json } = await api.post('/queues/q/messages', body, headers);
      expect([status, json.queue]).toEqual([201, { name: 'q', key: 'q' }]);
      expect(told.location).toBe(`/api/v1/queues/q/messages/${json.ref}`);
      const detail = (await api.raw(told.location as string)).json;
      expect(detail).toMatchObject({
        ref: json.ref,
        payload: null,
        payload_base64: body.toString('base64'),
      });
      expect(await client.get('q')).toEqual([body]);
    }
    await api.post('/queues/q/messages', '');
    expect(await client.getText('q')).toBe('');
  });

  it('has its options in the query', async ({ api, client }) => {
    const query =
      'delay=2h&priority=7&id=x%3A1&ttl=1d&attempts=3&backoff=fixed:5&group=g&flags=4294967295&unique=true';
    const { json } = await api.post(`/queues/q/messages?${query}`, 'work()', FORM);
    expect(json).toMatchObject({ id: 'x:1' });
    const job = (await api.get('/queues/q/jobs/x%3A1')).json;
    expect(job).toMatchObject({ status: 'waiting', priority: 7, group: 'g', ref: json.ref });
    expect(Date.parse(job.due_at) - Date.parse(job.enqueued_at)).toBe(7_200_000);
    const detail = (await api.get(`/queues/q/messages/${json.ref}`)).json;
    expect(detail).toMatchObject({
      flags: 4294967295,
      max_attempts: 3,
      backoff: 'fixed:5',
      payload: 'work()',
    });
    expect(Date.parse(detail.expires_at) - Date.parse(job.enqueued_at)).toBeGreaterThanOrEqual(86_400_000);
    const status = await client.getStatus('q/id=x:1');
    expect(status).toMatchObject({ state: 'waiting', max_attempts: 3 });
  });

  it('is refused with the name of an option that is wrong, and nothing is stored', async ({
    api,
    client,
  }) => {
    const wrong: [string, number, string][] = [
      ['dealy=3', 400, '/'],
      ['delay=soon', 422, '/delay'],
      ['delay=-1', 422, '/delay'],
      ['delay=3&delay=4', 400, '/delay'],
      ['priority=high', 400, '/priority'],
      ['attempts=0', 400, '/attempts'],
      ['flags=4294967296', 400, '/flags'],
      ['id=', 422, '/id'],
      ['id=a%20b', 422, '/id'],
      ['id=a%2Fb', 422, '/id'],
      ['unique=true', 422, '/unique'],
      ['every=5', 422, '/every'],
      ['every=0&id=x', 422, '/every'],
      ['every=5&ttl=5&id=x', 422, '/ttl'],
      ['ttl=0', 422, '/ttl'],
      ['backoff=often', 422, '/backoff'],
      ['group=', 422, '/group'],
    ];
    for (const [query, status, pointer] of wrong) {
      const { json } = await api.post(`/queues/q/messages?${query}`, 'work()', FORM);
      expect([json.status, json.errors?.[0].pointer], query).toEqual([status, pointer]);
    }
    expect(await client.getText('q')).toBe(undefined);
  });

  it('repeats', async ({ api }) => {
    const { json } = await api.post('/queues/q/messages?every=1.5&id=tick&delay=500ms', 'work()', FORM);
    expect((await api.get(`/queues/q/messages/${json.ref}`)).json).toMatchObject({
      every: 1.5,
      repeats: true,
    });
  });
});

describe('a message in JSON', () => {
  it('is a call that a worker reads, a text, or bytes', async ({ api, client }) => {
    const args = ['hi', 2.5, [1, { 'a"b': null }], true, "'\\"];
    await api.post('/queues/q/messages', { call: { method: 'saveToLocal', args } });
    expect(await client.getText('q')).toBe('saveToLocal("hi", 2.5, [1, {"a\\"b": null}], true, "\'\\\\")');
    await api.post('/queues/q/messages', { call: { method: 'noArguments' } });
    expect(await client.getText('q')).toBe('noArguments()');
    await api.post('/queues/q/messages', { payload: 'größe', flags: 5 });
    expect(await client.get('q')).toEqual([Buffer.from('größe')]);
    await api.post('/queues/q/messages', { payload_base64: '/wAN' });
    expect(await client.get('q')).toEqual([Buffer.from([255, 0, 13])]);
  });

  it('keeps every digit of an integer', async ({ api, client }) => {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const call = (args: string) => `{"call": {"method": "m", "args": ${args}}}`;
    const pairs = [
      ['[9007199254740993]', 'm(9007199254740993)'],
      [
        '[-123456789012345678901234567890, "9007199254740993"]',
        'm(-123456789012345678901234567890, "9007199254740993")',
      ],
      ['[{"a": 18446744073709551615}]', 'm({"a": 18446744073709551615})'],
      ['[1234567890123456, 0.1234567890123456789, 1e22]', 'm(1234567890123456, 0.12345678901234568, 1e+22)'],
      ['["\\"12345678901234567890\\\\"]', 'm("\\"12345678901234567890\\\\")'],
    ] as const;
    for (const [args, payload] of pairs) {
      expect((await api.post('/queues/q/messages', call(args), headers)).status, args).toBe(201);
      expect(await client.getText('q')).toBe(payload);
    }
  });

  it('is refused with the place of what is wrong', async ({ api, client }) => {
    const wrong: [unknown, number, string][] = [
      [{}, 422, ''],
      [{ payload: 'a', payload_base64: 'aa==' }, 422, ''],
      [{ payload: 'a', dealy: 3 }, 400, ''],
      [{ payload: 'a', delay: '5 minutes' }, 422, '/delay'],
      [{ payload: 'a', delay: -1 }, 400, '/delay'],
      [{ payload: 'a', priority: null }, 400, '/priority'],
      [{ payload: 'a', priority: 'high' }, 400, '/priority'],
      [{ payload: 'a', attempts: true }, 400, '/attempts'],
      [{ payload: 'a', flags: '' }, 400, '/flags'],
      [{ payload: 7 }, 400, '/payload'],
      [{ payload_base64: '!' }, 400, '/payload_base64'],
      [{ payload: 'a', id: 'x'.repeat(201) }, 400, '/id'],
      [{ call: { method: 'a b' } }, 422, '/call/method'],
      [{ call: { args: [] } }, 400, '/call/method'],
      [{ call: { method: 'm', args: {} } }, 400, '/call/args'],
      [[], 400, ''],
    ];
    for (const [body, status, pointer] of wrong) {
      const { json } = await api.post('/queues/q/messages', body);
      expect([json.status, json.errors?.[0].pointer], JSON.stringify(body)).toEqual([status, pointer]);
    }
    for (const priority of ['high', null]) {
      const { errors } = (await api.post('/queues/q/messages', { payload: 'a', priority })).json;
      expect(errors).toEqual([{ pointer: '/priority', detail: 'is not a whole number' }]);
    }
    const asText = (await api.post('/queues/q/messages', { call: 'm()' })).json;
    expect(asText.errors).toEqual([{ pointer: '/call', detail: expect.stringContaining('"payload"') }]);
    const headers = { 'content-type': 'application/json' };
    for (const text of ['', '{', '{"payload": "\u0000"}', Buffer.from([0x22, 0xff, 0x22])])
      expect((await api.post('/queues/q/messages', text, headers)).status).toBe(400);
    const big = '{"call": {"method": "m", "args": [1e999]}}';
    expect((await api.post('/queues/q/messages', big, headers)).json).toMatchObject({
      status: 422,
      detail: '"call.args" args[0] is Infinity, which a call cannot carry',
    });
    expect((await api.post('/queues/q/messages?delay=3', { payload: 'a' })).status).toBe(422);
    expect(await client.getText('q')).toBe(undefined);
  });
});

describe('what has to be a call', () => {
  it('is refused with the place where it is none', async ({ api, client }) => {
    const post = (payload: string) => api.post('/queues/q/messages', { payload, must_be_call: true });
    expect((await post("save('hi', 1 + 1)")).json).toMatchObject({
      status: 422,
      code: 'no-call',
      errors: [{ pointer: '/payload', detail: expect.stringContaining('at position 13') }],
    });
    expect((await api.post('/queues/q/messages?must_be_call=true', 'hi', FORM)).json.code).toBe('no-call');
    expect((await post(`m('${'x'.repeat(70_000)}')`)).status).toBe(413);
    expect(await client.getText('q')).toBe(undefined);
    for (const payload of ["save('hi')", '{"method": "save", "args": []}', 'save?text=hi'])
      expect((await post(payload)).status, payload).toBe(201);
    expect((await api.post('/queues/q/messages', { payload: 'hi', must_be_call: false })).status).toBe(201);
  });
});

describe('a unique job', () => {
  it('is refused while one of its id is live', async ({ api, client, worker }) => {
    const post = (unique: unknown) => api.post('/queues/q/messages', { payload: 'a', id: 'x', unique });
    expect((await post(true)).status).toBe(201);
    expect((await post(true)).json).toMatchObject({ status: 409, code: 'exists' });
    expect((await post('kept')).status).toBe(409);
    // Without it, it takes the place of the one that waits.
    const { status, json } = await post(undefined);
    expect([status, json.id]).toEqual([201, 'x']);
    await worker.getText('q/open');
    expect((await post(true)).status).toBe(409);
    await worker.getText('q/close');
    expect((await client.getStatus('q/id=x'))?.state).toBe('complete');
    expect((await post('kept')).json).toMatchObject({
      status: 409,
      detail: 'a job "x" is there, or its end is remembered',
    });
    expect((await post(true)).status).toBe(201);
  });
});

describe('what cannot be stored', () => {
  it('is too large, and as long as can be is not', async ({ api, client }) => {
    const chunked = { 'transfer-encoding': 'chunked' };
    for (const headers of [{}, chunked]) {
      expect((await api.post('/queues/q/messages', 'x'.repeat(2048), headers)).status).toBe(201);
      const { json } = await api.post('/queues/q/messages', 'x'.repeat(2049), headers);
      expect(json).toMatchObject({ status: 413, code: 'too-large', detail: 'more than 2048 bytes' });
      expect((await api.post('/queues/q/messages', 'x'.repeat(3_000_000), headers)).status).toBe(413);
    }
    expect((await api.post('/queues/q/messages', { payload: 'x'.repeat(2049) })).status).toBe(413);
    expect((await api.post('/queues/q/messages', { payload: 'x'.repeat(200_000) })).status).toBe(413);
    expect(await client.get('q q q')).toHaveLength(2);
  });

  it('finds its queue full, or no queue of such a name', async ({ api }) => {
    expect((await api.post('/queues/full/messages', 'a')).status).toBe(201);
    expect((await api.post('/queues/full/messages', 'b')).json).toMatchObject({
      status: 507,
      code: 'queue-full',
      detail: 'queue is full',
    });
    expect((await api.post('/queues/a%20b/messages', 'b')).json.status).toBe(422);
  });
});
