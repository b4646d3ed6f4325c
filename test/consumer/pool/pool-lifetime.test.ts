import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { worker } from '../../helpers/worker-file.ts';

const it = withWorkplace(['--max-attempts', '1']);

const NEVER_LOADS = 'await new Promise(() => {}); export default 1;';

it('drains the queues of one server while another one is gone, and ends with 69', async ({ workplace }) => {
  const gone = await startServer();
  await gone[Symbol.asyncDispose]();
  await workplace.configure(`queuename = q\n[elsewhere]\nqueuename = r\nqueueport = ${gone.port}\n`);
  await workplace.enqueue(...Array.from({ length: 500 }, (_, i) => `saveToLocal(${i})`));
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(69);
  expect(stderr).toContain('cannot be reached');
  expect(await workplace.logged()).toHaveLength(500);
});

it('ends on TERM also while its class does not load', async ({ workplace }) => {
  await workplace.setWorker(`process.stdout.write('started'); ${NEVER_LOADS}`);
  const run = workplace.start('--watch');
  await run.started();
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(stderr).not.toMatch(/"level":[45]0/);
});

it.for([[], ['--watch']])(
  'ends with 78 when its class does not load in time: %s',
  async (flags, { workplace }) => {
    await workplace.setWorker(NEVER_LOADS);
    await workplace.configure('start_timeout = 0.5\n');
    await workplace.enqueue("saveToLocal('a')");
    const { code, stderr } = await workplace.consume(...flags);
    expect(code).toBe(78);
    expect(stderr).toMatch(/worker\.mjs has not started within 0\.5 s .* top-level await/);
    expect(await workplace.peek()).toMatchObject({ attempt: 1 });
  },
);

it('ends with 77 when its login is refused, also when it is to watch', async ({ workplace }) => {
  await writeFile(join(workplace.directory, 'users'), 'somebody:else\n');
  await using guarded = await startServer({ args: ['-Y', join(workplace.directory, 'users')] });
  await workplace.configure('username = web\npassword = wrong\n', guarded.port);
  const { code, stderr } = await workplace.consume('--watch');
  expect(code).toBe(77);
  expect(stderr).toContain('refused the login');
});

it('ends with 70 when its processes end while they load the class, also when it is to watch', async ({
  workplace,
}) => {
  await workplace.setWorker('process.exit(3);');
  const { code, stderr } = await workplace.consume('--watch');
  expect(code).toBe(70);
  expect(stderr).toContain('exit status 3');
});

it('reads its configuration again on a HUP that comes while a class does not load, or old jobs end', async ({
  workplace,
}) => {
  // A job that comes just when a wait for it is ended goes back, and has had an attempt.
  await using patient = await startServer({ args: ['--max-attempts', '9'] });
  using client = await TextClient.connect(patient.port);
  await workplace.configure('grace = 60\n', patient.port);
  const run = workplace.start('--watch');
  await client.set('q', "until('go', 'old')");
  await run.started();
  const file = (source: string) => `process.stdout.write('started'); ${source}`;
  await workplace.setWorker(file(NEVER_LOADS));
  run.kill('SIGHUP');
  await run.started(2);
  await workplace.setWorker(worker("saveToLocal(text) { log('new ' + text); }", "['saveToLocal']"));
  run.kill('SIGHUP');
  await run.says('was read again');
  await workplace.setWorker(worker("saveToLocal(text) { log('newer ' + text); }", "['saveToLocal']"));
  run.kill('SIGHUP');

  await run.says('was read again', 2);
  await client.set('q', "saveToLocal('b')");
  await workplace.logs(1);
  await workplace.touch('go');
  await workplace.logs(2);
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['newer b', 'old']);
});

it('does not take a new job for an old one when a server begins anew', async ({ workplace }) => {
  await using forgetful = await startServer({ args: ['--memory'] });
  await workplace.configure('', forgetful.port);
  const run = workplace.start('--watch');
  using before = await TextClient.connect(forgetful.port);
  await before.set('q', "until('go', 'first')");
  await run.started();
  await forgetful.kill();
  await forgetful.start();
  await workplace.touch('go');
  await workplace.logs(1);
  using client = await TextClient.connect(forgetful.port);
  await client.set('q', "saveToLocal('second')");
  await workplace.logs(2);
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
});
