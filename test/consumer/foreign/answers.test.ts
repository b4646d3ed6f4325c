import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { jobLine } from '../../../consumer/foreign/messages.ts';
import { foreign } from '../../helpers/foreign.ts';
import { Meeting } from '../../helpers/foreign-program.ts';

const meeting = Meeting.open();
const { workers } = meeting;

it('gives a program the job as one line, and its answer back', async () => {
  const { executor } = workers();
  const result = await executor.execute({
    info: { queue: 'mail', id: '17', job: 'invoice-7', attempt: 3, enqueued: 0 },
    call: { method: 'job', args: ["it's\n哈", 1.5, [null, { a: true }]] },
    timeoutMs: 0,
    stopping: new AbortController().signal,
    signal: new AbortController().signal,
    progress: () => {},
  });
  expect(result).toEqual({
    kind: 'done',
    value: {
      class: 'Worker',
      method: 'job',
      id: '17',
      job: 'invoice-7',
      queue: 'mail',
      attempt: 3,
      args: ["it's\n哈", 1.5, [null, { a: true }]],
    },
  });
});

it('speaks as docs/other-languages.md says', async () => {
  const page = readFileSync(new URL('../../../docs/other-languages.md', import.meta.url), 'utf8');
  const [job] = /(?<=```json\n).*(?=\n)/.exec(page)!;
  const info = { queue: 'my:memq:test', id: '4711', job: 'invoice-7', attempt: 1, enqueued: 0 };
  const call = { method: 'sendMail', args: [{ to: 'a@example.org' }] };
  expect(JSON.parse(jobLine('Worker', call, info))).toEqual(JSON.parse(job));

  const [script] = /(?<=```sh\n)[^`]*/.exec(page)!;
  const shell = (rsync: string) =>
    foreign(['sh', '-c', `${rsync}\n${script}`], { methods: ['any'] }).run('any');
  expect(await shell('rsync() { echo printed; }')).toEqual({ kind: 'done' });
  expect(await shell('rsync() { false; }')).toEqual({ kind: 'failed', reason: 'rsync failed' });
});

it('keeps a program for the next job, and has one for each job at a time', async () => {
  const { run } = workers();
  const first = await run('pid');
  expect(await run('pid')).toEqual(first);
  const together = await Promise.all([run('pid'), run('pid'), run('pid')]);
  expect(new Set(together.map((result) => result.kind === 'done' && result.value)).size).toBe(3);
  expect(together).toContainEqual(first);
  expect(together).toContainEqual(await run('pid'));
});

it('sends only the methods that are listed, and only jobs of its class', async () => {
  const listed = workers({ methods: ['pid'] });
  expect(await listed.run('exits', [1])).toEqual({
    kind: 'rejected',
    reason: 'method "exits" may not be called (allowed: pid)',
  });
  expect(await listed.execute({ method: 'pid', args: [], className: 'Mail' })).toEqual({
    kind: 'rejected',
    reason: 'the job is for class "Mail", not Worker',
  });
  expect(await listed.execute({ method: 'pid', args: [], className: 'Worker' })).toMatchObject({
    kind: 'done',
  });
  const namespaced = workers({ className: 'User::Mailer' });
  expect(await namespaced.execute({ method: 'pid', args: [], className: 'Admin::Mailer' })).toEqual({
    kind: 'rejected',
    reason: 'the job is for class "Admin::Mailer", not User::Mailer',
  });
  for (const className of ['Mailer', '\\User\\Mailer'])
    expect(await namespaced.execute({ method: 'pid', args: [], className })).toMatchObject({ kind: 'done' });
  const classless = workers({ className: undefined });
  expect(await classless.execute({ method: 'pid', args: [], className: 'Mail' })).toMatchObject({
    kind: 'rejected',
    reason: expect.stringContaining('no classname is configured'),
  });
  expect(await classless.run('job')).not.toHaveProperty('value.class');
});

it('rejects a job with an argument that JSON cannot carry', async () => {
  expect(await workers().run('echo', [1, { a: [Number.NaN] }])).toMatchObject({
    kind: 'rejected',
    reason: 'args[1].a[0] is NaN, which JSON cannot carry',
  });
});

it.each<[object, object]>([
  [{ error: 'boom' }, { kind: 'failed', reason: 'boom' }],
  [
    { error: 'boom', trace: 'at x:1' },
    { kind: 'failed', reason: 'boom\nat x:1' },
  ],
  [
    { error: 'boom', trace: 'boom at x:1' },
    { kind: 'failed', reason: 'boom at x:1' },
  ],
  [
    { ok: false, error: 'boom', final: true },
    { kind: 'rejected', reason: 'boom', isThrown: true },
  ],
  [
    { error: 'boom\ntwice', trace: 'boom\ntwice\n    at x:1' },
    { kind: 'failed', reason: 'boom\ntwice\n    at x:1' },
  ],
  [
    {
      error: 'boom',
      trace: '/x:1',
      causes: [{ error: 'bang', trace: '/y:2\n/y:3' }, 'bing', { trace: '/z:1' }],
    },
    {
      kind: 'failed',
      reason:
        'boom\ncaused by bang\ncaused by bing\ncaused by {"trace":"/z:1"}\n/x:1\ncaused at /y:2\n/y:3\ncaused at /z:1',
    },
  ],
  [
    { error: 'boom', causes: 'bang' },
    { kind: 'failed', reason: 'boom' },
  ],
  [{ error: { code: 7 } }, { kind: 'failed', reason: '{"code":7}' }],
  [{ error: 'x'.repeat(10_000) }, { kind: 'failed', reason: 'x'.repeat(4096) }],
  [{ ok: 'yes' }, { kind: 'failed', reason: expect.stringContaining('neither ok nor an error: {"id"') }],
])('reads answer %#', async (fields, result) => {
  expect(await workers().run('fails', [fields])).toEqual(result);
});

it('hands on what a program prints, and takes none of it for an answer', async () => {
  const { run, printed } = workers();
  await run('pid');
  const noise = [
    'debug',
    '{',
    '{"',
    '{"ok": NaN}',
    '{"id": "ID", "ok": true',
    '{ not: "json" }',
    'null',
    '"ok"',
    '[{"ok": true}]',
    '{"ok": true, "result": "an answer of another service"}',
    '{"id": "another", "ok": true}',
    '{"id": ["ID"], "ok": true}',
    '{"id": true, "ok": true}',
    '{"id": 22, "error": "another"}',
    '{"id": "ID", "progress": "40"}',
    '{"status": "fine"}',
    '{"ready": true}',
    '{"ready": false}',
  ];
  expect(await run('says', [[...noise, '{"id": "ID", "ok": true, "result": 5}'].join('\n')])).toEqual({
    kind: 'done',
    value: 5,
  });
  expect(printed.map(({ text }) => text)).toEqual(noise.map((line) => line.replace('ID', '2')));
  expect(printed[0]).toEqual({ pid: expect.any(Number), stream: 'stdout', text: 'debug', id: '2' });
});

it('reads answers without an id from a program that never names a job', async () => {
  const { run } = workers();
  expect(await run('nameless')).toEqual({ kind: 'done', value: 'no id' });
  expect(await run('nameless')).toEqual({ kind: 'done', value: 'no id' });
});

it('reads an answer whose id is a number', async () => {
  const { run } = workers();
  expect(await run('says', ['{"id": ID, "ok": true, "result": 1}'])).toEqual({ kind: 'done', value: 1 });
  expect(await run('says', ['{"id": ID.0, "ok": true, "result": 2}'])).toEqual({ kind: 'done', value: 2 });
});

it('takes the answer of a job once', async () => {
  const { run, printed } = workers();
  const line = '{"id": "ID", "ok": true, "result": 1}';
  expect(await run('says', [`${line}\n${line.replace('1', '2')}`])).toEqual({ kind: 'done', value: 1 });
  expect(printed).toMatchObject([{ id: '1', text: line.replace('ID', '1').replace('1}', '2}') }]);
});

it('takes a result of any length', async () => {
  const { run } = workers();
  for (const length of [3 << 20, 10 << 20]) {
    expect(await run('long', [length])).toEqual({ kind: 'done', value: 'x'.repeat(length) });
  }
});

it('tells the progress of a job', async () => {
  const told: unknown[] = [];
  const lines = [
    '{"id": "ID", "progress": 40, "text": "sending"}',
    '{"id": "ID", "progress": 80}',
    '{"id": "ID", "ok": true}',
  ];
  await workers().run('says', [lines.join('\n')], { progress: (...args) => told.push(args) });
  expect(told).toEqual([
    [40, 'sending'],
    [80, undefined],
  ]);
});
