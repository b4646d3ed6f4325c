import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { withOwnServer, withServer } from '../../fixtures/server.ts';
import { memqServer, type Result } from '../../helpers/command.ts';
import { startServer } from '../../helpers/server.ts';
import { hangUp, logged } from '../../helpers/server-log.ts';
import { TextClient } from '../../helpers/text-client.ts';

const it = withServer(['--memory']);

const check = (...flags: string[]): Promise<Result> => memqServer(['--check', '--http', 'none', ...flags]);
const checkPort = (port: number, ...flags: string[]) => check('-p', String(port), ...flags);

describe.concurrent('memq-server --check', () => {
  it('says on a line that a server runs, and what it has', async ({ server, client }) => {
    await client.set('q', 'job');
    const { code, stdout, stderr } = await checkPort(server.port);
    expect(stdout).toMatch(
      /^memq-server \S+ at 127\.0\.0\.1:\d+, pid \d+, up \d+ \w+: takes messages, has 1 message in 1 queue\n$/,
    );
    expect(stdout).toContain(`pid ${server.pid},`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('finds the server by the configuration, and by a flag that stands over it', async ({
    server,
    onTestFinished,
  }) => {
    const file = `${server.dataDir}-check.ini`;
    onTestFinished(() => rmSync(file));
    writeFileSync(file, `port = ${server.port}\n`);
    expect(await check('--config', file)).toMatchObject({ code: 0 });
    expect(await check('--config', file, '-s', `${server.dataDir}/none`)).toMatchObject({
      code: 69,
      stderr: `memq-server: no memq-server answers at ${server.dataDir}/none: there is no such socket: start it, or correct unix_socket (ENOENT)\n`,
    });
  });

  it('says that nobody answers, and why', async ({ onTestFinished }) => {
    const { port, close } = await listen(onTestFinished, () => {});
    await close();
    const { code, stdout, stderr } = await checkPort(port);
    expect(stderr).toMatch(
      /^memq-server: no memq-server answers at 127\.0\.0\.1:\d+: nothing listens there.*\n$/,
    );
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
  });

  it('takes nobody else for a memq-server', async ({ onTestFinished }) => {
    const { port } = await listen(onTestFinished, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await checkPort(port)).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('what listens there says "HTTP/1.1 400 Bad Request"'),
    });
    const silent = await listen(onTestFinished, (socket) => socket.end());
    expect(await checkPort(silent.port)).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('what listens there says nothing'),
    });
  });

  it('keeps no more of an endless answer than it needs, and shows nothing that a terminal obeys', async ({
    onTestFinished,
  }) => {
    const endless = await listen(onTestFinished, (socket) => {
      const tellMore = () => {
        while (!socket.destroyed && socket.write('\x1b[2J'.repeat(100_000)));
      };
      socket.on('drain', tellMore);
      tellMore();
    });
    const { code, stderr } = await checkPort(endless.port);
    expect(code).toBe(69);
    expect(stderr).toContain('what listens there says "\\u001b[2J');
    expect(stderr.length).toBeLessThan(1000);
    const evil = await listen(onTestFinished, (socket) =>
      socket.end('STAT journal_failure none\r\nSTAT version \x1b[2J\r\n'),
    );
    expect((await checkPort(evil.port)).stdout).toContain('memq-server \\u001b[2J at');
  });

  it('does not wait for ever', async ({ onTestFinished }) => {
    const { port } = await listen(onTestFinished, () => {});
    expect(await checkPort(port)).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('nothing in 5 s'),
    });
  });

  it('ends with 75 where a server has no place for it', async () => {
    await using server = await startServer({ args: ['--memory', '-c', '1'] });
    using client = await TextClient.connect(server.port);
    await client.ask('version');
    expect(await checkPort(server.port)).toMatchObject({
      code: 75,
      stderr: expect.stringContaining('says: too many open connections'),
    });
  });

  it('needs a port that it can know', async () => {
    expect(await checkPort(0)).toMatchObject({ code: 64, stderr: expect.stringContaining('port 0') });
  });

  it('tells what is wrong with the configuration first', async ({ server }) => {
    const file = join(server.dataDir, 'none.ini');
    expect(await checkPort(server.port, '--config', file)).toMatchObject({ code: 78 });
  });
});

describe.concurrent('memq-server --check of a server with users', () => {
  it('logs in as the first of them, over TCP and over a unix socket', async ({ server, onTestFinished }) => {
    const users = `${server.dataDir}-users`;
    const path = `${server.dataDir}-socket`;
    onTestFinished(() => rmSync(users));
    writeFileSync(users, '\nweb:pass:word\nother:x\n');
    await using own = await startServer({ args: ['--memory', '-Y', users, '-s', path] });
    expect(await checkPort(own.port, '-Y', users)).toMatchObject({ code: 0 });
    const overSocket = await check('-s', path, '-Y', users);
    expect(overSocket).toMatchObject({ code: 0, stdout: expect.stringContaining(` at ${path}, `) });

    expect(await checkPort(own.port)).toMatchObject({ code: 77 });
    writeFileSync(users, 'web:changed\n');
    expect(await checkPort(own.port, '-Y', users)).toMatchObject({
      code: 77,
      stderr: expect.stringContaining('kill -HUP has it read auth_file again'),
    });
    await hangUp(own);
    expect(await checkPort(own.port, '-Y', users)).toMatchObject({ code: 0 });
  });
});

const onDisk = withOwnServer();

onDisk('ends with 74 once the disk has failed', async ({ server, client }) => {
  await client.set('q', 'job');
  for (const name of readdirSync(server.dataDir)) {
    if (name.endsWith('.journal')) rmSync(join(server.dataDir, name));
  }
  await logged(server, ({ msg }) => String(msg).includes('nothing is acknowledged any more'));
  expect(await checkPort(server.port)).toMatchObject({
    code: 74,
    stderr: expect.stringMatching(/stores nothing any more: .*\.journal is missing/),
  });
  await server.kill();
});

/** Somebody else's server, until the test is over. */
async function listen(
  onTestFinished: (close: () => Promise<void>) => void,
  onConnection: (socket: net.Socket) => void,
): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => {}).resume());
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  onTestFinished(close);
  return { port, close };
}
