import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Users } from '../../../server/commands/users.ts';
import { BinaryClient } from '../../helpers/binary-client.ts';
import { startMember, startPair } from '../../helpers/member.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

async function connect(port: number): Promise<TextClient> {
  const client = await TextClient.connect(port);
  onTestFinished(() => client.close());
  return client;
}

/** The port at which a client is seen by the server. */
function portOf({ socket }: TextClient): number {
  return socket.localPort!;
}

/** A socket, until the test is over; and what it is told, once it has ended. */
async function raw(path: net.NetConnectOpts) {
  const socket = net.connect({ allowHalfOpen: true, ...path }).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const told = new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.once('end', () => resolve(text)).once('close', () => resolve(text));
  });
  return { socket, told };
}

describe('a client of a server that follows', () => {
  it('is served by the leader, in all protocols, which sees where it is', async () => {
    const { leader, follower } = await startPair();
    const client = await connect(follower.port);
    expect(await client.exchange('set q 0 0 3\r\njob\r\nms q 3\r\ntwo\r\n')).toBe('STORED\nHD');
    using binary = await BinaryClient.connect(follower.port);
    expect(await binary.set('q', 'three')).toBe(0);
    const direct = await connect(leader.port);
    expect(await direct.drain()).toEqual(['job', 'two', 'three']);
    const shown = [...(await client.stats('conns')).values()];
    for (const each of [client, binary.connection, direct])
      expect(shown).toContain(`127.0.0.1:${portOf(each)}`);
    expect(leader.listener.connections.size).toBe(3);
    expect(follower.listener.connections.size).toBe(0);
    expect(follower.door.counts).toMatchObject({ held: 0, passed: 2, total: 2 });
  });

  it('gets large bodies through, both ways', async () => {
    const { follower } = await startPair();
    const client = await connect(follower.port);
    const body = Buffer.alloc(1_000_000, 'memq');
    for (let i = 0; i < 5; i++) {
      expect(await client.set('q', body)).toBe('STORED');
      const [received] = await client.get('q');
      // Comparing them as values takes seconds.
      expect(body.equals(received as Buffer)).toBe(true);
    }
    const { bytesRead, bytesWritten } = follower.door.counts;
    expect(bytesRead).toBeGreaterThan(5e6);
    expect(bytesWritten).toBeGreaterThan(5e6);
  });

  it('is held until it is known who leads, and loses nothing of what it sent', async () => {
    const { leader, follower } = await startPair();
    follower.door.mode = { kind: 'hold' };
    const [first, second] = [await connect(follower.port), await connect(follower.port)];
    first.send('set q 0 0 3\r\njob\r\n');
    await until(() => follower.door.counts.held === 2);
    follower.door.mode = { kind: 'pass', leader: leader.leader };
    expect(await first.exchange('')).toBe('STORED');
    expect(await second.getText('q')).toBe('job');
    follower.door.mode = { kind: 'hold' };
    const third = await connect(follower.port);
    third.send('set own 0 0 3\r\njob\r\n');
    await until(() => follower.door.counts.held === 1);
    follower.door.mode = { kind: 'serve' };
    expect(await third.exchange('get own\r\n')).toBe('STORED\nVALUE own 0 3\njob\nEND');
    expect(follower.listener.connections.size).toBe(1);
  });

  it('is not read while it waits, and closed when that takes too long', async () => {
    const follower = await startMember({ holdMs: 500 });
    follower.door.mode = { kind: 'hold' };
    const { socket, told } = await raw({ port: follower.port, host: '127.0.0.1' });
    socket.write('version\r\n');
    expect(await told).toBe('');
    expect(follower.door.counts).toEqual({ held: 0, passed: 0, total: 0, bytesRead: 0, bytesWritten: 0 });
  });

  it('is held, too, while the leader cannot be reached, and closed when that takes too long', async () => {
    const { leader, follower } = await startPair();
    const impatient = await startMember({ holdMs: 500 });
    const gone = await startMember();
    gone.peers.close();
    follower.door.mode = impatient.door.mode = { kind: 'pass', leader: gone.leader };
    const waiting = await connect(follower.port);
    const { told } = await raw({ port: impatient.port, host: '127.0.0.1' });
    expect(await told).toBe('');
    await until(() => follower.door.counts.held === 1);
    for (const { log } of [follower, impatient]) {
      const lines = log.filter(({ msg }) => msg?.startsWith('the leader is not reached'));
      expect(lines).toMatchObject([{ error: expect.stringContaining(`127.0.0.1:${gone.leader.port}: `) }]);
    }
    follower.door.mode = { kind: 'pass', leader: leader.leader };
    expect(await waiting.ask('version')).toMatch(/^VERSION/);
    await until(() => follower.log.some(({ msg }) => msg === 'clients get to the leader again'));
  });

  it('that ends the sending half is answered, then told the end', async () => {
    const { leader, follower } = await startPair();
    const { socket, told } = await raw({ port: follower.port, host: '127.0.0.1' });
    socket.end('set q 0 0 3\r\njob\r\nget q/t=60000\r\nget q/t=60000\r\n');
    expect(await told).toBe('STORED\r\nVALUE q/t=60000 0 3\r\njob\r\nEND\r\nEND\r\n');
    socket.destroy();
    await until(() => leader.listener.connections.size === 0 && follower.door.size === 0);
  });

  it('that is told off gets all that it was told, and its connections end', async () => {
    const { leader, follower } = await startPair();
    const { socket, told } = await raw({ port: follower.port, host: '127.0.0.1' });
    // It goes on sending.
    socket.write(`set q 0 0 x\r\n${'x'.repeat(1_000_000)}`);
    expect(await told).toMatch(/^CLIENT_ERROR [^\n]+\n$/);
    await until(() => leader.listener.connections.size === 0 && follower.door.size === 0);
  });

  it('that goes has what it held go back', async () => {
    const { leader, follower } = await startPair();
    const [holder, direct] = [await connect(follower.port), await connect(leader.port)];
    await direct.set('q', 'job');
    expect(await holder.getText('q/open')).toBe('job');
    holder.close();
    expect(await direct.getText('q/info/t=60000')).toMatch(/"attempt":2.*\njob$/);
    await until(() => follower.door.counts.passed === 0);
    expect(follower.door.counts.total).toBe(1);
  });

  it('that goes without a word ends both connections', async () => {
    const { leader, follower } = await startPair();
    const client = await connect(follower.port);
    await client.ask('version');
    client.socket.resetAndDestroy();
    await until(() => leader.listener.connections.size === 0 && follower.door.size === 0);
  });

  it('that does not read keeps the leader from sending, and gets all when it does', async () => {
    const { leader, follower } = await startPair();
    const slow = await raw({ port: follower.port, host: '127.0.0.1' });
    slow.socket.pause();
    const direct = await connect(leader.port);
    await direct.set('q', Buffer.alloc(1_000_000, 'x'));
    slow.socket.write('get q/peek\r\n'.repeat(30));
    const memory = () =>
      [...leader.listener.connections].reduce((sum, { output }) => sum + output.pending, 0);
    await until(() => memory() > 500_000);
    let before = -1;
    // No more comes when all on the way is full.
    await until(async () => {
      const now = follower.door.counts.bytesWritten;
      const isFull = now === before;
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return isFull;
    });
    expect(before).toBeLessThan(25e6);
    expect(await direct.ask('version')).toMatch(/^VERSION/);
    slow.socket.resume().end();
    const told = await slow.told;
    expect(told.length).toBe(30 * ('VALUE q/peek 0 1000000\r\n\r\nEND\r\n'.length + 1_000_000));
  });

  it('is closed when its leader dies, with what that had said', async () => {
    const { leader, follower } = await startPair();
    const client = await connect(follower.port);
    await client.set('q', 'job');
    client.send('get q/t=60000\r\nget q/t=60000\r\n');
    expect(await client.values()).toEqual([Buffer.from('job')]);
    leader.peers.close();
    leader.listener.closeConnections();
    expect((await client.rest()).toString()).toBe('');
    await until(() => follower.door.size === 0);
  });

  it('counts as a connection of the follower, which has as many as it may', async () => {
    const { leader, follower } = await startPair({}, { maxConnections: 2 });
    const clients = [await connect(follower.port), await connect(follower.port)];
    for (const each of clients) await each.ask('version');
    const refused = await connect(follower.port);
    expect(await refused.line()).toBe('SERVER_ERROR too many open connections');
    expect(follower.stats.counters.rejectedConnections).toBe(1);
    expect(leader.stats.counters.totalConnections).toBe(2);
    clients[0]!.close();
    await until(() => follower.door.size === 1);
    expect(await (await connect(follower.port)).ask('version')).toMatch(/^VERSION/);
  });

  it('takes two descriptors of the follower, which has not more than there are', async () => {
    const { follower } = await startPair({}, { descriptors: 3 });
    const [first, second] = [await connect(follower.port), await connect(follower.port)];
    for (const each of [first, second]) await each.ask('version');
    expect(await (await connect(follower.port)).line()).toBe('SERVER_ERROR too many open connections');
  });

  it('is told off by a leader that has as many as it may', async () => {
    const { follower } = await startPair({ maxConnections: 1 }, {});
    await (await connect(follower.port)).ask('version');
    expect(await (await connect(follower.port)).line()).toBe('SERVER_ERROR too many open connections');
  });

  it('that comes by a unix socket is `unix` to the leader', async () => {
    const { follower } = await startPair();
    const path = join(mkdtempSync(join(tmpdir(), 'memq-passing-')), 'memq.sock');
    onTestFinished(() => rmSync(dirname(path), { recursive: true }));
    await follower.listener.listenUnix(path, 0o600);
    const { socket, told } = await raw({ path });
    socket.end('stats conns\r\n');
    expect(await told).toMatch(/^STAT \d+:addr unix\r$/m);
  });

  it('is told from others when it gives a wrong password', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'memq-passing-')), 'users');
    onTestFinished(() => rmSync(dirname(file), { recursive: true }));
    writeFileSync(file, 'user:password\n');
    const { leader, follower } = await startPair({ users: Users.fromFile(file) });
    const client = await connect(follower.port);
    expect(await client.set('x', 'user wrong')).toMatch(/^CLIENT_ERROR/);
    expect(leader.log).toContainEqual({
      msg: 'a login was refused',
      ...{ address: '127.0.0.1', port: portOf(client), protocol: 'text' },
    });
  });
});

