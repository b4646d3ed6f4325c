import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { startMember, startPair } from '../../helpers/member.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

/** Opens so many connections to a port, has each ask once, and tells how many were answered. */
const MANY = `
  const net = require('node:net');
  const [port, count] = process.argv.slice(1).map(Number);
  let connected = 0, answered = 0;
  const open = () => {
    const socket = net.connect(port, '127.0.0.1', () => {
      connected++;
      if (connected === count) console.log('connected');
      else if (connected + 100 <= count) open();
      socket.write('version\\r\\n');
    });
    socket.on('error', (error) => console.log(error.message));
    socket.once('data', () => ++answered === count && console.log('answered'));
  };
  for (let i = 0; i < 100; i++) open();
  process.stdin.resume().on('end', () => process.exit());
`;

interface Many {
  readonly lines: AsyncIterator<string>;
  readonly process: ChildProcess;
}

/** They have descriptors of their own. */
function startMany(port: number, count: number): Many {
  const process_ = spawn(process.execPath, ['-e', MANY, String(port), String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    if (process_.exitCode !== null || process_.signalCode !== null) return;
    process_.kill('SIGKILL');
    await once(process_, 'exit');
  });
  const lines: Interface = createInterface({ input: process_.stdout! });
  return { lines: lines[Symbol.asyncIterator](), process: process_ };
}

const next = async ({ lines }: Many): Promise<string> => (await lines.next()).value;

it('2,000 connections are passed at a time, and gone when their clients are', async () => {
  const { leader, follower } = await startPair({ maxConnections: 2001 });
  const many = startMany(follower.port, 2000);
  expect(await next(many)).toBe('connected');
  expect(await next(many)).toBe('answered');
  expect(follower.door.counts).toMatchObject({ held: 0, passed: 2000, total: 2000 });
  expect(leader.listener.connections.size).toBe(2000);
  many.process.kill('SIGKILL');
  await until(() => leader.listener.connections.size === 0 && follower.door.size === 0);
  expect(follower.door.counts.bytesRead).toBe(2000 * 'version\r\n'.length);
});

it('10,000 connections are held, and served when this server leads', async () => {
  const member = await startMember({ maxConnections: 10_001 });
  member.door.mode = { kind: 'hold' };
  const many = startMany(member.port, 10_000);
  expect(await next(many)).toBe('connected');
  await until(() => member.door.counts.held === 10_000);
  member.listener.beginEpoch({ kind: 'serve' });
  expect(await next(many)).toBe('answered');
  expect(member.door.size).toBe(0);
  expect(member.listener.connections.size).toBe(10_000);
  using client = await TextClient.connect(member.port);
  expect(await client.ask('version')).toMatch(/^VERSION/);
});
