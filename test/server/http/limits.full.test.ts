import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Completion } from '../../../server/engine/completion.ts';
import { createApp } from '../../../server/http/app.ts';
import { AuditLog } from '../../../server/http/audit.ts';
import { HttpConnections } from '../../../server/http/connections.ts';
import type { HttpFrame } from '../../../server/http/frame.ts';
import { guard } from '../../../server/http/guard/guard.ts';
import { HttpServer } from '../../../server/http/http-server.ts';
import { type App, newApp } from '../../../server/http/router.ts';
import { createLogger } from '../../../shared/logger.ts';
import { ask } from '../../helpers/http.ts';
import { startServer } from '../../helpers/server.ts';
import { until } from '../../helpers/until.ts';

const logger = createLogger('test', 'silent');

const frameOf = (more: Partial<HttpFrame>): HttpFrame => ({
  users: undefined,
  hosts: [],
  proxies: [],
  userHeader: undefined,
  onlyProxies: false,
  isReadonly: false,
  basePath: '',
  maxItemSize: 1024,
  maxConnections: 1024,
  isUnix: false,
  unixMode: 0o600,
  tls: undefined,
  health: () => 'ok',
  healthNotes: () => [],
  stopping: new AbortController().signal,
  audit: new AuditLog(logger),
  logger,
  refused: () => {},
  ...more,
});

/** A logger whose errors are noted. */
function noting(): { logger: HttpFrame['logger']; lines: string[] } {
  const lines: string[] = [];
  const error = (line: object) => lines.push(JSON.stringify(line));
  return { logger: { ...logger, error } as never, lines };
}

/** A server with routes of the test's own behind all that guards the others. */
async function serve(addRoutes: (app: App) => void, more: Partial<HttpFrame> = {}): Promise<string> {
  const frame = frameOf(more);
  const server = new HttpServer(frame, false, Number.POSITIVE_INFINITY);
  const app = newApp();
  guard(app, frame);
  addRoutes(app);
  server.serve(() => app);
  onTestFinished(() => server.close());
  return server.listen({ host: '127.0.0.1', port: 0 });
}

/** A connection that has sent this; what it has got so far. */
function opened(url: string, text: string): { socket: Socket; got: () => string } {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let got = '';
  socket.on('data', (chunk) => {
    got += chunk;
  });
  socket.on('error', () => {});
  socket.write(text);
  onTestFinished(() => {
    socket.destroy();
  });
  return { socket, got: () => got };
}

