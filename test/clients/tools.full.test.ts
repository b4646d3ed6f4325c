import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { withServer } from '../fixtures/server.ts';
import type { TestServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import { withPackages } from './packages.ts';
import { TOOLS } from './table.ts';

const it = withServer();

const QUEUE = 'my:memq:test';
const JOB = "saveToLocal('hi')";

/**
 * The tests of memccapable that apply. Left out are those that change a value in place: add, replace and append where there
 * is one, set with a CAS, cas, incr and decr; and `ascii quit`, which asks for 1.6 or not by what a test before it has found.
 */
const CONFORMANCE = [
  ...['version', 'verbosity', 'get', 'gets', 'mget', 'set', 'set noreply', 'add noreply']
    .concat(['replace noreply', 'cas noreply', 'flush', 'flush noreply', 'delete', 'delete noreply', 'stat'])
    .map((name) => `ascii ${name}`),
  ...['noop', 'quit', 'quitq', 'flush', 'flushq', 'delete', 'deleteq', 'get', 'getq', 'getk', 'getkq']
    .concat(['version', 'stat'])
    .map((name) => `binary ${name}`),
];

let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'memq-tools-'));
  writeFileSync(join(directory, QUEUE), JOB);
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
});

function run(
  program: string,
  args: readonly string[],
  input = '',
): { status: number | null; stdout: string } {
  const { status, stdout } = spawnSync(`/usr/bin/${program}`, args, {
    cwd: directory,
    input,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, stdout };
}

async function waiting(server: TestServer): Promise<string | undefined> {
  using client = await TextClient.connect(server.port);
  return await client.getText(`${QUEUE}/peek`);
}

withPackages("libmemcached's tools", [TOOLS["libmemcached's tools"]], () => {
  const toolOf =
    ({ port }: TestServer) =>
    (name: string, ...args: string[]) =>
      run(name, [`--servers=127.0.0.1:${port}`, ...args]);

  for (const protocol of [[], ['--binary']]) {
    const how = protocol.join('') || 'text';

    it(`puts a file on a queue with memccp and takes it with memccat, ${how}`, ({ server }) => {
      const tool = toolOf(server);
      expect(tool('memccp', ...protocol, QUEUE)).toMatchObject({ status: 0 });
      expect(tool('memccat', ...protocol, QUEUE)).toEqual({ status: 0, stdout: `${JOB}\n` });
      expect(tool('memccat', ...protocol, QUEUE)).toEqual({ status: 1, stdout: '' });
    });

    it(`drops a queue with memcrm, ${how}`, async ({ server }) => {
      const tool = toolOf(server);
      tool('memccp', ...protocol, QUEUE);
      expect(await waiting(server)).toBe(JOB);
      expect(tool('memcrm', ...protocol, QUEUE)).toMatchObject({ status: 0 });
      expect(await waiting(server)).toBeUndefined();
      expect(tool('memcrm', ...protocol, QUEUE)).toMatchObject({ status: 1 });
    });

    it(`discards what waits with memcflush, ${how}`, async ({ server }) => {
      const tool = toolOf(server);
      tool('memccp', ...protocol, QUEUE);
      expect(await waiting(server)).toBe(JOB);
      expect(tool('memcflush', ...protocol)).toMatchObject({ status: 0 });
      expect(await waiting(server)).toBeUndefined();
    });
  }

  it('answers memcping', ({ server }) => {
    const tool = toolOf(server);
    expect(tool('memcping')).toMatchObject({ status: 0 });
  });

  it.for(CONFORMANCE)('passes memccapable: %s', (name, { server }) => {
    const args = ['-h', '127.0.0.1', '-p', String(server.port), '-t', '60', '-T', name];
    expect(run('memccapable', args)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('All tests passed'),
    });
  });

  it('shows its counters to memcstat', ({ server }) => {
    const tool = toolOf(server);
    expect(tool('memcstat').stdout).toContain(`\tpid: ${server.pid}\n`);
  });
});

withPackages('nc', [TOOLS['nc and telnet']], () => {
  const conversation = `set ${QUEUE} 0 0 ${JOB.length}\r\n${JOB}\r\nget ${QUEUE}\r\nget ${QUEUE}\r\n`;
  const answers = `STORED\r\nVALUE ${QUEUE} 0 ${JOB.length}\r\n${JOB}\r\nEND\r\nEND\r\n`;
  const nc = ({ port }: TestServer, args: string[], input: string) =>
    run('nc', [...args, '127.0.0.1', String(port)], input);

  it('answers all that nc sent before quit', ({ server }) => {
    expect(nc(server, [], `${conversation}quit\r\n`)).toEqual({ status: 0, stdout: answers });
  });

  it('answers all that nc sent before it closed its half', ({ server }) => {
    expect(nc(server, ['-N'], conversation)).toEqual({ status: 0, stdout: answers });
  });

  it('takes lines that end with LF alone, as a terminal sends them', ({ server }) => {
    expect(nc(server, ['-N'], conversation.replaceAll('\r\n', '\n'))).toEqual({ status: 0, stdout: answers });
  });
});
