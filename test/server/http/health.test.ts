import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { RefusedLogins } from '../../../server/commands/refused-logins.ts';
import { readConfig } from '../../../server/config/config.ts';
import type { HttpContext } from '../../../server/http/context.ts';
import { HttpSide } from '../../../server/http-side.ts';
import { createLogger } from '../../../shared/logger.ts';
import { ask } from '../../helpers/http.ts';
import { startServer } from '../../helpers/server.ts';
import { logged } from '../../helpers/server-log.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

/** A disk that fails from the signal USR2 on. */
const FAILING = `
  import fs from 'node:fs';
  const problem = () => Object.assign(new Error('EIO: i/o error'), { code: 'EIO', syscall: 'fdatasync' });
  process.on('SIGUSR2', () => {
    fs.fdatasync = (fd, done) => setImmediate(done, problem());
    fs.fdatasyncSync = () => { throw problem(); };
    process.stderr.write('the disk fails\\n');
  });`;

async function health(url: string): Promise<string> {
  const [live, ready] = await Promise.all([ask(url, '/healthz'), ask(url, '/readyz')]);
  expect(live.text).toBe(ready.text);
  return `${live.status} ${ready.status} ${ready.text.trim()}`;
}

it('before the log is read the server says that it starts, and nothing else', async () => {
  const written = { name: 'http', text: '127.0.0.1:0', where: '--http', directory: '' };
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('test', 'silent');
  logger.info = ((line: Record<string, unknown>) => lines.push(line)) as never;
  const config = await readConfig([written], undefined);
  const side = await HttpSide.open({ config, httpUsers: undefined }, 1024, logger, new RefusedLogins(logger));
  onTestFinished(() => side.close());
  const url = lines[0]?.url as string;
  expect(await health(url)).toBe('200 503 starting');
  for (const path of ['/', '/metrics', '/api/v1/queues', '/api/openapi.json'])
    expect(await ask(url, path)).toMatchObject({
      status: 503,
      code: 'starting',
      headers: { 'retry-after': '1' },
    });
  const accept = { accept: 'text/html,*/*;q=0.8' };
  const page = await ask(url, '/queues', { headers: accept });
  expect(page).toMatchObject({ status: 503, headers: { refresh: '2', 'retry-after': '1' } });
  expect(page.text).toContain('the server reads its log.');
  expect(await ask(url, '/api/v1/queues', { headers: accept })).toMatchObject({ code: 'starting' });

  const details = new Map([
    ['journal_failure', 'none'],
    ['journal_refusal', 'none'],
  ]);
  const engine = { stats: () => ({ details }) };
  side.serve({ engine, sampler: { start() {}, stop() {} } } as unknown as HttpContext);
  expect(await health(url)).toBe('200 200 ok');
  details.set('journal_refusal', 'the disk is full');
  expect(await health(url)).toBe('200 503 disk-full');
  details.set('journal_failure', 'syncing');
  expect(await health(url)).toBe('503 503 log-failed');
  await side.drain(0);
  expect(await health(url)).toBe('200 503 stopping');
  const last = await ask(url, '/queues', { headers: accept });
  expect(last).toMatchObject({ status: 503, headers: { refresh: '2' } });
  expect(last.text).toContain('the server is going down.');
});

it('HTTP is there before the memcache side is, and ready once that listens', async () => {
  await using server = await startServer({ http: true });
  const [http, listening] = ['HTTP', 'listening'].map((msg) =>
    server.log.findIndex((line) => line.msg === msg),
  );
  expect(http).toBeLessThan(listening as number);
  await until(async () => (await health(server.url)) === '200 200 ok');
});

it('a server whose log has failed says so', async () => {
  const prefix = ['env', `NODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent(FAILING)}`];
  await using server = await startServer({ http: true, prefix });
  expect(await health(server.url)).toBe('200 200 ok');
  process.kill(server.pid, 'SIGUSR2');
  await logged(server, ({ msg }) => msg === 'the disk fails');
  using client = await TextClient.connect(server.port);
  expect(await client.set('q', 'lost')).toMatch(/^SERVER_ERROR /);
  expect(await health(server.url)).toBe('503 503 log-failed');
});

it('a stop answers what is under way, and tells the others that it stops', async () => {
  await using server = await startServer({ http: true, args: ['--memory'] });
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const answer = text(socket);
  const idle = connect(Number(port), hostname);
  await once(idle, 'connect');
  await new Promise<void>((sent) =>
    socket.write('POST /api/v1/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345', () =>
      sent(),
    ),
  );
  expect(await health(server.url)).toBe('200 200 ok');
  const stopped = server.stop();
  await until(async () => (await ask(server.url, '/readyz')).text === 'stopping\n');
  expect(await health(server.url)).toBe('200 503 stopping');
  expect(await ask(server.url, '/api/openapi.json')).toMatchObject({ status: 503, code: 'stopping' });
  socket.write('67890');
  expect(await answer).toMatch(/^HTTP\/1.1 404 .*"not-found"/s);
  expect(await stopped).toBe(0);
});

it('a stop does not wait for a client longer than it may take', async () => {
  await using server = await startServer({ http: true, args: ['--memory', '--grace', '0.5'] });
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write('POST /api/v1/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345');
  expect(await health(server.url)).toBe('200 200 ok');
  expect(await server.stop()).toBe(0);
});
