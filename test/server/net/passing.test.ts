import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeProxyHeader } from '../../../server/net/proxy-header.ts';
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
});

describe('the port for other servers', () => {
  it('serves what comes behind the header in the same packet', async () => {
    const leader = await startMember();
    const peer = await connect(leader.leader.port);
    const client = { address: '192.0.2.7', port: 4711 };
    const header = { client, local: client, purpose: 'memcache', receiver: leader.leader.id } as const;
    peer.send(Buffer.concat([encodeProxyHeader(header), Buffer.from('set q 0 0 3\r\njob\r\nget q\r\n')]));
    expect(await peer.exchange('')).toBe('STORED\nVALUE q 0 3\njob\nEND');
    expect([...(await peer.stats('conns')).values()]).toContain('192.0.2.7:4711');
  });

  it('closes what is passed to a server that follows', async () => {
    const { leader, follower } = await startPair();
    const astray = await startMember();
    astray.door.mode = { kind: 'pass', leader: follower.leader };
    const client = await connect(astray.port);
    client.send('set q 0 0 3\r\njob\r\n');
    expect((await client.rest()).toString()).toBe('');
    expect(leader.stats.counters.totalConnections).toBe(0);
    expect(follower.door.counts.total).toBe(0);
  });

  it('closes a stranger', async () => {
    const leader = await startMember();
    const socket = net.connect(leader.leader.port, '127.0.0.1').on('error', () => {});
    socket.write('get q\r\n');
    await once(socket.resume(), 'close');
    expect(leader.peers.refused).toBe(1);
    expect(leader.stats.counters.totalConnections).toBe(0);
  });
});
