import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, vi } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import type { TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { Run } from '../../helpers/workplace.ts';

const it = withServer(['--max-attempts', '1']);

const directories: string[] = [];

afterAll(async () => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

function consume(server: TestServer, directory: string, ...flags: string[]): Run {
  return new Run(directory, ['--server', `127.0.0.1:${server.port}`, ...flags]);
}

/** Whether there is a process with this id; one that has ended, and was not waited for, is none. */
function isRunning(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

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
