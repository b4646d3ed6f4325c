import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, vi } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { withProgram } from '../../helpers/foreign.ts';
import type { TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { Run } from '../../helpers/workplace.ts';

const it = withServer(['--max-attempts', '1']);

const EXAMPLES = join(import.meta.dirname, '../../../examples');
const QUEUE = 'my:memq:test';

const directories: string[] = [];

afterAll(async () => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

/** A copy of the example of a language. */
function example(language: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'memq-foreign-'));
  directories.push(directory);
  cpSync(join(EXAMPLES, language), directory, { recursive: true });
  return directory;
}

function consume(server: TestServer, directory: string, ...flags: string[]): Run {
  return new Run(directory, ['--server', `127.0.0.1:${server.port}`, ...flags]);
}

/** Whether there is a process with this id; one that has ended, and was not waited for, is none. */
function isRunning(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

describe.each([
  ['php', 'php', 'saveToLocal', 'sendMail'],
  ['python', 'python3', 'save_to_local', 'send_mail'],
  ['ruby', 'ruby', 'save_to_local', 'send_mail'],
])('memq-consume with the example in %s', (language, program, save, mail) => {
  withProgram(program, () => {
    it('runs the jobs with the class as it is, refuses what config.ini does not list, and tells what fails', async ({
      server,
    }) => {
      const directory = example(language);
      using client = await TextClient.connect(server.port);
      await client.set(QUEUE, `${save}('hi 哈')`);
      await client.set(QUEUE, `notListed()`);
      await client.set(`${QUEUE}/id=m1`, `${mail}({"to": "a@example.org", "subject": "Grüße"})`);
      await client.set(QUEUE, `${mail}({"to": "nobody", "subject": ""})`);
      const { code, stderr } = await consume(server, directory).ended;
      expect(code).toBe(0);
      expect(readFileSync(join(directory, 'worker.log'), 'utf8')).toBe('hi 哈\n');
      expect(await client.getStatus(`${QUEUE}/id=m1`)).toMatchObject({ state: 'complete', result: '7' });
      expect(stderr).toContain('4 jobs ran');
      expect(stderr).toContain('2 done, 2 refused');
      expect(stderr).toContain('method "notListed" may not be called');
      expect(stderr).toContain('nobody is no address');
      // What the class prints is no trouble.
      expect(stderr).not.toContain('sending to');
      expect(await client.getJob(`${QUEUE}/failed/info`)).toMatchObject({ body: 'notListed()' });
      expect(await client.getJob(`${QUEUE}/failed/info`)).toMatchObject({
        body: expect.stringContaining('nobody'),
      });
    });
  });
});

/** A program of our own, in an endless loop as soon as it has a job; its pid is in the file `pid`. */
function looping(): string {
  const directory = mkdtempSync(join(tmpdir(), 'memq-foreign-'));
  directories.push(directory);
  const program =
    "process.stdin.once('data', () => { require('fs').writeFileSync('pid', process.pid + '\\n'); for (;;); });";
  writeFileSync(join(directory, 'loop.cjs'), program);
  const command = `"${process.execPath}" loop.cjs`;
  writeFileSync(
    join(directory, 'config.ini'),
    `queuename = loop\ncommand = ${command}\nmethods = loop\ngrace = 0.2\n`,
  );
  return directory;
}

describe('a program in an endless loop', () => {
  it.for([
    ['a parent that is killed', ['SIGKILL']],
    ['a stop whose grace is over', ['SIGTERM']],
    ['a second signal', ['SIGTERM', 'SIGTERM']],
  ] as const)('does not outlive %s', async ([_what, signals], { server }) => {
    const directory = looping();
    using client = await TextClient.connect(server.port);
    await client.set('loop', 'loop()');
    const run = consume(server, directory, '--watch');
    const pid = await vi.waitFor(
      () => {
        const text = readFileSync(join(directory, 'pid'), 'utf8');
        expect(text).toMatch(/\n$/);
        return Number(text);
      },
      { timeout: 60_000, interval: 10 },
    );
    expect(isRunning(pid)).toBe(true);
    for (const signal of signals) run.kill(signal);
    await run.ended;
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 60_000, interval: 10 });
  });

  it('is killed at its timeout, and the next job has a new one', async ({ server }) => {
    const directory = looping();
    appendFileSync(join(directory, 'config.ini'), 'timeout = 0.3\n');
    using client = await TextClient.connect(server.port);
    await client.exchange('delete loop\r\n');
    await client.set('loop', 'loop()');
    await client.set('loop', 'loop()');
    const { code, stderr } = await consume(server, directory).ended;
    expect(code).toBe(0);
    expect(stderr).toContain('2 jobs ran');
    expect(stderr.match(/ran longer than its timeout of 0.3 s/g)).toHaveLength(2);
  });
});
