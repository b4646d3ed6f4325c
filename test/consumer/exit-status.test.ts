import { expect } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';

const it = withWorkplace();

it.for<[number, string, string[], string | undefined]>([
  [64, 'an unknown option', ['--what'], undefined],
  [64, 'an argument too many', ['config.ini'], undefined],
  [64, 'a wrong number', ['--max-jobs', '0'], undefined],
  [64, 'a wrong server', ['--server', 'here'], undefined],
  [64, 'an unknown level', ['--log-level', 'loud'], undefined],
  [69, 'no server', ['--server', '127.0.0.1:1'], undefined],
  [77, 'a bare class', [], 'export default class Worker {}'],
  [78, 'no configuration', ['--config', 'none.ini'], undefined],
  [78, 'a class file that throws', [], "throw new Error('broken')"],
])('ends with %i for %s, and says why', async ([code, _, args, worker], { workplace }) => {
  if (worker !== undefined) await workplace.setWorker(worker);
  const ended = await workplace.consume(...args);
  expect(ended.code).toBe(code);
  expect(ended.stdout).toBe('');
  expect(ended.stderr).not.toBe('');
});

it('prints its version and its help', async ({ workplace }) => {
  expect(await workplace.consume('--version')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
  expect(await workplace.consume('--help')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('--dry-run'),
  });
});
