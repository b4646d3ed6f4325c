import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';

const it = withWorkplace();

const WARNING = 'every user of this machine may read this file of passwords or keys: chmod o-r';

it('warns of a password that all may read, in --check and where it watches, and says nothing from cron', async ({
  workplace,
}) => {
  const file = join(workplace.directory, 'config.ini');
  await workplace.configure('username = me\npassword = secret\n');
  await chmod(file, 0o644);
  const checked = await workplace.consume('--check');
  expect(checked.code).toBe(0);
  expect(checked.stdout).toContain(`\n${file}: ${WARNING}\n`);
  expect(await workplace.consume()).toEqual({ code: 0, stdout: '', stderr: '' });

  const run = workplace.start('--watch');
  await run.says('ready');
  await chmod(file, 0o640);
  run.kill('SIGHUP');
  await run.says('was read again');
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  const lines = stderr.split('\n').slice(0, -1);
  const warnings = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === WARNING);
  expect(warnings).toEqual([expect.objectContaining({ level: 40, file })]);
  expect((await workplace.consume('--check')).stdout).not.toContain(WARNING);
});
