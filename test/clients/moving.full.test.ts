import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { accepts } from '../../bench/peers/ports.ts';
import { withOwnServer } from '../fixtures/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import { openTunnel } from '../helpers/tunnel.ts';
import { move, saidOf } from './moving.ts';
import { withPackages } from './packages.ts';

const it = withOwnServer(['--memory']);

/** A server of another make on a unix socket: its path, and a client that speaks lines to it. */
async function startPeer(
  command: string,
  flags: (socket: string) => string[],
): Promise<{ readonly directory: string; readonly socket: string; readonly client: TextClient }> {
  const directory = mkdtempSync(join(tmpdir(), 'memq-peer-'));
  const socket = join(directory, 'socket');
  const peer = spawn(command, flags(socket), { cwd: directory, stdio: 'ignore' });
  onTestFinished(async () => {
    await end(peer);
    rmSync(directory, { recursive: true });
  });
  while (!(await accepts(socket))) {
    if (peer.exitCode !== null) throw new Error(`${command} ended with ${peer.exitCode}`);
    await setTimeout(20);
  }
  const tunnel = await openTunnel(() => net.connect(socket));
  onTestFinished(() => tunnel[Symbol.asyncDispose]());
  return { directory, socket, client: await TextClient.connect(tunnel.port) };
}

async function end(peer: ChildProcess): Promise<void> {
  const ended = once(peer, 'exit');
  if (peer.kill()) await ended;
}

withPackages('docs/moving.md, beanstalkd', ['beanstalkd'], () => {
  const startBeanstalkd = () => startPeer('/usr/bin/beanstalkd', (socket) => ['-l', `unix:${socket}`]);

  it('moves the jobs of a tube with their priorities and delays', async ({ server, client }) => {
    const { directory, socket, client: old } = await startBeanstalkd();
    await old.ask('use mail');
    expect(await old.ask('put 1024 0 60 4\r\nlast')).toBe('INSERTED 1');
    await old.ask('put 1024 1000 60 5\r\nlater');
    await old.ask('put 5 0 60 2\r\n\r\n');
    await old.ask('put 7 0 60 6\r\nsecond');
    await old.ask('put 3 0 60 6\r\nburied');
    await old.ask('watch mail');
    expect(await old.ask('reserve')).toBe('RESERVED 5 6');
    await old.line();
    expect(await old.ask('bury 5 3')).toBe('BURIED');

    const moved = move('from-beanstalkd.mjs', socket, `127.0.0.1:${server.port}`, { cwd: directory });
    expect(moved).toMatchObject({ status: 0, stdout: saidOf('from-beanstalkd.mjs'), stderr: '' });
    expect(await client.drain('mail')).toEqual(['\r\n', 'second', 'last']);
    const later = await client.getStatus('mail/id=beanstalkd-2');
    expect(later).toMatchObject({ state: 'waiting', priority: 1024 });
    const seconds = ((later?.due ?? 0) - (later?.enqueued ?? 0)) / 1000;
    expect(seconds).toBeGreaterThan(600);
    expect(seconds).toBeLessThanOrEqual(1000);
    expect(await old.ask('peek-ready')).toBe('NOT_FOUND');
    expect(await old.ask('peek-delayed')).toBe('NOT_FOUND');
    expect(await old.ask('peek-buried')).toBe('FOUND 5 6');
  });

  it('stores no job twice that a run which was cut short has stored', async ({ server, client }) => {
    const { directory, socket, client: old } = await startBeanstalkd();
    await old.ask('use mail');
    await old.ask('put 1024 0 60 3\r\njob');
    await client.set('mail/id=beanstalkd-1', 'job');

    const { status } = move('from-beanstalkd.mjs', socket, `127.0.0.1:${server.port}`, { cwd: directory });
    expect(status).toBe(0);
    expect(await client.drain('mail')).toEqual(['job']);
    expect(await old.ask('peek-ready')).toBe('NOT_FOUND');
  });
});

withPackages('docs/moving.md, Redis', ['redis-server'], () => {
  const startRedis = () =>
    startPeer('/usr/bin/redis-server', (socket) => ['--port', '0', '--unixsocket', socket, '--save', '']);
  const jobs = [
    '{"class":"Mail","args":[{"to":"a@b.c"}],"id":"4f6c","queue_time":1700000000.1}',
    '{"class":"Mail","args":["Müller"]}',
  ];
  const rpush = (key: string, job: string) =>
    `*3\r\n${['RPUSH', key, job].map((word) => `$${Buffer.byteLength(word)}\r\n${word}`).join('\r\n')}`;

  it('moves the jobs of a queue of Resque in their order', async ({ server, client }) => {
    const { directory, socket, client: redis } = await startRedis();
    for (const job of jobs) await redis.ask(rpush('resque:queue:mail', job));

    const moved = move('from-resque.mjs', socket, `127.0.0.1:${server.port}`, { cwd: directory });
    expect(moved).toMatchObject({ status: 0, stdout: saidOf('from-resque.mjs'), stderr: '' });
    expect(await client.getStatus('mail/id=4f6c')).toMatchObject({ state: 'waiting' });
    expect(await client.drain('mail')).toEqual(jobs);
    expect(await redis.ask('DBSIZE')).toBe(':0');
  });

  it('goes on where a run was cut short, and stores nothing twice', async ({ server, client }) => {
    const { directory, socket, client: redis } = await startRedis();
    await redis.ask(rpush('resque:moving:mail', jobs[0]!));
    await redis.ask(rpush('resque:queue:mail', jobs[1]!));
    await client.set('mail/id=4f6c', jobs[0]!);

    const { status } = move('from-resque.mjs', socket, `127.0.0.1:${server.port}`, { cwd: directory });
    expect(status).toBe(0);
    expect(await client.drain('mail')).toEqual(jobs);
    expect(await redis.ask('DBSIZE')).toBe(':0');
  });
});
