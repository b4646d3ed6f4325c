import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { memqServer } from '../helpers/command.ts';
import { SERVER_BINARY, startServer } from '../helpers/server.ts';
import { hangUp, logged } from '../helpers/server-log.ts';

/** Has a process send itself a signal as soon as it listens to it: before that nobody could. */
function sendingItself(signal: NodeJS.Signals): string[] {
  const code = `
    process.on('newListener', (name) => {
      if (name === '${signal}') setImmediate(() => process.kill(process.pid, '${signal}'));
    });`;
  return ['env', `NODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent(code)}`];
}

describe('a server that is starting', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends in order on %s, however early that comes', async (signal) => {
    const directory = fs.mkdtempSync(join(tmpdir(), 'memq-signals-'));
    const args = ['-p', '0', '-d', directory];
    const { code, stderr } = await memqServer(args, { prefix: sendingItself(signal) });
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/"msg":"stopped"\}\n$/),
    });
    fs.rmSync(directory, { recursive: true });
  });

  it('reads its configuration again when HUP has come so early', async () => {
    await using server = await startServer({ args: ['--memory'], prefix: sendingItself('SIGHUP') });
    await logged(server, ({ msg }) => /read again/.test(String(msg)));
  });
});

describe('a server that runs', () => {
  it('is not ended by signals that mean nothing to it', async () => {
    await using server = await startServer({ args: ['--memory'] });
    for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGPIPE', 'SIGVTALRM'] as const) {
      process.kill(server.pid, signal);
    }
    await hangUp(server);
    expect(server.isRunning).toBe(true);
    expect(JSON.stringify(server.log)).not.toContain('Debugger');
  });
});

describe('commands that look at data', () => {
  it('end by a signal, as any other does', async () => {
    const directory = fs.mkdtempSync(join(tmpdir(), 'memq-signals-'));
    const { code } = await memqServer(['inspect', directory], { prefix: sendingItself('SIGTERM') });
    expect(code).toBe(null);
    fs.rmSync(directory, { recursive: true });
  });
});

describe('the log of a server', () => {
  it('says at its start which version it is and where the data is, and has an end', async () => {
    await using server = await startServer();
    expect(server.log[0]).toMatchObject({
      msg: 'starting',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      data: server.dataDir,
    });
    expect(await server.stop()).toBe(0);
    expect(server.log.at(-1)).toMatchObject({ msg: 'stopped' });
  });

  it.each([
    ['a full disk', 'exec "$@" 2>/dev/full'],
    ['a pipe that nobody reads', '"$@" 2>&1 >/dev/null | true'],
  ])('may be on %s: that ends nothing', async (_, command) => {
    const directory = fs.mkdtempSync(join(tmpdir(), 'memq-signals-'));
    const socket = join(directory, 'socket');
    const args = [process.execPath, SERVER_BINARY, '-p', '0', '-d', join(directory, 'data'), '-s', socket];
    const child = spawn('sh', ['-c', command, 'sh', ...args], { stdio: 'ignore', detached: true });
    const ended = once(child, 'exit');
    while (!fs.existsSync(socket)) await delay(5);
    process.kill(-(child.pid as number), 'SIGHUP');
    process.kill(-(child.pid as number), 'SIGTERM');
    await ended;
    while (fs.existsSync(socket)) await delay(5);
    fs.rmSync(directory, { recursive: true });
  });
});

describe('a data directory', () => {
  it.each([
    ['/proc/memq', /\/proc\/memq/],
    ['/proc/1/memq/data', /\/proc\/1\/memq/],
  ])('that cannot be made is refused, as %s', async (directory, message) => {
    const { code, stderr } = await memqServer(['-p', '0', '-d', directory]);
    expect(code).toBe(74);
    expect(stderr).toMatch(message);
  });
});