describe('a body', () => {
  const LIMIT = 1024 * 2 + 65_536;
  const PATH = '/api/v1/queues/q/messages';
  const echo = (app: App) =>
    app.post('*', async ({ req, text }) => text(String((await req.arrayBuffer()).byteLength)));

  it.each([
    ['a length', { 'content-length': '' }],
    ['chunks', { 'transfer-encoding': 'chunked' }],
  ])('with %s may have what the largest message takes in JSON, and a bit', async (_, headers) => {
    const url = await serve(echo);
    const send = (length: number) => {
      const body = Buffer.alloc(length, 'x');
      const sent = 'content-length' in headers ? { 'content-length': String(length) } : headers;
      return ask(url, PATH, { method: 'POST', headers: sent as Record<string, string>, body });
    };
    expect(await send(0)).toMatchObject({ status: 200, text: '0' });
    expect(await send(LIMIT)).toMatchObject({ status: 200, text: String(LIMIT) });
    expect(await send(LIMIT + 1)).toMatchObject({ status: 413, code: 'too-large' });
  });

  it('that is announced as too large is not waited for', async () => {
    const url = await serve(echo);
    const { got } = opened(
      url,
      `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${LIMIT + 1}\r\n\r\n`,
    );
    await until(async () => got().includes('too-large'));
    expect(got()).toMatch(/^HTTP\/1.1 413 /);
  });

  it.each([
    ['a batch', '/api/v1/queues/q/messages/batch', 16 * 1024 * 1024],
    ['all else', '/api/v1/actions', 65_536],
  ])('of %s has a limit of its own', async (_, path, limit) => {
    const url = await serve(echo);
    const send = (length: number) => ask(url, path, { method: 'POST', body: Buffer.alloc(length, 'x') });
    expect(await send(limit)).toMatchObject({ status: 200, text: String(limit) });
    expect(await send(limit + 1)).toMatchObject({ status: 413, code: 'too-large' });
  });

  it('has to wait where others have taken the room for all of them', async () => {
    const url = await serve(echo);
    const BATCH = '/api/v1/queues/q/messages/batch';
    const length = 16 * 1024 * 1024;
    const head = `POST ${BATCH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`;
    const others = Array.from({ length: 4 }, () => opened(url, head));
    for (const { socket } of others) {
      await new Promise((resolve) => socket.write(Buffer.alloc(length - 1, 'x'), resolve));
    }
    await until(async () => (await ask(url, BATCH, { method: 'POST', body: 'xxxxx' })).status === 503);
    for (const { socket } of others) socket.destroy();
    await until(async () => (await ask(url, BATCH, { method: 'POST', body: 'xxxxx' })).status === 200);
  });

  it('of a client that goes meanwhile is no fault of the server', async () => {
    const { logger, lines } = noting();
    const url = await serve(echo, { logger });
    const { socket } = opened(
      url,
      `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc`,
    );
    await ask(url, PATH, { method: 'POST', body: 'x' });
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
    await ask(url, PATH, { method: 'POST', body: 'x' });
    expect(lines).toEqual([]);
  });

  it('that is too large is read on, so that its client gets to read why, and may go on', async () => {
    const url = await serve(echo);
    const length = 32 * 1024 * 1024;
    for (const head of [`Content-Length: ${length}`, 'Transfer-Encoding: chunked']) {
      const { socket, got } = opened(
        url,
        `POST /api/v1/queues/q/messages HTTP/1.1\r\nHost: localhost\r\n${head}\r\n\r\n`,
      );
      await until(async () => head.startsWith('Transfer') || got().includes('too-large'));
      const mebibyte = 'x'.repeat(1024 * 1024);
      const part = head.startsWith('Transfer') ? `100000\r\n${mebibyte}\r\n` : mebibyte;
      for (let i = 0; i < 32; i++) await new Promise((sent) => socket.write(part, sent));
      socket.write(head.startsWith('Transfer') ? '0\r\n\r\n' : '');
      socket.write(
        'POST /api/v1/queues/q/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc',
      );
      await until(async () => got().endsWith('\r\n\r\n3'));
      expect(got().match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
    }
  });

  it('of a request that is refused for something else is read on, also where that is the last one', async () => {
    const url = await serve(echo);
    const body = Buffer.alloc(32 * 1024 * 1024, 'x');
    for (const connection of ['close', 'keep-alive']) {
      const headers = { connection, origin: 'null' };
      expect(await ask(url, '/api/v1/queues/q/messages', { method: 'POST', headers, body })).toMatchObject({
        code: 'cross-site',
      });
      const { socket, got } = opened(
        url,
        `POST / HTTP/1.1\r\nHost: x.example\r\nConnection: ${connection}\r\nContent-Length: 2\r\n\r\na`,
      );
      await until(async () => got().includes('unknown-host'));
      const closed = once(socket, 'close');
      expect(socket.readableEnded).toBe(false);
      socket.write('b');
      if (connection === 'close') await closed;
    }
  });

  it('that never ends does not fill the memory', async () => {
    const url = await serve(echo);
    const { socket, got } = opened(
      url,
      'POST /api/v1/queues/q/messages HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = `100000\r\n${'x'.repeat(1024 * 1024)}\r\n`;
    const more = () => !socket.destroyed && socket.write(chunk, more);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    more();
    await closed;
    expect(got()).toMatch(/^HTTP\/1.1 413 .*too-large/s);
    expect(socket.bytesWritten).toBeGreaterThan(64 * 1024 * 1024);
  });
});

it('a fault in a route is told in the log, and not to its client', async () => {
  const { logger, lines } = noting();
  const all = () => {
    throw new Error('a secret place');
  };
  const engine = { certain: ({ resolve }: Completion<void>) => resolve() };
  const app = createApp({ workers: { all }, engine } as never, frameOf({ logger }));
  const answer = await app.request('/api/v1/workers', {}, {
    incoming: INCOMING,
    outgoing: { once() {} },
  } as never);
  expect([answer.status, await answer.text()]).toEqual([
    500,
    expect.stringMatching(/^(?!.*secret).*"internal"/),
  ]);
  expect(lines).toEqual([expect.stringContaining('a secret place')]);
});

/** As much as a request has of what the guards look at. */
const INCOMING = { socket: { remoteAddress: '127.0.0.1' }, headers: { host: 'localhost' } };

it('a head that does not come is not waited for longer than 10 s', async () => {
  await using server = await startServer({ http: true, args: ['--memory'] });
  const begun = performance.now();
  const { socket, got } = opened(server.url, 'GET /api/v1/queues HTTP/1.1\r\nHost: loc');
  await once(socket, 'close');
  expect(got()).toMatch(/^HTTP\/1.1 408 /);
  expect(performance.now() - begun).toBeGreaterThan(9000);
  expect(performance.now() - begun).toBeLessThan(25_000);
});

describe('what takes long', () => {
  /** Routes that answer once `release` is called. */
  function held() {
    const waiting: (() => void)[] = [];
    const handler = async (context: { text: (text: string) => Response }) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return context.text('done');
    };
    const addRoutes = (app: App) => {
      for (const path of ['/api/v1/live', '/api/v1/search', '/api/v1/queues', '/api/v1/queues/:q/jobs/:id'])
        app.get(path, handler as never);
      app.post('/api/v1/queues/:q/messages', (context) => context.text('stored'));
      app.get('/metrics', (context) => context.text('metrics'));
      app.get('/api/v1/server', (context) => context.text('server'));
    };
    const release = () => {
      for (const go of waiting.splice(0)) go();
    };
    return { waiting, addRoutes, release };
  }

  it.each([
    ['streams', 64, '/api/v1/live?topics=a'],
    ['waits', 64, '/api/v1/queues/q/jobs/1?wait=5s'],
    ['lists', 4, '/api/v1/search?q=x'],
  ])(
    '%s are %i at a time, and what is more comes again; nothing else is refused for them',
    async (_, most, path) => {
      const { waiting, addRoutes, release } = held();
      const url = await serve(addRoutes);
      const first = Array.from({ length: most }, () => ask(url, path));
      await until(async () => waiting.length === most);
      const refused = await ask(url, path);
      expect(refused).toMatchObject({ status: 503, code: 'busy', headers: { 'retry-after': '1' } });
      for (const [other, text] of [
        ['/metrics', 'metrics'],
        ['/api/v1/server', 'server'],
      ] as const)
        expect(await ask(url, other)).toMatchObject({ status: 200, text });
      expect(await ask(url, '/api/v1/queues/q/messages', { method: 'POST' })).toMatchObject({
        text: 'stored',
      });
      release();
      for (const answer of await Promise.all(first)) expect(answer.text).toBe('done');
      const again = ask(url, path);
      await until(async () => waiting.length === 1);
      release();
      expect((await again).text).toBe('done');
    },
  );

  it('lists count together, and a client that goes away counts no more', async () => {
    const { waiting, addRoutes, release } = held();
    const url = await serve(addRoutes);
    const gone = Array.from({ length: 4 }, () =>
      opened(url, 'GET /api/v1/queues HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    );
    await until(async () => waiting.length === 4);
    expect((await ask(url, '/api/v1/search')).status).toBe(503);
    for (const { socket } of gone) socket.destroy();
    await until(async () => {
      const asked = ask(url, '/api/v1/search').catch(() => undefined);
      await until(async () => waiting.length > 4 || (await Promise.race([asked, 'open'])) !== 'open');
      return waiting.length > 4;
    });
    release();
  });

  it('a look at a job without waiting is no wait', async () => {
    const { waiting, addRoutes, release } = held();
    const url = await serve(addRoutes);
    const asked = Array.from({ length: 65 }, () => ask(url, '/api/v1/queues/q/jobs/1'));
    await until(async () => waiting.length === 65);
    release();
    for (const { status } of await Promise.all(asked)) expect(status).toBe(200);
  });

  it('a stream ends when the server stops', async () => {
    const stopping = new AbortController();
    const { waiting, addRoutes, release } = held();
    const url = await serve(addRoutes, { stopping: stopping.signal });
    const { socket } = opened(url, 'GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(async () => waiting.length === 1);
    const closed = once(socket, 'close');
    stopping.abort();
    await closed;
    expect(await ask(url, '/api/v1/live')).toMatchObject({ status: 503, code: 'stopping' });
    release();
  });
});

describe('connections', () => {
  it('of those who take nothing of their answer are closed', async () => {
    const server = createServer((_request, response) => void response.end(Buffer.alloc(32 * 1024 * 1024)));
    // Long for a client that takes its answer on a busy machine.
    new HttpConnections(10, 3000).watch(server, 'connection');
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const stalled = connect(port, '127.0.0.1').pause();
    onTestFinished(() => void stalled.destroy());
    const [accepted] = await once(server, 'connection');
    const closed = once(accepted, 'close');
    stalled.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await closed;
    const whole = await ask(`http://127.0.0.1:${port}`, '/');
    expect(whole.text.length).toBe(32 * 1024 * 1024);
  });

  const HEAD = 'HTTP/1.1\r\nHost: localhost\r\n\r\n';

  it('beyond those that may be close the one that was idle longest, never one in work', async () => {
    const waiting: (() => void)[] = [];
    const url = await serve(
      (app) => {
        app.get('/api/v1/held', async (context) => {
          await new Promise<void>((resolve) => waiting.push(resolve));
          return context.text('held');
        });
        app.get('/api/v1/quick', (context) => context.text('quick'));
      },
      { maxConnections: 3 },
    );
    const working = opened(url, `GET /api/v1/held ${HEAD}`);
    await until(async () => waiting.length === 1);
    const older = opened(url, `GET /api/v1/quick ${HEAD}`);
    await until(async () => older.got().endsWith('quick'));
    const newer = opened(url, `GET /api/v1/quick ${HEAD}`);
    await until(async () => newer.got().endsWith('quick'));
    const closed = once(older.socket, 'close');
    const third = opened(url, `GET /api/v1/held ${HEAD}`);
    await closed;
    await until(async () => waiting.length === 2);
    expect([working, newer, third].map(({ socket }) => socket.destroyed)).toEqual([false, false, false]);
    // One that has asked again is no longer the one that was idle longest.
    newer.socket.write(`GET /api/v1/held ${HEAD}`);
    await until(async () => waiting.length === 3);
    const refused = opened(url, '');
    await once(refused.socket, 'close');
    expect(refused.got()).toMatch(/^HTTP\/1.1 503 .*Retry-After: 1/s);
    for (const go of waiting) go();
    for (const { got } of [working, newer, third]) await until(async () => got().endsWith('held'));
  });
});
