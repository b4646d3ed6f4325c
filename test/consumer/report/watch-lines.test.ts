import { expect } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { startServer } from '../../helpers/server.ts';

const it = withWorkplace();

interface Line {
  readonly level: number;
  readonly msg: string;
}

function linesOf(stderr: string): Line[] {
  const lines = stderr.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line);
}

it('a daemon says what it serves, when it is ready, that it stops and that it has stopped', async ({
  server,
  workplace,
}) => {
  await using other = await startServer();
  const program = `command = "${process.execPath}" -e "process.stdin.resume()"\nmethods = a\nqueueport = ${other.port}`;
  await workplace.configure(
    `queuename = q\nprocesses = 2\nconcurrency = 3\ngrace = 5\n[programs]\nqueuename = r,s\nprocesses = 1\nconcurrency = 1\n${program}\n`,
  );
  const run = workplace.start('--watch');
  await run.says('ready');
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  const lines = linesOf(stderr);
  expect(lines.map(({ msg }) => msg)).toEqual([
    expect.stringMatching(/^memq-consume \d\S* starts, by \/.*\/config\.ini$/),
    `serves q of 127.0.0.1:${server.port} with class Worker, in 2 processes, 3 jobs at a time in each`,
    `serves r,s of 127.0.0.1:${other.port} with ${process.execPath} -e process.stdin.resume(), in 1 process`,
    'ready: jobs start as they come',
    'stops: takes no more jobs, and waits up to 5 s for those that run',
    'stopped',
  ]);
  expect(lines[0]).toMatchObject({ level: 30, version: expect.stringMatching(/^\d/) });
  expect(lines[1]).toMatchObject({
    queue: 'q',
    server: `127.0.0.1:${server.port}`,
    class: 'Worker',
    processes: 2,
  });
});

it('a daemon whose server is not there says so, and stops without waiting for it', async ({ workplace }) => {
  const gone = await startServer();
  await gone[Symbol.asyncDispose]();
  await workplace.configure('grace = 1h\n', gone.port);
  const run = workplace.start('--watch');
  await run.says('once the server is back');
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  const messages = linesOf(stderr).map(({ msg }) => msg);
  expect(messages.at(-1)).toBe('stopped');
  expect(messages.filter((msg) => msg.startsWith('ready'))).toHaveLength(1);
  expect(messages).toContainEqual(expect.stringContaining('trying again until it is back'));
});

it('a daemon that has read its configuration again says what it serves now', async ({ workplace }) => {
  const run = workplace.start('--watch');
  await run.says('ready');
  await workplace.configure('queuename = t\n');
  run.kill('SIGHUP');
  await run.says('serves t of');
  run.kill('SIGTERM');
  const messages = linesOf((await run.ended).stderr).map(({ msg }) => msg);
  expect(messages.filter((msg) => msg.startsWith('serves '))).toHaveLength(2);
  expect(messages.indexOf('the configuration was read again')).toBeLessThan(
    messages.findIndex((msg) => msg.startsWith('serves t')),
  );
});

it('a run that is too many says why, and not that it serves anything', async ({ workplace }) => {
  const run = workplace.start('--watch');
  await run.says('ready');
  const { code, stderr } = await workplace.consume('--watch');
  expect(code).toBe(75);
  expect(stderr).toMatch(/another run is at work since .*overlap/);
  expect(stderr).not.toContain('serves');
});
