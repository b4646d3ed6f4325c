import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { foreign } from '../../helpers/foreign.ts';
import { Meeting } from '../../helpers/foreign-program.ts';

const meeting = Meeting.open();
const { workers, arrival } = meeting;

it.each([
  ['ends with an exit code', 'exits', [3], 'the program ended with exit code 3\nlast words', { died: true }],
  ['crashes', 'crashes', [], 'the program was killed by SIGSEGV', { died: true }],
  [
    'ends with its reason on standard output',
    'exitsAloud',
    [['no such file', '{"fatal": true}']],
    'the program ended with exit code 5\nno such file\n{"fatal": true}',
    { died: true },
  ],
  [
    'ends with more words than there is room for',
    'exitsAloud',
    [['first', 'x'.repeat(4000), 'y'.repeat(80), 'last']],
    `the program ended with exit code 5\n${'y'.repeat(80)}\nlast`,
    { died: true },
  ],
  [
    'ends with a line longer than there is room for',
    'exitsAloud',
    [['x'.repeat(10_000)]],
    `the program ended with exit code 5\n${'x'.repeat(4061)}`,
    { died: true },
  ],
  [
    'answers more than any job has to say',
    'long',
    [17 << 20],
    'the program wrote an answer of more than 16777216 bytes',
    {},
  ],
])('fails the job of a program that %s, and replaces it', async (_how, method, args, reason, more) => {
  const { run } = workers();
  expect(await run(method, args)).toEqual({ kind: 'failed', reason, ...more });
  expect(await run('echo', [1])).toEqual({ kind: 'done', value: [1] });
});

it('says of a program that ends nothing that an earlier job has printed', async () => {
  const { executor, run, printed } = workers();
  for (let i = 0; i < 20; i++) expect(await run('whispers')).toEqual({ kind: 'done' });
  expect(await run('exits', [3])).toEqual({
    kind: 'failed',
    reason: 'the program ended with exit code 3\nlast words',
    died: true,
  });
  await executor.close();
  const whispers = Array.from({ length: 20 }, (_, i) => [String(i + 1), 'quiet words']);
  expect(printed.map(({ id, text }) => [id, text])).toEqual([...whispers, ['21', 'last words']]);
});

it('fails the job of a program that ends while a process of its own goes on', async () => {
  const { run } = workers();
  const result = run('startsChild', [meeting.port, true]);
  const child = await arrival();
  expect(await result).toEqual({ kind: 'failed', reason: 'the program ended with exit code 4', died: true });
  child.destroy();
});

it('takes an answer that ends with the program instead of a newline', async () => {
  const { run } = workers();
  expect(await run('answersAndExits')).toEqual({ kind: 'done', value: undefined });
  expect(await run('echo')).toEqual({ kind: 'done', value: [] });
});

it('kills a program whose job was cancelled and is not done after the grace, and only that one', async () => {
  const { run, executor } = workers();
  const info = (id: string) => ({ queue: 'q', id, attempt: 1, enqueued: 0 });
  const [slow, quick] = [info('slow'), info('quick')];
  const results = [slow, quick].map((each) => run('waits', [meeting.port], { info: each }));
  const sockets = [await arrival(), await arrival()];
  executor.cancel(quick, 600_000);
  executor.cancel(slow, 1);
  executor.cancel(slow, 600_000);
  expect(await results[0]).toEqual({ kind: 'failed', reason: 'cancelled' });
  for (const socket of sockets) socket.write('go');
  expect(await results[1]).toEqual({ kind: 'done' });
  // It has ended, so nothing happens.
  executor.cancel(quick, 1);
});

it('kills a program whose job is over its timeout, and only that one', async () => {
  const { run } = workers();
  const others = [run('waits', [meeting.port]), run('waits', [meeting.port])];
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
  const result = workers().run('startsChild', [meeting.port, false], { signal: stop.signal });
  const gone = once(await arrival(), 'close');
  stop.abort();
  expect(await result).toEqual({ kind: 'failed', reason: 'stopped' });
  await gone;
});

it('kills the program when the signal aborts, and starts none after that', async () => {
  const { run, printed } = workers();
  const stop = new AbortController();
  const running = run('waits', [meeting.port], { signal: stop.signal });
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
  await run('holds', [meeting.port]);
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
  const running = [polite.run('waits', [meeting.port]), stubborn.run('any')];
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
    await executor.execute({ info, call: { method: 'holds', args: [${meeting.port}] }, timeoutMs: 0, signal });
    console.log('ran');`;
  const ours = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: meeting.directory,
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
  await run('says', [`${'x'.repeat(10_000)}\n${'y'.repeat(20 << 20)}\n{"ok": true}`]);
  expect(printed.map(({ text }) => text)).toEqual(['x'.repeat(4096), 'y'.repeat(4096)]);
});