describe('a new epoch', () => {
  it('closes what is passed and what is served, and nobody who waits', async () => {
    const { leader, follower } = await startPair();
    const [passed, served] = [await connect(follower.port), await connect(leader.port)];
    for (const each of [passed, served]) await each.ask('version');
    follower.door.mode = { kind: 'hold' };
    const waiting = await connect(follower.port);
    await until(() => follower.door.counts.held === 1);
    follower.listener.beginEpoch({ kind: 'serve' });
    leader.listener.beginEpoch({ kind: 'pass', leader: follower.leader });
    for (const each of [passed, served]) expect((await each.rest()).toString()).toBe('');
    expect(await waiting.set('q', 'job')).toBe('STORED');
    await passed.reconnect();
    await served.reconnect();
    expect(await served.getText('q')).toBe('job');
    expect(follower.listener.connections.size + follower.door.size).toBe(3);
    expect(leader.door.counts.passed).toBe(1);
  });

  it('has those begin anew who have not reached the leader before', async () => {
    const { leader, follower } = await startPair();
    // Nobody answers there (RFC 5737).
    follower.door.mode = { kind: 'pass', leader: { host: '192.0.2.1', port: 1, id: '' } };
    const client = await connect(follower.port);
    await until(() => follower.door.size === 1);
    follower.listener.beginEpoch({ kind: 'pass', leader: leader.leader });
    expect(await client.ask('version')).toMatch(/^VERSION/);
  });
});

