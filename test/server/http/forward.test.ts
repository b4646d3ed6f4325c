import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { newToken } from '../../../server/http/passwords.ts';
import { HttpUsers } from '../../../server/http/users.ts';
import { connectForHttp } from '../../../server/net/leader.ts';
import { ask } from '../../helpers/http.ts';
import { until } from '../../helpers/until.ts';
import { startFollower, startLeader } from './forwarding.ts';

function usersOf(text: string): HttpUsers {
  const file = join(mkdtempSync(join(tmpdir(), 'memq-forward-')), 'users');
  onTestFinished(() => rmSync(dirname(file), { recursive: true }));
  writeFileSync(file, text, { mode: 0o600 });
  return HttpUsers.fromFile(file);
}

it('what a follower is asked the leader answers, as it does itself', async () => {
  const leading = await startLeader();
  const follower = await startFollower(leading);
  const body = Buffer.alloc(1_000_000, 'memq');
  const stored = await ask(follower.url, '/api/v1/queues/q/messages?priority=7', { method: 'POST', body });
  expect(stored.status).toBe(201);
  for (const path of ['/api/v1/queues', stored.headers.location!, '/api/openapi.json', '/nowhere', '/']) {
    const [direct, passed] = [await ask(leading.url, path), await ask(follower.url, path)];
    const {
      date: _,
      connection: _own,
      'transfer-encoding': __,
      'content-length': ___,
      ...headers
    } = direct.headers;
    expect(passed).toMatchObject({ status: direct.status, headers });
    if (path !== '/api/v1/queues') expect(passed.text === direct.text).toBe(true);
  }
  const [head, none] = [
    await ask(follower.url, '/api/v1/queues', { method: 'HEAD' }),
    await ask(follower.url, '/api/v1/queues/q/messages', {
      method: 'POST',
      headers: { 'content-length': '0' },
    }),
  ];
  expect([head.status, head.text, none.status]).toEqual([200, '', 201]);
});

it('each server says itself how it is', async () => {
  const leading = await startLeader();
  const follower = await startFollower(leading);
  expect((await ask(follower.url, '/readyz')).text).toMatch(/^ok\nfollowing in epoch 1\n/);
  expect((await ask(follower.url, '/metrics')).text).toContain('memq_role{cluster="c",role="following"} 1');
  follower.door.mode = { kind: 'hold' };
  expect(await ask(follower.url, '/api/v1/queues')).toMatchObject({ status: 503, code: 'not-leading' });
  leading.peers.close();
  follower.door.mode = { kind: 'pass', leader: leading.leader };
  expect(await ask(follower.url, '/api/v1/queues')).toMatchObject({
    ...{ status: 503, code: 'leader-lost', headers: { 'retry-after': '1' } },
  });
});

it('many requests of one connection are passed, and what comes in pieces', async () => {
  const follower = await startFollower(await startLeader());
  const { hostname, port } = new URL(follower.url);
  const socket = connect(Number(port), hostname);
  const get = 'GET /api/v1/queues HTTP/1.1\r\nHost: localhost\r\n';
  socket.write(`${get}\r\n${get}\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const post =
    'POST /api/v1/queues/q/messages HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n';
  for (const byte of `${post}3\r\njob\r\n0\r\n\r\n${get}Connection: close\r\n\r\n`) {
    socket.write(byte);
    await new Promise(setImmediate);
  }
  const told = await text(socket);
  expect(told.match(/HTTP\/1\.1 \d+/g)).toEqual(
    [200, 200, 200, 201, 200].map((status) => `HTTP/1.1 ${status}`),
  );
});

it('a head that is cut off behind the header of the proxy is read to its end', async () => {
  const { leader } = await startLeader();
  const client = connect(leader.port, leader.host);
  onTestFinished(() => void client.destroy());
  await once(client, 'connect');
  const bytes = 'GET /api/v1/queues HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  for (let cut = 1; cut <= bytes.length; cut += 9) {
    // The header of the proxy and what follows leave in one packet.
    const socket = connectForHttp(leader, client);
    socket.write(bytes.slice(0, cut));
    await once(socket, 'connect');
    await new Promise(setImmediate);
    socket.write(bytes.slice(cut));
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200/);
  }
});

it('the leader decides who may ask, and sees where clients are', async () => {
  const { token, hash } = newToken();
  const users = usersOf(`alice:admin:${hash}\n`);
  const leading = await startLeader({}, users);
  const follower = await startFollower(leading);
  expect(await ask(follower.url, '/api/v1/queues', { bearer: token })).toMatchObject({ status: 200 });
  expect(await ask(follower.url, '/api/v1/queues', { bearer: 'wrong' })).toMatchObject({
    ...{ status: 401, headers: { 'www-authenticate': expect.stringContaining('Bearer') } },
  });
  expect(leading.lines).toContainEqual({
    msg: 'a login was refused',
    address: '127.0.0.1',
    protocol: 'http',
  });
  const headers = { host: 'evil.example' };
  expect(await ask(follower.url, '/api/v1/queues', { headers })).toMatchObject({ status: 421 });
});

it('whom no server would let in without a login is not let in by way of another', async () => {
  const { leader } = await startLeader();
  const far = { remoteAddress: '192.0.2.7', remotePort: 1, localAddress: '192.0.2.1', localPort: 2 };
  const socket = connectForHttp(leader, far as never);
  socket.write('GET /api/v1/queues HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 403.*"not-a-proxy"/s);
});

it('a stream goes through as it comes, until the leader changes or the follower stops', async () => {
  const leading = await startLeader();
  const follower = await startFollower(leading);
  const streams = [await openStream(follower.url), await openStream(follower.url)];
  for (const each of streams) await untilTold(each, 'event: overview');
  const ended = streams.map((each) => new Promise((resolve) => each.once('close', resolve)));
  follower.door.closePassed();
  await Promise.all(ended);
  const last = await openStream(follower.url);
  const over = new Promise((resolve) => last.once('close', resolve));
  await follower.side.drain(60_000);
  await over;
  const gone = await startFollower(leading);
  const stream = await openStream(gone.url);
  stream.destroy();
  // The leader learns that its client has gone.
  await until(() => gone.door.descriptors === 0);
});

async function openStream(url: string): Promise<IncomingMessage> {
  const sent = request(`${url}/api/v1/live?topics=overview`, { agent: false });
  onTestFinished(() => void sent.destroy());
  sent.on('error', () => {}).end();
  const [stream] = (await once(sent, 'response')) as [IncomingMessage];
  expect(stream.headers['content-type']).toBe('text/event-stream');
  return stream.on('error', () => {});
}

/** Resolves when a stream has told this. */
async function untilTold(stream: IncomingMessage, what: string): Promise<void> {
  let told = '';
  await new Promise<void>((resolve) => {
    stream.on('data', (chunk) => {
      told += chunk;
      if (told.includes(what)) resolve();
    });
  });
}
