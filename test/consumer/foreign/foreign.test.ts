import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jobLine } from '../../../consumer/foreign/messages.ts';
import { ConfigError } from '../../../shared/errors.ts';
import { type Foreign, foreign } from '../../helpers/foreign.ts';

const PROGRAM = `#!/usr/bin/env node
const { spawn } = require('node:child_process');
const { connect } = require('node:net');
const { createInterface } = require('node:readline');

const answer = (line) => process.stdout.write(JSON.stringify(line) + '\\n');

const METHODS = {
  job: (job) => answer({ id: job.id, ok: true, result: job }),
  echo: ({ id }, ...args) => answer({ id, ok: true, result: args }),
  nameless: () => answer({ ok: true, result: 'no id' }),
  pid: ({ id }) => answer({ id, ok: true, result: process.pid }),
  says: (job, line) => console.log(line.replaceAll('ID', job.id)),
  fails: ({ id }, fields) => answer({ id, ...fields }),
  waits: ({ id }, port) => connect(port).on('data', function () {
    this.destroy();
    answer({ id, ok: true });
  }),
  holds: ({ id }, port) => connect(port).on('connect', () => answer({ id, ok: true })).unref(),
  loops: () => { for (;;); },
  startsChild: (job, port, detached) => {
    const child = spawn(process.execPath, ['-e', 'require("node:net").connect(' + port + ')'], { stdio: 'inherit', detached });
    if (detached) process.exit(4);
  },
  exits: (job, code) => { console.error('last words'); process.exit(code); },
  crashes: () => process.kill(process.pid, 'SIGSEGV'),
  answersAndExits: ({ id }) => process.stdout.write(JSON.stringify({ id, ok: true }), () => process.exit()),
  floods: ({ id }, lines) => {
    for (let i = 0; i < lines; i++) console.error('line ' + i);
    answer({ id, ok: true });
  },
};
createInterface({ input: process.stdin }).on('line', (line) => {
  const job = JSON.parse(line);
  METHODS[job.method](job, ...job.args);
});
`;

let directory: string;
/** Where programs connect to: a connection that closes tells of a process that is gone. */
let meeting: Server;
let port: number;
let arrivals: AsyncIterator<[Socket]>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'memq-foreign-'));
  writeFileSync(join(directory, 'program'), PROGRAM, { mode: 0o755 });
  meeting = createServer().listen(0, '127.0.0.1');
  arrivals = on(meeting, 'connection') as AsyncIterator<[Socket]>;
  await once(meeting, 'listening');
  port = (meeting.address() as { port: number }).port;
});
afterAll(() => {
  meeting.close();
  rmSync(directory, { recursive: true });
});

const METHODS = [...PROGRAM.matchAll(/^ {2}(\w+): \(/gm)].map(([, name]) => name);

/** An executor of the program above. */
function workers(options: Parameters<typeof foreign>[1] = {}): Foreign {
  return foreign(['./program'], { directory, methods: METHODS, ...options });
}

async function arrival(): Promise<Socket> {
  const [socket] = (await arrivals.next()).value;
  return socket.on('error', () => {}).resume();
}

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
    '{ not: "json" }',
    '[{"ok": true}]',
    '{"ok": true, "result": "an answer of another service"}',
    '{"id": "another", "ok": true}',
    '{"status": "fine"}',
  ];
  expect(await run('says', [[...noise, '{"id": "ID", "ok": true, "result": 5}'].join('\n')])).toEqual({
    kind: 'done',
    value: 5,
  });
  expect(printed.map(({ text }) => text)).toEqual(noise);
  expect(printed[0]).toEqual({ pid: expect.any(Number), stream: 'stdout', text: 'debug', id: '2' });
});

