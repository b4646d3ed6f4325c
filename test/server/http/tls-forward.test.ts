import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { makeCertificate } from '../../helpers/certificates.ts';
import { ask } from '../../helpers/http.ts';
import { until } from '../../helpers/until.ts';
import { startFollower, startLeader } from './forwarding.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-tls-forward-'));
const { cert, key } = makeCertificate(directory, 'server');
const flags = { 'http-tls-cert': cert, 'http-tls-key': key };

afterAll(() => rmSync(directory, { recursive: true }));

it('servers that speak TLS with their clients pass requests on all the same', async () => {
  const leading = await startLeader(flags);
  const follower = await startFollower(leading, flags);
  expect(follower.url).toMatch(/^https:/);
  const trusting = { rejectUnauthorized: false };
  const stored = await ask(follower.url, '/api/v1/queues/q/messages', {
    ...{ ...trusting, method: 'POST', body: 'job' },
  });
  expect(stored.status).toBe(201);
  const [direct, passed] = [
    await ask(leading.url, stored.headers.location!, trusting),
    await ask(follower.url, stored.headers.location!, trusting),
  ];
  expect([passed.status, passed.text]).toEqual([200, direct.text]);
});

it('a leader that is one no more closes what was passed to it', async () => {
  const leading = await startLeader(flags);
  const follower = await startFollower(leading, flags);
  const sent = request(`${follower.url}/api/v1/live?topics=overview`, {
    rejectUnauthorized: false,
    agent: false,
  });
  onTestFinished(() => void sent.destroy());
  sent.on('error', () => {}).end();
  const [stream] = (await once(sent, 'response')) as [IncomingMessage];
  expect(stream.headers['content-type']).toBe('text/event-stream');
  const closed = new Promise((resolve) => stream.on('error', () => {}).once('close', resolve));
  stream.resume();
  leading.side.follow();
  await closed;
  await until(() => follower.door.descriptors === 0);
});
