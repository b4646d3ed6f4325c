import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { connect } from '../../shared/client.ts';
import { aboutSilence, aboutSocketError } from '../../shared/connection-trouble.ts';
import { NotAllowedError, ServerError, UnreachableError, WrongServerError } from '../../shared/errors.ts';
import { withWorkplace } from '../fixtures/workplace.ts';
import { startServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';

const it = withWorkplace();

/** A server that listens on a free port until it is disposed of. */
async function listening(server: Server): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function speaking(behave: (socket: Socket) => void): Promise<{ port: number } & AsyncDisposable> {
  return listening(createServer(behave));
}

/** What a producer is told. */
async function refusal(options: Parameters<typeof connect>[0]): Promise<Error> {
  const producer = connect({ timeout: 600, ...options });
  const error: unknown = await producer.enqueue('q', 'f').catch((error: unknown) => error);
  producer.close();
  return error as Error;
}

describe('what cannot be reached is told with what was tried, what happened and what to do', () => {
  it('where nothing listens', async ({ workplace }) => {
    const { port } = await speaking(() => {}).then(async (server) => {
      await server[Symbol.asyncDispose]();
      return server;
    });
    const text = `the server at 127.0.0.1:${port} cannot be reached: nothing listens there: start memq-server, or correct the address (connect ECONNREFUSED 127.0.0.1:${port})`;
    expect(await refusal({ port })).toEqual(new UnreachableError(text));
    await workplace.configure('', port);
    expect(await workplace.consume()).toMatchObject({ code: 69, stderr: expect.stringContaining(text) });
  });

  it('where there is no such host', async () => {
    const error = await refusal({ host: 'no-such-host.invalid' });
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error.message).toMatch(
      /^the server at no-such-host\.invalid:22201 cannot be reached: (?:there is no such name: correct the host|the name service does not answer: try again later).* \(getaddrinfo /,
    );
  });

  it.for<[string, string, string]>([
    [
      'HTTP',
      'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n',
      'is no memq-server, but speaks HTTP: correct the address',
    ],
    [
      'Redis',
      '-DENIED Redis is running in protected mode',
      'is no memq-server, but speaks as Redis does: correct the address',
    ],
    [
      'memcached without its binary protocol',
      'ERROR\r\n',
      "is no memq-server, but speaks memcached's text protocol only",
    ],
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n', 'is no memq-server, but speaks SSH: correct the address'],
    ['MySQL', '\x4a\0\0\0\n8.0.36\0', 'is no memq-server, but speaks as MySQL does: correct the address'],
    [
      'beanstalkd',
      'UNKNOWN_COMMAND\r\n',
      'is no memq-server, but speaks as beanstalkd does: correct the address',
    ],
    [
      'a web server of the old kind',
      '<!DOCTYPE HTML>\n<html lang="en">',
      'is no memq-server, but speaks HTTP: correct the address',
    ],
    // Looks like a request to log in, of which the rest is to come.
    [
      'something else',
      'x x'.padEnd(24, '\0'),
      'is no memq-server, but speaks another protocol: correct the address',
    ],
  ])('where %s answers', async ([_, said, text]) => {
    await using server = await speaking((socket) => {
      socket.once('data', () => socket.write(said, 'latin1'));
    });
    const error = await refusal({ port: server.port, username: 'u', password: 'p' });
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error.message).toContain(
      `the server at 127.0.0.1:${server.port} cannot be used: what listens there ${text}`,
    );
  });

  it.for([{}, { username: 'u', password: 'p' }])(
    'where a server answers that waits for the end of a line, %j',
    async (login) => {
      await using server = await speaking((socket) =>
        socket.on('data', (bytes) => {
          if (bytes.includes('\r\n')) socket.write('UNKNOWN_COMMAND\r\n');
        }),
      );
      expect((await refusal({ port: server.port, ...login })).message).toContain(
        'but speaks as beanstalkd does',
      );
    },
  );

  it('where a real web server answers', async ({ workplace }) => {
    await using server = await listening(createHttpServer(() => {}));
    const told = 'is no memq-server, but speaks HTTP: correct the address';
    expect((await refusal({ port: server.port })).message).toContain(told);
    await workplace.configure('', server.port);
    const { code, stderr } = await workplace.consume();
    expect(code).toBe(69);
    // What was said is lost where more was sent to a connection that was closed by then.
    expect(stderr).toMatch(/is no memq-server, but speaks HTTP|or be no memq-server/);
  });

  it('where the server takes the connection and says nothing', async () => {
    await using server = await speaking((socket) => socket.resume());
    expect((await refusal({ port: server.port, timeout: 0.02 })).message).toContain(
      'no answer in 20 ms, though it took the connection: it may be no memq-server, or want TLS (tls: true)',
    );
  });

  it.for<[string, (socket: Socket) => void]>([
    ['closes', (socket) => socket.end()],
    ['resets', (socket) => socket.resetAndDestroy()],
  ])('where the server %s the connection at once', async ([_, behave]) => {
    await using server = await speaking(behave);
    expect((await refusal({ port: server.port })).message).toContain(
      'it closed the connection at once. It may have as many connections as it takes (--conn-limit), want TLS (tls: true), or be no',
    );
  });

  it('where the server speaks TLS', async () => {
    // An alert, as a server sends it that takes our first bytes for a record of TLS.
    await using server = await speaking((socket) => socket.end('\x15\x03\x01\0\x02\x02\x46', 'latin1'));
    const { port } = server;
    expect(await refusal({ port })).toEqual(
      new WrongServerError(`the server at 127.0.0.1:${port} cannot be used: it speaks TLS: set tls: true`),
    );
  });

  it('where the server has as many connections as it takes', async ({ workplace }) => {
    await using full = await startServer({ args: ['--memory', '-c', '1'] });
    using client = await TextClient.connect(full.port);
    await client.ask('version');
    await workplace.configure('', full.port);
    const told =
      /too many open connections: raise its --conn-limit|as many connections as it takes \(--conn-limit\)/;
    const error = await refusal({ port: full.port });
    expect([ServerError, UnreachableError]).toContain(error.constructor);
    expect(error.message).toMatch(told);
    const { code, stderr } = await workplace.consume();
    expect([69, 75]).toContain(code);
    expect(stderr).toMatch(told);
  });

  it('where the server says that it takes no more', async () => {
    await using server = await speaking((socket) => {
      socket.once('data', () => socket.end('SERVER_ERROR too many open connections\r\n'));
    });
    expect(await refusal({ port: server.port })).toMatchObject({
      exitCode: 75,
      message: `the server at 127.0.0.1:${server.port} says: too many open connections: raise its --conn-limit, or open fewer connections`,
    });
  });

  it('where the server ends later', async () => {
    await using server = await startServer({ args: ['--memory'] });
    const producer = connect({ port: server.port, timeout: 600 });
    await producer.enqueue('q', 'f');
    await server.kill();
    await expect(producer.enqueue('q', 'f')).rejects.toThrow(UnreachableError);
    producer.close();
  });
});

