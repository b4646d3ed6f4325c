import { once } from 'node:events';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, vi } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';
import { withProgram } from '../helpers/foreign.ts';
import { readBlocks } from '../helpers/pages.ts';
import { startServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import { openTunnel } from '../helpers/tunnel.ts';
import { worker } from '../helpers/worker-file.ts';

const it = withWorkplace();

/** Of what is asked again and again. */
const PATIENCE = { timeout: 60_000, interval: 5 };

const EXAMPLES = join(import.meta.dirname, '../../examples');

const WORKER = worker(
  `async listens({ signal }) {
     process.stdout.write('started\\n');
     await new Promise((resolve) => signal.addEventListener('abort', resolve));
     log(signal.reason.name);
     throw new Error('it was in the middle of something');
   }
   loops() {
     process.stdout.write('started\\n');
     for (;;);
   }
   ends({ signal }) {
     process.stdout.write('started\\n');
     return new Promise(() => signal.addEventListener('abort', () => process.exit(3)));
   }
   async alone() {
     process.stdout.write('started\\n');
     const { existsSync } = await import('node:fs');
     while (!existsSync('go')) await pause(5);
     log('done');
   }`,
  `[{ name: 'listens', context: true }, 'loops', { name: 'ends', context: true }, { name: 'alone', concurrency: 1 }]`,
);

/** A class whose jobs write their process's id into a file, and then sleep. */
const SLEEPERS = [
  {
    program: 'php',
    command: 'php runner.php Worker.php',
    file: 'Worker.php',
    source: `<?php
      class Worker {
        public function sleeps() {
          file_put_contents('worker.log', getmypid() . "\\n", FILE_APPEND);
          while (true) sleep(600);
        }
      }`,
  },
  {
    program: 'python3',
    command: 'python3 runner.py worker',
    file: 'worker.py',
    source: [
      'import os, time',
      'class Worker:',
      '    def sleeps(self):',
      "        with open('worker.log', 'a') as log:",
      "            log.write(f'{os.getpid()}\\n')",
      '        time.sleep(600)',
    ].join('\n'),
  },
  {
    program: 'ruby',
    command: 'ruby runner.rb worker.rb',
    file: 'worker.rb',
    source: `
      class Worker
        def sleeps
          File.write('worker.log', "#{Process.pid}\\n", mode: 'a')
          sleep 600
        end
      end`,
  },
];

describe.each(SLEEPERS)('a program in $program', ({ program, command, file, source }) => {
  withProgram(program, () => {
    it('is killed when its job was cancelled and is not done after the grace, and no other one is', async ({
      client,
      workplace,
    }) => {
      cpSync(join(EXAMPLES, program.replace(/\d/, '')), workplace.directory, { recursive: true });
      writeFileSync(join(workplace.directory, file), source);
      await workplace.configure(`command = ${command}\nmethods = sleeps\nconcurrency = 2\ngrace = 0.2\n`);
      for (const id of ['a', 'b']) await client.set(`q/id=${id}`, 'sleeps()');
      const run = workplace.start();
      await workplace.logs(2);
      const [first, second] = (await workplace.logged()).map(Number);
      await client.ask('delete q/id=a');
      await vi.waitFor(() => expect([first, second].filter(isAlive)).toHaveLength(1), PATIENCE);
      await client.ask('delete q/id=b');
      expect(await run.ended).toMatchObject({ code: 0, stderr: '' });
      expect([first, second].filter(isAlive)).toEqual([]);
      expect(await client.figure('q:failed')).toBe('0');
    });
  });
});

it('the example on the page clears away what it has begun', async ({ client, workplace }) => {
  const [example] = readBlocks('docs/worker.md').filter(({ text }) => text.includes('CancelledError'));
  const memq = new URL('../../dist/index.js', import.meta.url).href;
  await workplace.setWorker(example!.text.replace("'memq'", JSON.stringify(memq)));
  // It begins to answer, and never ends.
  const site = createServer((_, response) => void response.write('x'.repeat(100_000)));
  site.listen(0, '127.0.0.1');
  onTestFinished(() => {
    site.closeAllConnections();
    site.close();
  });
  await once(site, 'listening');
  const { port } = site.address() as net.AddressInfo;
  await client.set('q/id=a', `download('http://127.0.0.1:${port}/', 'file')`);
  const run = workplace.start();
  const hasPart = () => existsSync(join(workplace.directory, 'file.part'));
  await vi.waitFor(() => expect(hasPart()).toBe(true), PATIENCE);
  await client.ask('delete q/id=a');
  expect(await run.ended).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(hasPart()).toBe(false);
});

it('a method in an endless loop is killed with its process', async ({ client, workplace }) => {
  await workplace.setWorker(WORKER);
  await workplace.configure('grace = 0.2\n');
  await client.set('q/id=a', 'loops()');
  const run = workplace.start('--fail-on-job-error');
  await run.started();
  await client.ask('delete q/id=a');
  expect(await run.ended).toEqual({ code: 0, stdout: 'started\n', stderr: '' });
  expect(await client.figure('q:failed')).toBe('0');
});

it('one that ends its process by itself is cancelled, not dead', async ({ client, workplace }) => {
  await workplace.setWorker(WORKER);
  await workplace.configure('grace = 600\n');
  await client.set('q/id=a', 'ends()');
  const run = workplace.start('--log-level', 'debug');
  await run.started();
  await client.ask('delete q/id=a');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(stderr).toContain('was cancelled while it ran, and has ended with its process');
  expect(stderr).not.toContain('"kind":"killed"');
});

it('drops a job that has not begun', async ({ client, workplace }) => {
  await workplace.setWorker(WORKER);
  await workplace.configure('concurrency = 2\n');
  await client.set('q/id=a', 'alone()');
  await client.set('q/id=b', 'alone()');
  const run = workplace.start('--log-level', 'debug');
  await run.started();
  expect(await client.ask('delete q/id=b')).toBe('DELETED');
  await run.says('was cancelled before it began');
  await workplace.touch('go');
  expect((await run.ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['done']);
  expect(await client.getStatus('q/id=a')).toMatchObject({ state: 'complete' });
  expect(await client.getStatus('q/id=b')).toMatchObject({ state: 'cancelled' });
});

it('one that ends while the order is on its way is cancelled', async ({ client, workplace }) => {
  await workplace.setWorker(WORKER);
  await client.set('q/id=a', 'alone()');
  const run = workplace.start('--watch');
  await run.started();
  // It reads of both when it goes on.
  run.kill('SIGSTOP');
  await workplace.touch('go');
  await workplace.logs(1);
  await client.ask('delete q/id=a');
  run.kill('SIGCONT');
  await run.says('of q was cancelled');
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(/"done":0,"failed":0,"rejected":0,"cancelled":1,/);
  expect(stderr).not.toContain('it may run again');
});

it('an order that comes while the connection is gone is told over the next one', async ({
  server,
  client,
  workplace,
}) => {
  let isUp = true;
  await using tunnel = await openTunnel(() => net.connect(isUp ? server.port : 1, '127.0.0.1'));
  await workplace.setWorker(WORKER);
  await workplace.configure('', tunnel.port);
  const run = workplace.start('--watch');
  await client.set('q/id=a', 'listens()');
  await run.started();
  isUp = false;
  tunnel.cut();
  await client.ask('delete q/id=a');
  isUp = true;
  await workplace.logs(1);
  await run.says('was cancelled while it ran');
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(stderr).not.toContain('it was in the middle of something');
  expect(stderr).not.toContain('it may run again');
  expect(await workplace.logged()).toEqual(['CancelledError']);
});

it('a server that was started anew knows by then who has the job', async ({ workplace }) => {
  await using server = await startServer();
  await workplace.setWorker(WORKER);
  await workplace.configure('', server.port);
  const run = workplace.start('--watch');
  using client = await TextClient.connect(server.port);
  await client.set('q/id=a', 'listens()');
  await run.started();
  await server.restart();
  await client.reconnect();
  const holder = () => client.getStatus('q/id=a').then((status) => JSON.stringify(status?.by));
  await vi.waitFor(async () => expect(await holder()).toContain('memq-consume'), PATIENCE);
  expect(await client.ask('delete q/id=a')).toBe('DELETED');
  await workplace.logs(1);
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['CancelledError']);
});

it('a renewal tells of a cancel whose order was lost with the server', async ({ workplace }) => {
  await using server = await startServer();
  let isUp = true;
  await using tunnel = await openTunnel(() => net.connect(isUp ? server.port : 1, '127.0.0.1'));
  await workplace.setWorker(WORKER);
  await workplace.configure('', tunnel.port);
  const run = workplace.start('--watch');
  using client = await TextClient.connect(server.port);
  await client.set('q/id=a', 'listens()');
  await run.started();
  isUp = false;
  tunnel.cut();
  await client.ask('delete q/id=a');
  await server.restart();
  isUp = true;
  await workplace.logs(1);
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['CancelledError']);
});

/** Whether there is such a process; one that has ended, and was not waited for, is there. */
function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}