describe('a stop', () => {
  it('of a follower has all answered that its clients had sent', async () => {
    const { leader, follower } = await startPair();
    const [busy, waiting, idle] = [
      await connect(follower.port),
      await connect(follower.port),
      await connect(follower.port),
    ];
    await idle.ask('version');
    busy.send('set n 0 0 1\r\nx\r\n'.repeat(5000));
    waiting.send('get q/t=60000\r\n');
    await until(() => follower.door.counts.passed === 3);
    await follower.listener.stop(300_000);
    expect((await busy.rest()).toString()).toBe('STORED\r\n'.repeat(5000));
    expect((await waiting.rest()).toString()).toBe('END\r\n');
    expect((await idle.rest()).toString()).toBe('');
    await until(() => leader.listener.connections.size === 0);
  });

  it('closes those who are held, and ends in time', async () => {
    const { leader, follower } = await startPair();
    const passed = await connect(follower.port);
    await passed.ask('version');
    follower.door.mode = { kind: 'hold' };
    const held = await connect(follower.port);
    await until(() => follower.door.counts.held === 1);
    // The leader does not answer any more.
    await follower.listener.stop(0);
    expect((await held.rest()).toString()).toBe('');
    expect((await passed.rest()).toString()).toBe('');
    await until(() => leader.listener.connections.size === 0 && follower.door.size === 0);
  });
});
