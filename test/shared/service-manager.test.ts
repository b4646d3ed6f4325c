import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';
import { type ServerOptions, startServer } from '../helpers/server.ts';
import { logged } from '../helpers/server-log.ts';

const it = withWorkplace(['--memory']);

/** In place of systemd's program: it says to whom what was said, over a socket that takes more than a datagram. */
const NOTIFY = `
const [to, socket] = process.env.NOTIFY_SOCKET.split('=');
require('node:net').connect(socket).end(to + ' ' + process.argv.slice(2).join(' '));
`;

/** A service manager, and what it is told, in its order. */
async function serviceManager(
  does = NOTIFY,
): Promise<{ env: Record<string, string>; next: () => Promise<string> }> {
  const directory = mkdtempSync(join(tmpdir(), 'memq-notify-'));
  const program = join(directory, 'systemd-notify');
  writeFileSync(program, `#!${process.execPath}\n${does}`);
  chmodSync(program, 0o755);
  const path = join(directory, 'socket');
  const server = net.createServer().listen(path);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });
  return {
    env: { NOTIFY_SOCKET: `us=${path}`, PATH: `${directory}:${process.env.PATH}` },
    next: async () => text((await once(server, 'connection'))[0]),
  };
}

function prefixOf(env: Readonly<Record<string, string>>): ServerOptions['prefix'] {
  return ['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
}

it('is told that the server listens, and that it stops', async () => {
  const { env, next } = await serviceManager();
  const ready = next();
  await using server = await startServer({ args: ['--memory'], prefix: prefixOf(env) as string[] });
  expect(await ready).toBe('us READY=1');
  const stopping = next();
  const ended = server.stop();
  expect(await stopping).toBe('us STOPPING=1');
  expect(await ended).toBe(0);
});

it('is told that a worker is ready, and that it stops; jobs cannot tell it anything', async ({
  workplace,
}) => {
  const { env, next } = await serviceManager();
  await workplace.setWorker(`
    import { appendFileSync } from 'node:fs';
    import { defineWorker } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
    class Worker {
      look() { appendFileSync('worker.log', String(process.env.NOTIFY_SOCKET) + '\\n'); }
    }
    export default defineWorker(Worker, { methods: ['look'] });
  `);
  workplace.env = env;
  const ready = next();
  const run = workplace.start('--watch');
  expect(await ready).toBe('us READY=1');
  await workplace.enqueue('look()');
  await workplace.logs(1);
  expect(await workplace.logged()).toEqual(['undefined']);
  const stopping = next();
  run.kill('SIGTERM');
  expect(await stopping).toBe('us STOPPING=1');
  expect(await run.ended).toMatchObject({ code: 0 });
});

it('is told nothing by a run from cron', async ({ workplace }) => {
  workplace.env = { NOTIFY_SOCKET: '/nowhere', PATH: '/nowhere' };
  await workplace.enqueue("saveToLocal('hi')");
  expect(await workplace.consume()).toEqual({ code: 0, stdout: '', stderr: '' });
});

it.each([
  ['its program is not there', '/nowhere', 'spawn systemd-notify ENOENT'],
  ['its program ends with an error', undefined, 'systemd-notify ended with 1'],
])('may be out of reach (%s): the log says so, and the server serves', async (_what, path, error) => {
  const { env } = await serviceManager('process.exit(1)');
  const prefix = prefixOf({ NOTIFY_SOCKET: '/nowhere', PATH: path ?? env.PATH! }) as string[];
  await using server = await startServer({ args: ['--memory'], prefix });
  expect(await logged(server, ({ msg }) => msg === 'systemd cannot be told')).toMatchObject({
    error: expect.stringContaining(error),
  });
  expect(await server.stop()).toBe(0);
});
