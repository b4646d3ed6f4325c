import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { RunningConsumer } from '../consumer/running-consumer.ts';
import type { NoopFindings } from '../drain/noop-worker.ts';
import { type JointMemory, jointMemory } from '../machine.ts';
import type { RunningServer } from '../peers/running-server.ts';
import { type Bar, medianRow } from '../result.ts';
import { inRounds } from './rounds.ts';
import type { Scenario, Settings } from './scenario.ts';
import { until, untilEmpty, withConnection, withServer } from './with-server.ts';

const IDLE_MS = 10_000;
/** Where --ops asks for a short run. */
const SHORT_IDLE_MS = 500;
const MEGABYTE = 1024 * 1024;
const MOST_MEGABYTES = 80;
const QUEUE = 'bench';

const classFile = fileURLToPath(new URL('../drain/noop-worker.js', import.meta.url));

interface Round {
  readonly memory: JointMemory;
  /** How many jobs it ran afterwards, of one. */
  readonly calls: number;
}

/** How much memory a memq-consume takes that waits for jobs, with the process in which they would run. */
export const idle: Scenario = {
  name: 'idle',
  async run(settings) {
    const idleMs = settings.ops === undefined ? IDLE_MS : SHORT_IDLE_MS;
    const rounds: Round[] = [];
    await withServer(settings, async (server) => {
      await inRounds(settings, async (round) => {
        const found = await measure(server, idleMs, settings);
        rounds.push(found);
        const megabytes = (found.memory.together / MEGABYTE).toFixed(1);
        settings.onProgress(`idle ${round}: ${megabytes} MB together`);
        return [found.memory.together];
      });
    });
    const row = (subject: string, of: (memory: JointMemory) => number) =>
      medianRow(
        subject,
        'MB',
        rounds.map(({ memory }) => of(memory) / MEGABYTE),
      );
    const parent = row('memq-consume, RSS', ({ resident }) => resident[0]);
    const child = row('its process for jobs, RSS', ({ resident }) => resident[1]);
    const sum = row('sum of RSS', ({ resident }) => resident[0] + resident[1]);
    const proportional = row('sum of PSS', (memory) => memory.proportional);
    const together = row('both, what they share counted once', (memory) => memory.together);
    const wrong = rounds.reduce((total, { calls }) => total + Math.abs(1 - calls), 0);
    return {
      name: 'idle',
      load: `memory of memq-consume --watch that has waited for a job for ${idleMs / 1000} s`,
      rows: [parent, child, sum, proportional, { ...together, wrong }],
      bars: [parent, child, together].map(({ subject, unit, figure }): Bar => {
        return { of: subject, most: MOST_MEGABYTES, unit, reached: figure };
      }),
      absent: [],
    };
  },
};

async function measure(server: RunningServer, idleMs: number, { directory }: Settings): Promise<Round> {
  const what = { port: server.port, queue: QUEUE, className: 'NoopWorker', classFile, concurrency: 1 };
  const consumer = new RunningConsumer({ ...what, isWatching: true }, directory);
  try {
    return await withConnection(server, async (connection) => {
      await until('memq-consume to connect', async () => {
        return (await connection.exchange('stats conns\r\n')).includes('memq-consume');
      });
      await delay(idleMs);
      const memory = jointMemory([consumer.pid, childOf(consumer.pid)]);
      await connection.exchange(`set ${QUEUE} 0 0 6\r\nnoop()\r\n`);
      await untilEmpty(server);
      await consumer.stop();
      return { memory, calls: consumer.findings<NoopFindings>().calls };
    });
  } finally {
    consumer.remove();
  }
}

/** Linux only. */
function childOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ');
  if (children.length !== 1) throw new Error(`memq-consume has ${children.length} processes, not one`);
  return Number(children[0]);
}
