import { describe, expect, vi } from 'vitest';
import { NotAllowedError, ServerError, UnreachableError } from '../../shared/errors.ts';
import { Connection } from '../../shared/memcache.ts';
import { withServer } from '../fixtures/server.ts';
import { answer, BadServer, LONG_MS } from '../helpers/bad-server.ts';

const it = withServer(['--memory', '--backoff', 'fixed:1000']);

describe('every request settles', () => {
  it('when nobody listens', async () => {
    const bad = await BadServer.start(() => {});
    const { port } = bad;
    await bad[Symbol.asyncDispose]();
    const connection = new Connection({ host: '127.0.0.1', port, timeoutMs: LONG_MS });
    await expect(connection.get('q')).rejects.toThrow(UnreachableError);
    await expect(connection.get('q')).rejects.toThrow('ECONNREFUSED');
    expect(connection.lost).toBeInstanceOf(UnreachableError);
  });

  it('when the server closes the connection at once', async () => {
    await using bad = await BadServer.start((socket) => socket.end());
    const connection = bad.connection(LONG_MS);
    await expect(connection.get('q')).rejects.toThrow(UnreachableError);
  });

  it('when the server closes the connection in the middle of an answer, with several under way', async () => {
    await using bad = await BadServer.known((socket) => {
      socket.once('data', () => socket.end(answer(0, 0, 0, 'half').subarray(0, 26)));
    });
    const connection = bad.connection(LONG_MS);
    const requests = [
      connection.get('a'),
      connection.set('b', 'x'),
      connection.delete('c'),
      connection.stats(),
    ];
    for (const settled of await Promise.allSettled(requests)) {
      expect(settled).toMatchObject({ status: 'rejected', reason: expect.any(UnreachableError) });
    }
  });

  it('when the server has ended the connection, though it reads nothing of what is still on its way', async () => {
    await using bad = await BadServer.known((socket) => socket.pause().end());
    const connection = bad.connection(LONG_MS);
    await expect(connection.set('q', Buffer.alloc(64 * 2 ** 20))).rejects.toThrow('it closed the connection');
    expect(connection.lost).toBeInstanceOf(UnreachableError);
  });

  it('when the server resets the connection', async () => {
    await using bad = await BadServer.known((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    await expect(bad.connection(LONG_MS).get('q')).rejects.toThrow(UnreachableError);
  });

  it('by its deadline, when the server says nothing', async () => {
    await using bad = await BadServer.start((socket) => socket.resume());
    const connection = bad.connection(20);
    const requests = await Promise.allSettled([connection.get('q'), connection.set('q', 'x')]);
    for (const settled of requests) {
      expect(settled).toMatchObject({ status: 'rejected', reason: expect.any(UnreachableError) });
    }
    await expect(connection.get('q')).rejects.toThrow('no answer in 20 ms');
    expect(bad.connections).toBe(1);
  });

  it('by its deadline, when the server speaks another protocol', async () => {
    await using bad = await BadServer.start((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\nConnection: keep-alive\r\n\r\n'));
    });
    await expect(bad.connection(20).get('q')).rejects.toThrow(UnreachableError);
  });

  it('when it is closed under way', async () => {
    await using bad = await BadServer.start((socket) => socket.resume());
    const connection = bad.connection(LONG_MS);
    const request = connection.get('q');
    connection.close();
    await expect(request).rejects.toThrow('is closed');
    connection.close();
  });

  it('when the server refuses the login', async () => {
    await using bad = await BadServer.start((socket) => {
      socket.on('data', (data) => {
        const opcode = data.readUInt8(1);
        socket.write(opcode === 0x20 ? answer(0x20, 0, 0, 'PLAIN') : answer(opcode, 0, 0x20, 'Auth failure'));
      });
    });
    const connection = bad.connection(LONG_MS, { username: 'me', password: 'wrong' });
    await expect(connection.get('q')).rejects.toThrow(NotAllowedError);
  });
});

describe('a connection', () => {
  it('never prints, never sends again and never reconnects', async () => {
    const prints = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')];
    let received = 0;
    await using bad = await BadServer.known((socket) => {
      socket.on('data', () => {
        received++;
        socket.destroy();
      });
    });
    const connection = bad.connection(LONG_MS);
    await expect(connection.set('q', 'x')).rejects.toThrow(UnreachableError);
    await expect(connection.set('q', 'x')).rejects.toThrow(UnreachableError);
    expect({ connections: bad.connections, received }).toEqual({ connections: 1, received: 1 });
    for (const print of prints) expect(print).not.toHaveBeenCalled();
  });

  it('gives the text and the status of an error, and goes on', async () => {
    await using bad = await BadServer.known((socket) => {
      socket.on('data', (data) => {
        socket.write(
          answer(data.readUInt8(1), data.readUInt32BE(12), data.readUInt8(1) === 0 ? 4 : 0x82, 'reason'),
        );
      });
    });
    const connection = bad.connection(LONG_MS);
    const misuse = await connection.get('q/what').catch((error: unknown) => error);
    expect(misuse).toBeInstanceOf(ServerError);
    expect(misuse).toMatchObject({ status: 4, exitCode: 70, message: expect.stringContaining('reason') });
    expect(await connection.set('q', 'x').catch((error: unknown) => error)).toMatchObject({
      status: 0x82,
      exitCode: 75,
    });
    expect(connection.lost).toBeUndefined();
    connection.close();
  });

  it('takes no login from the environment', async () => {
    vi.stubEnv('MEMCACHE_USERNAME', 'u').stubEnv('MEMCACHE_PASSWORD', 'p');
    const opcodes: number[] = [];
    await using bad = await BadServer.start((socket) => {
      socket.on('data', (data) => {
        opcodes.push(data.readUInt8(1));
        socket.write(answer(data.readUInt8(1), data.readUInt32BE(12), 1));
      });
    });
    const connection = bad.connection(LONG_MS);
    await expect(connection.get('q')).rejects.toThrow();
    expect(opcodes).toEqual([0x10]);
    connection.close();
  });
});
