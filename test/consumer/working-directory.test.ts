import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';
import { worker } from '../helpers/worker-file.ts';
import { Run } from '../helpers/workplace.ts';

const it = withWorkplace().extend<{ elsewhere: string }>({
  /** Where memq-consume is started, as cron does it. */
  elsewhere: async ({ workplace: _ }, use) => {
    const directory = await mkdtemp(join(tmpdir(), 'memq-elsewhere-'));
    await use(directory);
    await rm(directory, { recursive: true });
  },
});

it('of a class is that of the configuration, and of flags that of the caller', async ({
  workplace,
  elsewhere,
}) => {
  const config = relative(elsewhere, join(workplace.directory, 'config.ini'));
  await workplace.configure('output = log\n');
  await workplace.enqueue("saveToLocal('a')");
  const flags = ['--config', config, '--log-file', 'mine.log'];
  expect(await new Run(elsewhere, flags).ended).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await workplace.logged()).toEqual(['a']);
  expect(existsSync(join(elsewhere, 'worker.log'))).toBe(false);
  expect(readFileSync(join(elsewhere, 'mine.log'), 'utf8')).toContain('"done":1');

  const run = new Run(elsewhere, [...flags, '--watch']);
  onTestFinished(() => run.kill('SIGKILL'));
  await run.says('ready');
  run.kill('SIGHUP');
  await run.says('the configuration was read again');
  await workplace.enqueue("saveToLocal('b')");
  await workplace.logs(2);
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
});

it('is the same while the class is loaded, for a look as for a run', async ({ workplace, elsewhere }) => {
  writeFileSync(join(workplace.directory, 'name.txt'), 'beside the configuration');
  await workplace.setWorker(
    `import { readFileSync } from 'node:fs'; const name = readFileSync('name.txt', 'utf8');
    ${worker("saveToLocal() { log(name + ' ' + process.cwd()); }", "['saveToLocal']")}`,
  );
  await workplace.enqueue("saveToLocal('a')");
  const config = join(workplace.directory, 'config.ini');
  for (const flags of [['--check'], ['--dry-run'], []])
    expect((await new Run(elsewhere, ['--config', config, ...flags]).ended).code).toBe(0);
  expect(await workplace.logged()).toEqual([`beside the configuration ${workplace.directory}`]);
});

it('leaves what Node.js itself is told to load where the caller says', async ({ workplace, elsewhere }) => {
  writeFileSync(join(elsewhere, 'before.cjs'), '');
  await workplace.enqueue("saveToLocal('a')");
  const config = join(workplace.directory, 'config.ini');
  const env = { NODE_OPTIONS: '--require ./before.cjs' };
  expect((await new Run(elsewhere, ['--config', config], env).ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['a']);
});
