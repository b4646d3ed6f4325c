import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ConfigError } from '../../../shared/errors.ts';
import { foreign } from '../../helpers/foreign.ts';
import { METHODS, Meeting, PROGRAM } from '../../helpers/foreign-program.ts';

const meeting = Meeting.open();
const { workers } = meeting;

it.each([
  [
    'is not there',
    ['./missing'],
    'command ./missing: the program cannot be started: there is no ./missing, or not what its first line names to run it (ENOENT)',
  ],
  ['ends at once', ['sh', '-c', 'echo no class >&2; exit 3'], 'the program ended with exit code 3\nno class'],
  ['says that it cannot', ['sh', '-c', `echo '{"error": "no class"}'; sleep 1000`], ': no class'],
  [
    'says so after a while',
    [
      'sh',
      '-c',
      `echo '{"ready": false}'; sleep 1; echo '{"error": "no class", "trace": "/x:1"}'; sleep 1000`,
    ],
    ': no class\n/x:1',
  ],
  [
    'ends after a while',
    ['sh', '-c', `echo '{"ready": false}'; sleep 0.2; echo no class; exit 3`],
    'the program ended with exit code 3\nno class',
  ],
] as const)('does not start with a program that %s', async (_how, command, message) => {
  const { executor } = foreign([...command], { directory: meeting.directory });
  const error = await executor.start().catch((error) => error);
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toContain(message);
});

it('starts with a program that lives, and with one that says that it is ready', async () => {
  const quiet = workers({ startMs: 300 });
  await quiet.executor.start();
  expect(await quiet.run('echo', [1])).toEqual({ kind: 'done', value: [1] });
  const ready = foreign(['sh', '-c', `echo '{"ready": true}'; read job; echo '{"ok": true}'`], {
    methods: ['any'],
  });
  await ready.executor.start();
  expect(await ready.run('any')).toEqual({ kind: 'done' });
  expect(ready.printed).toEqual([]);
});

it('waits for a program that says that it loads', async () => {
  const script = `
    echo '{"ready": false}'; sleep 0.2; echo '{"ready": true}'
    while read -r job; do echo '{"ok": true}'; done`;
  const { executor, run, printed } = foreign(['sh', '-c', script], { methods: ['any'], startMs: 60_000 });
  await executor.start();
  // The second of them has to be started for it.
  expect(await Promise.all([run('any'), run('any')])).toEqual([{ kind: 'done' }, { kind: 'done' }]);
  expect(printed).toEqual([]);
});

it('gives no job to a program that cannot load any more', async () => {
  const place = mkdtempSync(join(meeting.directory, 'changed-'));
  const script = (end: string) => `#!/bin/sh\necho '{"ready": false}'\n${end}\n`;
  const file = join(place, 'program');
  writeFileSync(file, script(`echo '{"ready": true}'\nread job\nread end`), { mode: 0o755 });
  const { executor, run } = foreign(['./program'], {
    directory: place,
    methods: ['any'],
    startMs: 60_000,
  });
  await executor.start();
  writeFileSync(`${file}.new`, script(`echo '{"error": "no class"}'\nread job`), { mode: 0o755 });
  renameSync(`${file}.new`, file);
  const held = run('any');
  expect(await run('any')).toEqual({ kind: 'failed', reason: 'no class' });
  writeFileSync(`${file}.new`, script('sleep 1000'), { mode: 0o755 });
  renameSync(`${file}.new`, file);
  expect(await run('any', [], { timeoutMs: 1000 })).toEqual({
    kind: 'failed',
    reason: 'ran longer than its timeout of 1 s',
  });
  await executor.close();
  expect(await held).toMatchObject({ kind: 'failed', reason: 'the program ended with exit code 1' });
});

it('tells a program the class and the methods that it is to have', async () => {
  const { run } = workers({ className: 'App\\Worker' });
  expect(await run('env')).toEqual({ kind: 'done', value: ['App\\Worker', METHODS.join(' ')] });
  expect(await workers({ className: undefined }).run('env')).toEqual({
    kind: 'done',
    value: [null, METHODS.join(' ')],
  });
});

it('starts programs that cannot run ever more rarely, and goes on when they can', async () => {
  const place = mkdtempSync(join(meeting.directory, 'moved-'));
  const file = join(place, 'program');
  writeFileSync(file, PROGRAM, { mode: 0o755 });
  const { executor, run } = foreign(['./program'], { directory: place, methods: METHODS });
  await executor.start();
  renameSync(file, `${file}.away`);
  await run('exits', [0]);
  const missing =
    'the program cannot be started: there is no ./program, or not what its first line names to run it (ENOENT)';
  for (let i = 0; i < 3; i++) expect(await run('echo')).toEqual({ kind: 'failed', reason: missing });
  expect(await run('echo', [], { timeoutMs: 10 })).toEqual({
    kind: 'failed',
    reason: `ran longer than its timeout of 0.01 s, waiting for a program, since the last one failed: ${missing}`,
  });
  renameSync(`${file}.away`, file);
  expect(await run('echo')).toEqual({ kind: 'done', value: [] });
});
