import { once } from 'node:events';
import { connect } from 'node:net';
import { machineTime } from '../clock.ts';
import { runDelay } from './run-delay.ts';
import type { Span } from './spans.ts';

const ANSWER = 'STORED\r\n';

export interface SetterSpec {
  port: number;
  connections: number;
  queue: string;
  body: string;
  /** Sets whose times do not count, and those whose do. */
  warmUp: number;
  sets: number;
}

/** A set, from its sending to its answer. */
export interface TimedSet extends Span {
  /** Milliseconds meanwhile that the process which sent it waited for a processor. */
  readonly delay: number;
}

/** Has each connection set, wait for the answer and set again. Rejects where one is answered otherwise. */
export async function setEach(spec: SetterSpec): Promise<TimedSet[]> {
  const { port, connections, queue, body, warmUp, sets } = spec;
  const request = Buffer.from(`set ${queue} 0 0 ${body.length}\r\n${body}\r\n`);
  const times: TimedSet[] = [];
  let claimed = 0;
  const one = async () => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1');
    await once(socket, 'connect');
    await new Promise<void>((resolve, reject) => {
      let [start, delay, answer, isCounted] = [0, 0, '', false];
      const next = () => {
        if (claimed === warmUp + sets) return resolve();
        isCounted = ++claimed > warmUp;
        answer = '';
        delay = runDelay();
        start = machineTime();
        socket.write(request);
      };
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the server closed a connection')));
      socket.on('data', (part: string) => {
        answer += part;
        if (answer.length < ANSWER.length) return;
        if (answer !== ANSWER) return reject(new Error(`a set was answered with ${answer}`));
        if (isCounted) times.push({ start, end: machineTime(), delay: runDelay() - delay });
        next();
      });
      next();
    });
    socket.removeAllListeners('close').destroy();
  };
  await Promise.all(Array.from({ length: connections }, one));
  return times;
}
