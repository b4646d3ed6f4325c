import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { machineTime } from '../clock.ts';
import { RunningConsumer } from '../consumer/running-consumer.ts';
import type { RunningServer } from '../peers/running-server.ts';
import { type Bar, medianRow, type Row } from '../result.ts';
import type { StartFindings } from '../start/punctual-worker.ts';
import { median, percentiles } from '../statistics.ts';
import type { TextConnection } from '../text-connection.ts';
import { inRounds } from './rounds.ts';
import type { Scenario, Settings } from './scenario.ts';
import { untilEmpty, withConnection, withServer } from './with-server.ts';

const SETS = 5000;
/** At most, where --ops asks for a short run. */
const SHORT_SETS = 500;
const WARM_UP = 500;
/** Sets a second, each on its own or among others. */
const PACES = [200, 1000];
const QUEUE = 'bench';
const LONGEST_P99_MS = 5;

const classFile = fileURLToPath(new URL('../start/punctual-worker.js', import.meta.url));

/** How long it takes from the sending of a set until its job starts, in a memq-consume that watches. */
export const start: Scenario = {
  name: 'start',
  async run(settings) {
    const sets = settings.ops === undefined ? SETS : Math.min(settings.ops, SHORT_SETS);
    const rounds = PACES.map((): StartFindings[] => []);
    await withServer(settings, async (server) => {
      await inRounds(settings, async (round) => {
        const figures: number[] = [];
        for (const [i, pace] of PACES.entries()) {
          const findings = await measure(server, sets, pace, settings);
          rounds[i].push(findings);
          const { p99 } = percentiles(timesOf(findings));
          figures.push(p99);
          settings.onProgress(
            `start ${round} ${pace.toLocaleString('en-US')} sets/s: p99 ${p99.toFixed(3)} ms`,
          );
        }
        return figures;
      });
    });
    const rows = PACES.map((pace, i) => p99Row(`${pace.toLocaleString('en-US')} sets/s`, rounds[i], sets));
    return {
      name: 'start',
      load: `p99 from the sending of a set until its job starts, ${sets.toLocaleString('en-US')} sets at an even pace, memq-consume --watch, memq --sync always`,
      rows,
      bars: rows.map(
        ({ subject, unit, figure }): Bar => ({ of: subject, most: LONGEST_P99_MS, unit, reached: figure }),
      ),
      absent: [],
    };
  },
};

async function measure(
  server: RunningServer,
  sets: number,
  pace: number,
  { directory }: Settings,
): Promise<StartFindings> {
  const what = { port: server.port, queue: QUEUE, className: 'PunctualWorker', classFile, concurrency: 1 };
  const consumer = new RunningConsumer({ ...what, isWatching: true }, directory);
  try {
    await withConnection(server, async (connection) => {
      for (let i = 0; i < WARM_UP; i++) await enqueue(connection, 'warmUp()');
      await untilEmpty(server);
      await sendEvenly(connection, sets, 1000 / pace);
      await untilEmpty(server);
    });
    await consumer.stop();
    return consumer.findings<StartFindings>();
  } finally {
    consumer.remove();
  }
}

/** A set that comes late, because this process was not in time, is measured from when it is really sent. */
async function sendEvenly(connection: TextConnection, sets: number, intervalMs: number): Promise<void> {
  const begin = machineTime();
  for (let i = 0; i < sets; i++) {
    const early = begin + i * intervalMs - machineTime();
    if (early > 0) await delay(early);
    await enqueue(connection, `start(${i}, ${machineTime()})`);
  }
}

async function enqueue(connection: TextConnection, body: string): Promise<void> {
  const answer = await connection.exchange(`set ${QUEUE} 0 0 ${body.length}\r\n${body}\r\n`);
  if (answer !== 'STORED\r\n') throw new Error(`a set was answered with ${answer}`);
}

/** Every job is to start once, and not before it was sent. */
function p99Row(subject: string, rounds: StartFindings[], sets: number): Row {
  const latencies = rounds.map((findings) => percentiles(timesOf(findings)));
  const middle = (of: 'p50' | 'p99' | 'p999') => median(latencies.map((latency) => latency[of]));
  const wrong = rounds.reduce((sum, findings) => {
    const started = new Set(findings.filter(([, ms]) => ms > 0).map(([number]) => number));
    return sum + Math.abs(sets - findings.length) + Math.abs(findings.length - started.size);
  }, 0);
  return {
    ...medianRow(
      subject,
      'ms',
      latencies.map(({ p99 }) => p99),
    ),
    latency: { p50: middle('p50'), p99: middle('p99'), p999: middle('p999') },
    wrong,
  };
}

function timesOf(findings: StartFindings): Float64Array {
  return Float64Array.from(findings, ([, ms]) => ms);
}
