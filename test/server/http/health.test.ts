import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { RefusedLogins } from '../../../server/commands/refused-logins.ts';
import { readConfig } from '../../../server/config/config.ts';
import type { ClusterView, HttpContext } from '../../../server/http/context.ts';
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

/** The HTTP side of a server that reads its log still. */
async function openSide() {
  const written = { name: 'http', text: '127.0.0.1:0', where: '--http', directory: '' };
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('test', 'silent');
  logger.info = ((line: Record<string, unknown>) => lines.push(line)) as never;
  const inForce = { config: await readConfig([written], undefined), httpUsers: undefined };
  const side = await HttpSide.open(inForce, 1024, logger, new RefusedLogins(logger));
  onTestFinished(() => side.close());
  return { side, inForce, url: lines[0]?.url as string };
}

it('before the log is read the server says that it starts, and nothing else', async () => {
  const { side, url } = await openSide();
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

it('a server of a cluster says how it is itself, and until it leads nothing else', async () => {
  const { side, url, inForce } = await openSide();
  const cluster = {
    ...{ name: 'c', role: 'following', epoch: 7, leader: '10.0.0.2:7', lag: 5, members: [], health: 'ok' },
    ...{ clockDifference: -1500, lostRecords: 0 },
    connectToLeader: () => undefined,
    passing: { held: 1, passed: 2, total: 3, bytesRead: 4, bytesWritten: 5 },
    database: {
      ...{ host: 'h', timeline: 2, promise: 'a failover loses nothing', isReplicated: true, standbys: 1 },
      ...{ waitsFor: 1, writableHosts: 2, problems: ['two hosts accept writes'], refusal: undefined },
      oldestSnapshotMs: 90_000,
    },
  };
  await side.join(cluster as unknown as ClusterView, inForce, Date.now());
  const ready = async () => {
    const { status, text } = await ask(url, '/readyz');
    return [status, ...text.trim().split('\n')];
  };
  expect(await ready()).toEqual([
    ...[200, 'ok', 'following in epoch 7', 'a failover loses nothing', 'two hosts accept writes'],
  ]);
  expect(await ask(url, '/api/v1/queues')).toMatchObject({
    ...{ status: 503, code: 'not-leading', headers: { 'retry-after': '1' } },
    text: expect.stringContaining('this server follows: the server at 10.0.0.2:7 leads'),
  });
  const { text } = await ask(url, '/metrics');
  for (const line of [
    'memq_role{cluster="c",role="following"} 1',
    'memq_role{cluster="c",role="leading"} 0',
    'memq_epoch 7',
    'memq_lag_bytes 5',
    'memq_clock_difference_seconds -1.5',
    'memq_passed_connections 2',
    'memq_passed_bytes_total{direction="out"} 5',
    'memq_database_writable_hosts 2',
    'memq_database_oldest_snapshot_seconds 90',
  ])
    expect(text).toContain(`${line}\n`);
  Object.assign(cluster, { role: 'following', health: 'no-leader', leader: undefined, lostRecords: 1 });
  expect(await ready()).toEqual([
    ...[503, 'no-leader', 'following in epoch 7', 'a failover loses nothing', 'two hosts accept writes'],
    'the database has lost what it had acknowledged',
  ]);
  Object.assign(cluster, { health: 'database-away', lostRecords: 0 });
  Object.assign(cluster.database, { refusal: 'commits wait for a standby', problems: [] });
  expect(await ready()).toEqual([
    ...[503, 'database-away', 'following in epoch 7', 'a failover loses nothing'],
    'the database takes nothing: commits wait for a standby',
  ]);
  expect((await ask(url, '/')).text).toContain(
    'this server follows: no server leads: the database takes nothing: commits wait for a standby',
  );
});

it('nobody stays connected to a server that leads no more', async () => {
  const { side, url, inForce } = await openSide();
  const cluster = { health: 'ok', leader: undefined, connectToLeader: () => undefined };
  await side.join(cluster as unknown as ClusterView, inForce, Date.now());
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write('GET /api/v1/overview HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'data');
  const closed = once(socket, 'close');
  side.follow();
  await closed;
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
