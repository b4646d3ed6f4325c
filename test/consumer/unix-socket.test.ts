import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished } from 'vitest';
import { connect } from '../../shared/client.ts';
import { aboutSocketError } from '../../shared/connection-trouble.ts';
import { UnreachableError } from '../../shared/errors.ts';
import { withWorkplace } from '../fixtures/workplace.ts';
import { startServer } from '../helpers/server.ts';
import { logged } from '../helpers/server-log.ts';
import { CONSUMER_BINARY } from '../helpers/workplace.ts';

/** The user of that name, on every system. */
const NOBODY = 65_534;

const directory = mkdtempSync(join(tmpdir(), 'memq-unix-'));
const socket = join(directory, 'memq.sock');

afterAll(() => rmSync(directory, { recursive: true }));

const it = withWorkplace(['--memory', '-s', socket]);

it.beforeEach(async ({ server, workplace }) => {
  await logged(server, (entry) => entry.path === socket);
  workplace.socket = socket;
});

/** Puts these on the queue as a producer does. */
async function enqueue(path: string, ...texts: string[]): Promise<void> {
  const producer = connect({ path, timeout: 600 });
  onTestFinished(() => producer.close());
  for (const text of texts) await producer.enqueue('q', 'saveToLocal', [text]);
}

describe('over a unix socket', () => {
  it('jobs are enqueued, and run', async ({ workplace }) => {
    await enqueue(socket, 'a', 'b');
    await workplace.configure(`queuesocket = ${socket}\n`);
    expect(await workplace.consume('--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('would call Worker.saveToLocal("a")'),
    });
    expect(await workplace.consume('--check')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`server {5}${socket}, memq-server \\S+; 2 jobs wait`)),
    });
    expect((await workplace.consume()).code).toBe(0);
    expect(await workplace.logged()).toEqual(['a', 'b']);
  });

  it('a daemon runs them as they come, also after the server was restarted', async ({ workplace }) => {
    const path = join(directory, 'own.sock');
    await using server = await startServer({ args: ['-s', path] });
    await logged(server, (entry) => entry.path === path);
    await workplace.configure(`queuesocket = ${path}\n`);
    const run = workplace.start('--watch');
    await run.says(`serves q of ${path} with class Worker`);
    await enqueue(path, 'a');
    await workplace.logs(1);
    await server.restart();
    await logged(server, (entry) => entry.path === path);
    await run.says(`the server at ${path} is back`);
    await enqueue(path, 'b');
    await workplace.logs(2);
    run.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
  });
});

describe('--server', () => {
  it('takes the path of a socket, relative to the working directory, for the server of the configuration', async ({
    workplace,
  }) => {
    await enqueue(socket, 'a');
    await workplace.configure('tls = on\n', 1);
    const { code } = await workplace.consume(
      '--server',
      join('..', directory.split('/').at(-1)!, 'memq.sock'),
    );
    expect(code).toBe(0);
    expect(await workplace.logged()).toEqual(['a']);
  });

  it('takes an address for a socket of the configuration', async ({ server, workplace }) => {
    await enqueue(socket, 'a');
    await workplace.configure('queuesocket = none.sock\n');
    expect((await workplace.consume('--server', `127.0.0.1:${server.port}`)).code).toBe(0);
    expect(await workplace.logged()).toEqual(['a']);
  });

  it('refuses what is neither', async ({ workplace }) => {
    for (const [flag, why] of [
      ['memq.sock', '--server: "memq.sock" is neither host:port nor the path of a unix socket'],
      ['http://127.0.0.1:22201', '--server: "http://127.0.0.1" is a URL'],
      [`/${'x'.repeat(107)}`, 'has more than 107 bytes'],
    ] as const) {
      const { code, stderr } = await workplace.consume('--server', flag);
      expect({ flag, code }).toEqual({ flag, code: 64 });
      expect(stderr).toContain(why);
    }
  });
});

describe('a path that is no socket on which a server listens', () => {
  const file = join(directory, 'file');
  writeFileSync(file, '');
  const missing = 'there is no such socket: start memq-server with --unix-socket, or correct ';

  it('is told with what it is', async ({ workplace }) => {
    const cases = [
      [join(directory, 'none.sock'), missing],
      [join(file, 'memq.sock'), missing],
      [file, 'it is no socket: correct '],
      [directory, 'it is no socket: correct '],
    ] as const;
    for (const [path, why] of cases) {
      const told = enqueue(path, 'a');
      await expect(told).rejects.toThrow(UnreachableError);
      await expect(told).rejects.toThrow(`the server at ${path} cannot be reached: ${why}path (connect E`);
    }
    const sections = cases.map(([path], i) => `[${i}]\nqueuename = q\nqueuesocket = ${path}\n`);
    await workplace.configure(sections.join(''));
    const { code, stdout } = await workplace.consume('--check');
    expect(code).toBe(69);
    expect([...stdout.matchAll(/server {5}PROBLEM: (.*)/g)].map(([, problem]) => problem)).toEqual(
      cases.map(([path, why]) =>
        expect.stringContaining(`the server at ${path} cannot be reached: ${why}queuesocket (connect E`),
      ),
    );
    expect(await workplace.consume('--dry-run')).toMatchObject({
      code: 69,
      stderr: expect.stringContaining(missing),
    });
    expect(await workplace.consume()).toMatchObject({
      code: 69,
      stderr: expect.stringMatching(/no (?:such )?socket: /),
    });
    const run = workplace.start('--watch');
    for (const [path] of cases) await run.says(`the server at ${path} cannot be reached`);
    run.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
  });

  it('since its server was killed, is told as such', async () => {
    const path = join(directory, 'left.sock');
    await using server = await startServer({ args: ['--memory', '-s', path] });
    await logged(server, (entry) => entry.path === path);
    await server.kill();
    await expect(enqueue(path, 'a')).rejects.toThrow('nobody listens on it any more: start memq-server');
  });

  it('since another program listens there, is told as such', async () => {
    const path = join(directory, 'other.sock');
    const other = net.createServer((client) =>
      client.on('error', () => {}).once('data', () => client.end('-ERR unknown command\r\n')),
    );
    await new Promise<void>((resolve) => other.listen(path, resolve));
    onTestFinished(() => void other.close());
    await expect(enqueue(path, 'a')).rejects.toThrow(
      `the server at ${path} cannot be used: what listens there is no memq-server, but speaks as Redis does: correct the address`,
    );
  });

  it('since its rights say no, is told with who asks', async ({ workplace }) => {
    const text = aboutSocketError(
      Object.assign(new Error(`connect EACCES ${socket}`), { code: 'EACCES' }),
      { path: socket, timeoutMs: 1 },
      'connecting',
    );
    expect(text).toBe(
      `user ${process.getuid?.()}, who runs this, may not use it: see to its rights (--unix-mask of memq-server) and those of its directory (connect EACCES ${socket})`,
    );
    chmodSync(socket, 0);
    onTestFinished(() => chmodSync(socket, 0o660));
    if (process.getuid?.() === 0) {
      // Root may do everything, but can be somebody else, unless that one may not read the program.
      if (spawnSync(process.execPath, [CONSUMER_BINARY, '--version'], { uid: NOBODY }).status !== 0) return;
      for (const path of [directory, workplace.directory]) chmodSync(path, 0o755);
      workplace.user = NOBODY;
    }
    await workplace.configure(`queuesocket = ${socket}\n`);
    const { code, stderr } = await workplace.consume();
    expect(stderr).toContain('may not use it: see to its rights (--unix-mask of memq-server)');
    expect(code).toBe(69);
  });
});
