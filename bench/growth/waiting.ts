import { setTimeout as delay } from 'node:timers/promises';
import type { LoadSpec } from '../load/spec.ts';
import { memqDurable, memqWith } from '../peers/memq.ts';
import type { RunningServer } from '../peers/running-server.ts';
import { difference, withServer } from '../scenarios/with-server.ts';
import type { Figures } from './data.ts';
import type { GrowthSeries } from './series.ts';

const BODY = 'x'.repeat(100);
const CONNECTIONS = 50;
const IN_FLIGHT = 16;
/** Operations of one measurement of a rate, in waves of at most half of what waits. */
const OPS = 200_000;
const QUIET_MS = 1500;

const peer = memqWith(['--http', '127.0.0.1:0']);
const common: Omit<LoadSpec, 'port' | 'mode' | 'warmUp' | 'ops'> = {
  ...{ protocol: memqDurable.protocol, connections: CONNECTIONS, inFlight: IN_FLIGHT },
  ...{ queue: 'waiting', keys: 'plain', body: BODY },
};

/** How many messages wait in one queue. */
export const waiting: GrowthSeries = {
  name: 'waiting',
  load: `messages of ${BODY.length} bytes in one queue, ${CONNECTIONS} connections, ${IN_FLIGHT} in flight on each, ${memqDurable.name}, HTTP on`,
  amounts: [10_000, 100_000, 1_000_000, 10_000_000],
  dear: 10_000_000,
  measure: (messages, times, { directory, generators }) =>
    withServer(
      { directory },
      async (server) => {
        const run = (mode: 'set' | 'get', ops: number) =>
          generators.run({ ...common, port: server.port, mode, warmUp: CONNECTIONS, ops: ops - CONNECTIONS });
        await run('set', messages);
        await delay(QUIET_MS);
        const figures: Figures = { sets: [], gets: [], generator: [], memoryBytes: [server.memory().now] };
        const wave = Math.min(OPS, messages / 2);
        for (let time = 0; time < times; time++) {
          // Taken and stored again, so that never more wait, and seldom fewer than half.
          const waves = { get: [] as number[], set: [] as number[], busy: [] as number[] };
          for (let done = 0; done < OPS; done += wave) {
            for (const mode of ['get', 'set'] as const) {
              const { opsPerSecond, busy } = await run(mode, wave);
              waves[mode].push(opsPerSecond);
              waves.busy.push(busy);
            }
          }
          figures.sets.push(meanRate(waves.set));
          figures.gets.push(meanRate(waves.get));
          figures.generator.push(Math.max(...waves.busy));
        }
        return { ...figures, ...(await starts(server, messages, times)) };
      },
      peer,
    ),
};

/** Seconds from a start until it listens, after an end in order and after one that was not. */
async function starts(server: RunningServer, messages: number, times: number): Promise<Figures> {
  const figures: Figures = { startSeconds: [], startAfterKillSeconds: [] };
  for (let time = 0; time < times; time++) {
    figures.startSeconds.push(await server.restart());
    figures.startAfterKillSeconds.push(await server.restart('SIGKILL'));
  }
  const wrong = await difference(server, messages);
  if (wrong > 0) throw new Error(`${wrong} messages too many or too few after a restart`);
  return figures;
}

/** Operations per second over waves of the same size. */
function meanRate(rates: readonly number[]): number {
  return rates.length / rates.reduce((sum, rate) => sum + 1 / rate, 0);
}