it('reads answers without an id from a program that never names a job', async () => {
  const { run } = workers();
  expect(await run('nameless')).toEqual({ kind: 'done', value: 'no id' });
  expect(await run('nameless')).toEqual({ kind: 'done', value: 'no id' });
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

it.each([
  ['ends with an exit code', 'exits', [3], 'the program ended with exit code 3\nlast words'],
  ['crashes', 'crashes', [], 'the program was killed by SIGSEGV'],
  [
    'answers what is not JSON',
    'says',
    ['{"id": "ID", "ok": NaN}'],
    expect.stringContaining('the program answered what is not JSON'),
  ],
  [
    'writes a line without end',
    'says',
    ['x'.repeat(3 << 20)],
    'the program wrote a line of more than 1048576 bytes',
  ],
])('fails the job of a program that %s, and replaces it', async (_how, method, args, reason) => {
  const { run } = workers();
  expect(await run(method, args)).toEqual({ kind: 'failed', reason });
  expect(await run('echo', [1])).toEqual({ kind: 'done', value: [1] });
});

it('fails the job of a program that ends while a process of its own goes on', async () => {
  const { run } = workers();
  const result = run('startsChild', [port, true]);
  const child = await arrival();
  expect(await result).toEqual({ kind: 'failed', reason: 'the program ended with exit code 4' });
  child.destroy();
});

it('takes an answer that ends with the program instead of a newline', async () => {
  const { run } = workers();
  expect(await run('answersAndExits')).toEqual({ kind: 'done', value: undefined });
  expect(await run('echo')).toEqual({ kind: 'done', value: [] });
});

it('kills a program whose job is over its timeout, and only that one', async () => {
  const { run } = workers();
  const others = [run('waits', [port]), run('waits', [port])];
  const sockets = [await arrival(), await arrival()];
  const [pid] = [await run('pid')].map((result) => result.kind === 'done' && result.value);
  expect(await run('loops', [], { timeoutMs: 300 })).toEqual({
    kind: 'failed',
    reason: 'ran longer than its timeout of 0.3 s',
  });
  expect(() => process.kill(pid as number, 0)).toThrow('ESRCH');
  expect(await run('echo', [1])).toEqual({ kind: 'done', value: [1] });
  for (const socket of sockets) socket.write('go on');
  expect(await Promise.all(others)).toEqual([{ kind: 'done' }, { kind: 'done' }]);
});

it('kills what the program has started as well', async () => {
  const stop = new AbortController();
  const result = workers().run('startsChild', [port, false], { signal: stop.signal });
  const gone = once(await arrival(), 'close');
  stop.abort();
  expect(await result).toEqual({ kind: 'failed', reason: 'stopped' });
  await gone;
});

it('kills the program when the signal aborts, and starts none after that', async () => {
  const { run, printed } = workers();
  const stop = new AbortController();
  const running = run('waits', [port], { signal: stop.signal });
  const gone = once(await arrival(), 'close');
  stop.abort();
  expect(await running).toEqual({ kind: 'failed', reason: 'stopped' });
  await gone;
  expect(await run('says', ['never'], { signal: stop.signal })).toEqual({
    kind: 'failed',
    reason: 'stopped',
  });
  expect(printed).toEqual([]);
});

it('replaces a program after so many jobs, which ends by itself', async () => {
  const { run } = workers({ recycle: 2 });
  await run('holds', [port]);
  const gone = once(await arrival(), 'close');
  const pids = [];
  for (let i = 0; i < 4; i++) pids.push(await run('pid'));
  await gone;
  expect(pids[1]).not.toEqual(pids[0]);
  expect(pids[2]).toEqual(pids[1]);
  expect(pids[3]).not.toEqual(pids[2]);
});

it('lets programs end when it is closed, and kills those that do not', async () => {
  const polite = workers();
  const stubborn = foreign(['sh', '-c', 'while :; do sleep 0.1; done'], { methods: ['any'], graceMs: 100 });
  const running = [polite.run('waits', [port]), stubborn.run('any')];
  const socket = await arrival();
  const closed = [polite.executor.close(), stubborn.executor.close()];
  socket.write('go on');
  expect(await Promise.all(running)).toEqual([{ kind: 'done' }, { kind: 'failed', reason: 'stopped' }]);
  await Promise.all(closed);
});

it('leaves no idle program behind when its own process is killed', async () => {
  const file = new URL('../../../dist/consumer/foreign/foreign-executor.js', import.meta.url);
  const script = `
    import { ForeignExecutor } from ${JSON.stringify(file.href)};
    const executor = new ForeignExecutor({
      command: ['./program'], directory: '.', methods: ['holds'], recycle: 0, graceMs: 1000, onPrinted() {},
    });
    const info = { queue: 'q', id: '1', attempt: 1, enqueued: 0 };
    const signal = new AbortController().signal;
    await executor.execute({ info, call: { method: 'holds', args: [${port}] }, timeoutMs: 0, signal });
    console.log('ran');`;
  const ours = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ran = once(createInterface({ input: ours.stdout }), 'line');
  const gone = once(await arrival(), 'close');
  expect(await ran).toEqual(['ran']);
  ours.kill('SIGKILL');
  await gone;
});

it('passes on all that a program prints', async () => {
  const { executor, run, printed } = workers();
  expect(await run('floods', [100_000])).toEqual({ kind: 'done' });
  await executor.close();
  expect(printed).toHaveLength(100_000);
  expect(printed.at(-1)).toMatchObject({ stream: 'stderr', text: 'line 99999' });
});

it('cuts a long line that a program prints', async () => {
  const { run, printed } = workers();
  await run('says', [`${'x'.repeat(10_000)}\n{"ok": true}`]);
  expect(printed.map(({ text }) => text)).toEqual(['x'.repeat(4096)]);
});

it.each([
  ['is not there', ['./missing'], 'command ./missing: the program cannot be started: spawn ./missing ENOENT'],
  ['ends at once', ['sh', '-c', 'echo no class >&2; exit 3'], 'the program ended with exit code 3\nno class'],
] as const)('does not start with a program that %s', async (_how, command, message) => {
  const { executor } = foreign([...command], { directory });
  const error = await executor.start().catch((error) => error);
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toContain(message);
});

it('starts with a program that lives, and with one that says that it is ready', async () => {
  const quiet = workers();
  await quiet.executor.start();
  expect(await quiet.run('echo', [1])).toEqual({ kind: 'done', value: [1] });
  const ready = foreign(['sh', '-c', `echo '{"ready": true}'; read job; echo '{"ok": true}'`], {
    methods: ['any'],
  });
  await ready.executor.start();
  expect(await ready.run('any')).toEqual({ kind: 'done' });
  expect(ready.printed).toEqual([]);
});

it('starts programs that cannot run ever more rarely, and goes on when they can', async () => {
  const place = mkdtempSync(join(directory, 'moved-'));
  const file = join(place, 'program');
  writeFileSync(file, PROGRAM, { mode: 0o755 });
  const { executor, run } = foreign(['./program'], { directory: place, methods: METHODS });
  await executor.start();
  renameSync(file, `${file}.away`);
  await run('exits', [0]);
  const missing = 'the program cannot be started: spawn ./program ENOENT';
  for (let i = 0; i < 3; i++) expect(await run('echo')).toEqual({ kind: 'failed', reason: missing });
  expect(await run('echo', [], { timeoutMs: 10 })).toEqual({
    kind: 'failed',
    reason: `ran longer than its timeout of 0.01 s, waiting for a program, since the last one failed: ${missing}`,
  });
  renameSync(`${file}.away`, file);
  expect(await run('echo')).toEqual({ kind: 'done', value: [] });
});
