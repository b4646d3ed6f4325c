import { expect } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';

const it = withWorkplace();

it('tells all that is wrong with the command line and the configuration', async ({ workplace }) => {
  await workplace.configure('x = y\nqueueip = g\n[a]\nqueuename = a:1,b\nmethods = a,,b\n');
  const flags = [
    '--max-job',
    '3',
    '--max-jobs',
    '0',
    '--max-time',
    'x',
    '--server',
    'h',
    '--log-level',
    'inf',
  ];
  const { code, stderr } = await workplace.consume(...flags, '--check=yes');
  expect(code).toBe(64);
  const lines = stderr.split('\n').map((line) => line.trim());
  expect(lines.filter((line) => !/^(?:code: .*)?$/.test(line))).toEqual([
    'memq-consume: error: there is no flag --max-job; is it --max-jobs?',
    '--check takes no value',
    expect.stringMatching(/^--max-jobs: "0" is not a whole number/),
    expect.stringMatching(/^--max-time: "x" is not a time/),
    '--server: "h" is neither host:port nor the path of a unix socket',
    expect.stringMatching(/^--log-level: "inf" is not .*; is it info\?$/),
    expect.stringMatching(/^config\.ini:\d: unknown key x; /),
    expect.stringMatching(/^config\.ini:\d: queueip is already set on line/),
    expect.stringMatching(/^config\.ini:\d: queuename: "b" has no weight/),
    expect.stringMatching(/^config\.ini:\d: methods: "" is not a method's name/),
  ]);
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

it('tells of an empty --config with what else is wrong with the flags, and of no file', async ({
  workplace,
}) => {
  const { code, stderr } = await workplace.consume('--config=', '--max-jobs=x');
  expect(code).toBe(64);
  expect(stderr).toContain('--config: it is empty');
  expect(stderr).toContain('--max-jobs: "x"');
  expect(stderr).not.toContain('cannot be read');
});
