import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { withMemq } from '../fixtures/memq.ts';
import { documentedStatuses } from '../helpers/exit-statuses.ts';
import { MEMQ_BINARY, type Memq, memqOf } from '../helpers/memq.ts';

const it = withMemq();

type Case = readonly [
  status: number,
  what: string,
  run: (memq: Memq, url: string) => Promise<{ code: number | null }>,
];

const words = (status: number, what: string, ...given: string[]): Case => [
  status,
  what,
  (memq) => memq(given),
];

/** A server whose answer is this problem. */
const problem = (exit: number, status: number, code: string): Case => [
  exit,
  `the answer ${status} ${code}`,
  async () => {
    const server = createServer((_request, response) => {
      const body = { type: 'about:blank', title: code, status, code, detail: `it is ${code}` };
      response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    return memqOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)(['queues']);
  },
];

/** With an output that takes nothing. */
const intoFull: Case = [
  74,
  'a full disk',
  async () => {
    const child = spawn('/bin/sh', [
      '-c',
      `"${process.execPath}" "${MEMQ_BINARY}" completion bash > /dev/full`,
    ]);
    const [code] = (await once(child, 'close')) as [number];
    return { code };
  },
];

const CASES: readonly Case[] = [
  words(0, 'help', '--help'),
  words(0, 'the version', '--version'),
  words(1, 'a queue that there is not', 'queue', 'none'),
  words(64, 'an unknown verb', 'nonsense'),
  words(64, 'no verb'),
  words(64, 'an unknown option', 'queues', '--nonsense'),
  words(64, 'a number that is none', 'queues', '--limit', 'x'),
  words(65, 'what the server refuses', 'enqueue', 'mail', 'x', '--delay', 'soon'),
  words(69, 'no server', '--url', 'unix:/nonexistent/x', 'queues'),
  problem(70, 500, 'internal'),
  problem(73, 409, 'exists'),
  intoFull,
  problem(75, 503, 'busy'),
  problem(75, 507, 'queue-full'),
  problem(75, 429, 'too-many'),
  problem(77, 401, 'unauthorized'),
  problem(77, 403, 'readonly'),
  words(78, 'a URL that is none', '--url', 'nonsense', 'queues'),
  problem(78, 421, 'unknown-host'),
  [
    124,
    'a wait that is over',
    async (memq) => {
      await memq(['enqueue', 'waits', 'x']);
      return memq(['wait', 'waits', '--timeout', '0']);
    },
  ],
];

it.for(CASES)('ends with %i for %s', async ([status, , run], { memq, server }) => {
  expect((await run(memq, server.url)).code).toBe(status);
});

it('ends with what the documentation says, and with nothing else', () => {
  expect(new Set(CASES.map(([status]) => status))).toEqual(new Set(documentedStatuses('memq')));
});
