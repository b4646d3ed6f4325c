import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { logged } from '../../helpers/server-log.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { openTunnel } from '../../helpers/tunnel.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-socket-'));

afterAll(() => rmSync(directory, { recursive: true }));

describe('a unix socket', () => {
  const path = join(directory, 'memq.sock');
  const connect = async () => ({ tunnel: await openTunnel(() => net.connect(path)) });

  it.each([
    [[], '660'],
    [['-a', '600'], '600'],
    [['-a', '0777'], '777'],
  ])('with %j has the mode %s, serves clients and goes with the server', async (args, mode) => {
    await using unix = await startServer({ args: ['--memory', '-s', path, ...args] });
    await logged(unix, (entry) => entry.path === path);
    expect((statSync(path).mode & 0o777).toString(8)).toBe(mode);
    const { tunnel: through } = await connect();
    using client = await TextClient.connect(through.port);
    expect(await client.set('q', 'job')).toBe('STORED');
    using tcp = await TextClient.connect(unix.port);
    expect(await tcp.getText('q')).toBe('job');
    expect([...(await client.stats('conns')).values()]).toContain('unix');
    expect((await client.stats('settings')).get('umask')).toBe(mode);
    await through[Symbol.asyncDispose]();
    expect(await unix.stop()).toBe(0);
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('that a killed server left behind is replaced, one that is served is not', async () => {
    await using first = await startServer({ args: ['--memory', '-s', path] });
    await logged(first, (entry) => entry.path === path);
    await expect(startServer({ args: ['--memory', '-s', path] }).then(untilItListens)).rejects.toThrow(
      /cannot listen on .*memq\.sock.*EADDRINUSE/s,
    );
    await first.kill();
    expect(statSync(path).isSocket()).toBe(true);
    await using second = await startServer({ args: ['--memory', '-s', path] });
    await logged(second, (entry) => entry.path === path);
  });

  it.each([
    ['has the name of a number', ['env', '-C', directory], '22201'],
    ...(process.getuid?.() === 0
      ? [
          [
            'lets this user not in',
            ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'],
            join(directory, 'other.sock'),
          ] as const,
        ]
      : []),
  ] as const)('that is served and %s is not replaced', async (_what, prefix, name) => {
    chmodSync(directory, 0o777);
    await using first = await startServer({
      args: ['--memory', '-s', name],
      prefix: ['env', '-C', directory],
    });
    await logged(first, (entry) => entry.path === name);
    await expect(
      startServer({ args: ['--memory', '-s', name], prefix: [...prefix] }).then(untilItListens),
    ).rejects.toThrow(/EADDRINUSE/);
  });

  it('does not replace a file that is none', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, 'precious');
    await expect(startServer({ args: ['--memory', '-s', file] }).then(untilItListens)).rejects.toThrow(
      /cannot listen on .*file/s,
    );
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  /** The port is announced first. */
  function untilItListens(unix: TestServer): Promise<unknown> {
    return logged(unix, (entry) => entry.path !== undefined);
  }
});
