import { once } from 'node:events';
import net from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { encodeProxyHeader, type ProxyHeader } from '../../../server/net/proxy-header.ts';
import { type Member, startMember, startPair } from '../../helpers/member.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

const CLIENT = { address: '192.0.2.7', port: 4711 };

/** What another server of the cluster sends first. */
function headerFor({ leader }: Member, changed: Partial<ProxyHeader> = {}): Buffer {
  return encodeProxyHeader({
    ...{ client: CLIENT, local: CLIENT, purpose: 'memcache', receiver: leader.id },
    ...changed,
  });
}

async function connect({ leader }: Member): Promise<TextClient> {
  const peer = await TextClient.connect(leader.port);
  onTestFinished(() => peer.close());
  return peer;
}

/** Sends what is no header of ours; resolves when that is closed. */
async function intrude({ leader }: Member, bytes: Buffer | string): Promise<void> {
  const socket = net.connect(leader.port, leader.host).on('error', () => {});
  socket.write(bytes);
  await new Promise((resolve) => socket.resume().once('close', resolve));
}

it('what comes behind the header in the same packet is served', async () => {
  const member = await startMember();
  const peer = await connect(member);
  peer.send(Buffer.concat([headerFor(member), Buffer.from('set q 0 0 3\r\njob\r\nget q\r\n')]));
  expect(await peer.exchange('')).toBe('STORED\nVALUE q 0 3\njob\nEND');
  expect([...(await peer.stats('conns')).values()]).toContain('192.0.2.7:4711');
});

it('so is what comes in pieces, and with it the end', async () => {
  const member = await startMember();
  const bytes = Buffer.concat([headerFor(member), Buffer.from('set q 0 0 3\r\njob\r\nget q\r\n')]);
  for (let cut = 1; cut < bytes.length; cut += 7) {
    const peer = await connect(member);
    peer.send(bytes.subarray(0, cut));
    await new Promise(setImmediate);
    peer.socket.end(bytes.subarray(cut));
    expect((await peer.rest()).toString()).toBe('STORED\r\nVALUE q 0 3\r\njob\r\nEND\r\n');
  }
});

it('what is passed while nobody is served yet waits, unread', async () => {
  const member = await startMember();
  member.door.mode = { kind: 'hold' };
  const peer = await connect(member);
  peer.send(Buffer.concat([headerFor(member), Buffer.from('set q 0 0 3\r\njob\r\n')]));
  peer.socket.end('get q\r\n');
  await until(() => member.door.counts.held === 1);
  member.door.mode = { kind: 'serve' };
  expect((await peer.rest()).toString()).toBe('STORED\r\nVALUE q 0 3\r\njob\r\nEND\r\n');
});

it('what is passed to a server that follows is closed, and not passed on', async () => {
  const { leader, follower } = await startPair();
  const astray = await startMember();
  astray.door.mode = { kind: 'pass', leader: follower.leader };
  const client = await TextClient.connect(astray.port);
  onTestFinished(() => client.close());
  client.send('set q 0 0 3\r\njob\r\n');
  expect((await client.rest()).toString()).toBe('');
  expect(leader.stats.counters.totalConnections).toBe(0);
  expect(follower.door.counts.total).toBe(0);
});

it('a stranger is closed, and told of', async () => {
  const member = await startMember();
  const strangers = [
    ['get q\r\n', /signature/],
    ['GET / HTTP/1.1\r\n\r\n', /signature/],
    [headerFor(member, { receiver: 'another' }), /another member/],
    [headerFor(member, { receiver: '' }), /another member/],
    [headerFor(member, { purpose: 'http' }), /nobody here takes http/],
    [Buffer.concat([headerFor(member).subarray(0, 12), Buffer.from('\x31\x11\0\x0c')]), /version 3/],
  ] as const;
  for (const [bytes, why] of strangers) {
    await intrude(member, bytes);
    expect(member.log.at(-1)).toMatchObject({ address: '127.0.0.1', why: expect.stringMatching(why) });
  }
  const socket = net.connect(member.leader.port, '127.0.0.1');
  await once(socket.resume().end(headerFor(member).subarray(0, -1)), 'close');
  expect(member.log.at(-1)).toMatchObject({ refused: 7, why: expect.stringMatching(/ended/) });
  expect(member.peers.refused).toBe(7);
  expect(member.stats.counters.totalConnections).toBe(0);
});

it('who sends no header is closed after a while, and who has sent one stays', async () => {
  const member = await startMember({ headerMs: 1000 });
  const peer = await connect(member);
  peer.send(headerFor(member));
  expect(await peer.ask('version')).toMatch(/^VERSION/);
  await Promise.all([intrude(member, ''), intrude(member, headerFor(member).subarray(0, 20))]);
  expect(member.peers.refused).toBe(2);
  expect(await peer.ask('version')).toMatch(/^VERSION/);
});

it('a member that closes its port closes those who have not said who they are', async () => {
  const member = await startMember();
  const intruder = intrude(member, '\r\n');
  const peer = await connect(member);
  peer.send(headerFor(member));
  expect(await peer.ask('version')).toMatch(/^VERSION/);
  member.peers.close();
  await intruder;
  expect(await peer.ask('version')).toMatch(/^VERSION/);
});

it('those who send no header keep nobody else out', async () => {
  const member = await startMember();
  const intruders = Array.from({ length: 1030 }, () => intrude(member, ''));
  await until(() => member.peers.refused === 6);
  const peer = await connect(member);
  peer.send(headerFor(member));
  expect(await peer.ask('version')).toMatch(/^VERSION/);
  expect(member.log.at(-1)).toMatchObject({ why: expect.stringMatching(/others have come/) });
  member.peers.close();
  await Promise.all(intruders);
});
