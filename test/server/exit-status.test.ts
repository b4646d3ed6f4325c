import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { memqServer, type Result } from '../helpers/command.ts';
import { documentedStatuses } from '../helpers/exit-statuses.ts';
import { startServer } from '../helpers/server.ts';

const root = mkdtempSync(join(tmpdir(), 'memq-status-'));
afterAll(() => rmSync(root, { recursive: true }));

type Case = readonly [status: number, what: string, run: () => Promise<Result>];

function withFlags(status: number, what: string, ...flags: string[]): Case {
  return [status, what, () => memqServer(flags)];
}

function withConfig(status: number, what: string, text: string, ...flags: string[]): Case {
  return [
    status,
    what,
    () => {
      const file = join(mkdtempSync(join(root, 'config-')), 'memq.ini');
      writeFileSync(file, text);
      return memqServer(['-p', '0', '--memory', '--config', file, ...flags]);
    },
  ];
}

/** With something that happens as soon as the program listens to `event`. */
function when(event: string, what: string): Promise<Result> {
  const code = `process.on('newListener', (name) => { if (name === '${event}') setImmediate(() => { ${what} }); });`;
  const prefix = ['env', `NODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent(code)}`];
  return memqServer(['-p', '0', '--memory'], { prefix });
}

async function damaged(...command: string[]): Promise<Result> {
  const directory = mkdtempSync(join(root, 'damaged-'));
  writeFileSync(join(directory, '0000000001.journal'), 'x'.repeat(10_000));
  return memqServer([...command, directory]);
}

async function besideAnother(flags: (port: number, data: string) => string[]): Promise<Result> {
  await using server = await startServer();
  return await memqServer(flags(server.port, server.dataDir));
}

async function besideUsers(flags: (port: number) => string[]): Promise<Result> {
  const users = join(root, 'users');
  writeFileSync(users, 'web:secret\n');
  await using server = await startServer({ args: ['--memory', '-Y', users] });
  return await memqServer(flags(server.port));
}

const none = join(root, 'none');

const CASES: readonly Case[] = [
  [
    0,
    'a stop',
    async () => {
      await using server = await startServer({ args: ['--memory'] });
      return { code: await server.stop(), stdout: '', stderr: '' };
    },
  ],
  withConfig(0, 'a configuration without a mistake', 'port = 1\n', '--check-config'),
  withFlags(64, 'an unknown flag', '--what'),
  withFlags(64, 'a flag without its value', '--port'),
  withFlags(64, 'an unknown flag of a command', 'inspect', '--what', root),
  withConfig(64, 'a wrong flag and a wrong file', 'colour = red\n', '--max-wait', 'x'),
  [69, 'a port that another has', () => besideAnother((port) => ['--memory', '-p', String(port)])],
  [
    69,
    'an address of HTTP that another has',
    () => besideAnother((port) => ['--memory', '-p', '0', '--http', String(port)]),
  ],
  withFlags(69, 'a check of a server that is not there', '--check', '-s', none),
  [70, 'an internal error', () => when('uncaughtException', "throw new Error('unforeseen')")],
  withFlags(74, 'a directory that cannot be made', '-p', '0', '-d', '/proc/memq'),
  [74, 'damage at a start', () => damaged('-p', '0', '-d')],
  [74, 'damage that is looked at', () => damaged('inspect')],
  [75, 'data that another has', () => besideAnother((_, data) => ['-p', '0', '-d', data])],
  [
    77,
    'a check without the login that it takes',
    () => besideUsers((port) => ['--check', '-p', String(port)]),
  ],
  withFlags(78, 'no configuration', '--config', none),
  withConfig(78, 'a wrong number in the configuration', 'port = x\n'),
  withConfig(78, 'no users, by the file', 'auth_file = none\n'),
  withFlags(78, 'no users, by a flag', '--auth-file', none),
  withConfig(78, 'half of TLS, by the file', 'tls_cert = x\n'),
  withFlags(78, 'half of TLS, by a flag', '--tls-cert', none),
  withFlags(78, 'HTTP for everybody', '--memory', '--http', '0.0.0.0:0'),
  withConfig(78, 'HTTP beside a login', 'auth_file = users\nhttp = 22202\n'),
  [130, 'a second INT', () => when('SIGINT', "for (const each of [1, 2]) process.emit('SIGINT', 'SIGINT');")],
  [
    143,
    'a second TERM',
    () => when('SIGTERM', "for (const each of [1, 2]) process.emit('SIGTERM', 'SIGTERM');"),
  ],
];

it.concurrent.for(CASES)('ends with %i for %s, and says why', async ([status, , run]) => {
  const { code, stdout, stderr } = await run();
  expect(code).toBe(status);
  if (status > 0) expect(stdout + stderr).not.toBe('');
});

it('ends with what the documentation says, and with nothing else', () => {
  expect(new Set(CASES.map(([status]) => status))).toEqual(new Set(documentedStatuses('memq-server')));
});
