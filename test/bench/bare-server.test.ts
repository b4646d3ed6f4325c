import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { KnownAnswers } from '../../bench/bare-server/known-answers.ts';
import { memcached } from '../../bench/load/memcached.ts';
import { accepts, freePort } from '../../bench/peers/ports.ts';
import { startServer } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';

const BARE_SERVER = join(import.meta.dirname, '../../dist/bench/bare-server/main.js');
const QUEUE = 'bench';
const BODY = 'x'.repeat(64);
const REQUESTS = (memcached.set(QUEUE, BODY) + memcached.get(QUEUE)).repeat(1000);

async function startBareServer(): Promise<number> {
  const port = await freePort();
  const child = spawn(process.execPath, [BARE_SERVER, String(port), QUEUE, BODY], { stdio: 'inherit' });
  onTestFinished(() => void child.kill());
  await until(() => accepts(port));
  return port;
}

/** The answers to all requests, which are sent in two parts that end within one. */
async function answers(port: number, length: number): Promise<string> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.setEncoding('latin1');
  let text = '';
  const all = new Promise<void>((resolve, reject) => {
    socket.on('close', () => reject(new Error(`closed after ${text.length} bytes`)));
    socket.on('data', (part: string) => {
      text += part;
      if (text.length >= length) resolve();
    });
  });
  socket.write(REQUESTS.slice(0, 1234));
  await once(socket, 'data');
  socket.write(REQUESTS.slice(1234));
  await all;
  return text;
}

it('the bare server answers byte for byte what memq does', async () => {
  const expected = `STORED\r\nVALUE ${QUEUE} 0 64\r\n${BODY}\r\nEND\r\n`.repeat(1000);
  await using memq = await startServer({ args: ['--memory'] });
  expect(await answers(memq.port, expected.length)).toBe(expected);
  expect(await answers(await startBareServer(), expected.length)).toBe(expected);
});

it('answers come when their requests have ended, however these are cut', () => {
  const known = new KnownAnswers(QUEUE, BODY, 4096);
  const once = memcached.set(QUEUE, BODY).length;
  expect(known.to(0, once - 1).toString()).toBe('');
  expect(known.to(once - 1, 1).toString()).toBe('STORED\r\n');
  expect(known.to(0, known.period).toString()).toBe(
    known.to(0, once).toString() + known.to(once, known.period - once),
  );
  expect(known.to(known.period - 1, 4096).length).toBeGreaterThan(known.to(0, 4096 - known.period).length);
});