describe('what the system says', () => {
  const there = { host: '10.0.0.7', port: 1, timeoutMs: 1 };
  const failed = (code: string) => Object.assign(new Error(`connect ${code} 10.0.0.7:1`), { code });

  it.for([
    ['ETIMEDOUT', 'nothing answers there: the machine is down, or a firewall is in the way'],
    ['EHOSTUNREACH', 'no way leads there: correct the address, or see to the network'],
    ['ENETUNREACH', 'no way leads there'],
    ['EACCES', 'this machine forbids it'],
    ['EPIPE', 'it closed the connection at once'],
  ])('as %s, is told with what to do', ([code = '', advice]) => {
    const text = aboutSocketError(failed(code), there, 'open');
    expect(text).toContain(advice);
    expect(text).toContain(`(connect ${code} 10.0.0.7:1)`);
  });

  it('is told of each address of a name', () => {
    const all = new AggregateError([failed('ECONNREFUSED'), new Error('connect ECONNREFUSED ::1:1')], '');
    expect(aboutSocketError(Object.assign(all, { code: 'ECONNREFUSED' }), there, 'connecting')).toContain(
      'correct the address (connect ECONNREFUSED 10.0.0.7:1, connect ECONNREFUSED ::1:1)',
    );
  });

  it('of a host with a port in it, is told with where the port belongs', () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND a:1'), { code: 'ENOTFOUND' });
    expect(aboutSocketError(error, { ...there, host: 'a:1' }, 'connecting')).toContain(
      '"a:1" has a port: write only "a"',
    );
    expect(aboutSocketError(error, { ...there, host: 'a' }, 'connecting')).toContain(
      'there is no such name: correct the host',
    );
  });

  it('nothing for too long, is told as far as it came', () => {
    expect(aboutSilence(5000, there, 'connecting')).toContain(
      'no connection in 5000 ms: nothing answers there',
    );
    expect(aboutSilence(5000, there, 'answered')).toBe('no answer in 5000 ms');
  });
});

describe('a login', () => {
  it('that the server wants, and that is wrong, is told with the keys that set it', async ({ workplace }) => {
    const users = join(workplace.directory, 'users');
    await writeFile(users, 'me:secret\n');
    await using locked = await startServer({ args: ['--memory', '-Y', users] });
    const { port } = locked;
    const where = `the server at 127.0.0.1:${port}`;
    expect(await refusal({ port })).toEqual(
      new NotAllowedError(`${where} wants a login: set username and password`),
    );
    expect(await refusal({ port, username: 'me', password: 'wrong' })).toEqual(
      new NotAllowedError(`${where} refused the login of "me": username or password is wrong`),
    );
    await workplace.configure('', port);
    expect(await workplace.consume()).toMatchObject({
      code: 77,
      stderr: expect.stringContaining('wants a login: set username and password'),
    });
  });
});
