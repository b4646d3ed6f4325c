import { memqConsume } from '../drain/memq.ts';
import { processorTimeOfEnded } from '../machine.ts';
import { bareServer } from '../peers/bare-server.ts';
import { memqDurable } from '../peers/memq.ts';
import { RunningServer } from '../peers/running-server.ts';
import { medianRow } from '../result.ts';
import { loadRow } from '../scenarios/load-row.ts';
import { inRounds } from '../scenarios/rounds.ts';
import type { Scenario, Settings } from '../scenarios/scenario.ts';
import { loadServer, type ServerLoad } from '../scenarios/server-load.ts';

const JOBS = 40_000;
const CONNECTIONS = 50;
const QUEUE = 'bench';
const BODY = 'noop()';

/** What came of jobs: a second, microseconds of a processor for each, and how many ran too often or not at all. */
interface Drain {
  readonly jobsPerSecond: number;
  readonly micros: number;
  readonly wrong: number;
}

/** Jobs that do nothing, beside requests to a bare server, one at a time on each connection. */
export function drainBesideBareServer(name: string, concurrency: number): Scenario {
  return {
    name,
    async run(settings) {
      const drains: Drain[] = [];
      const bare: ServerLoad[] = [];
      const servers: RunningServer[] = [];
      try {
        for (const peer of [memqDurable, bareServer(QUEUE, BODY)]) {
          servers.push(await RunningServer.start(peer, settings.directory));
        }
        const [memq, other] = servers;
        await inRounds(settings, async () => {
          drains.push(await drain(memq, concurrency, settings));
          const load = await loadServer(other, {
            ...{ connections: CONNECTIONS, inFlight: 1, queue: QUEUE, keys: 'plain', body: BODY },
            ...{ mode: 'mixed', warmUp: JOBS / 2, ops: JOBS },
          });
          bare.push(load);
          return [];
        });
      } finally {
        for (const server of servers) await server.stop();
      }
      const micros = medianRow(
        'for a job',
        'µs',
        drains.map((each) => each.micros),
      );
      const jobs = medianRow(
        'jobs',
        'jobs/s',
        drains.map((each) => each.jobsPerSecond),
      );
      const wrong = drains.reduce((sum, each) => sum + each.wrong, 0);
      const row = { ...jobs, serverMicros: micros.figure, wrong };
      return { name, load: name, rows: [row, loadRow('bare', 'ops/s', bare)], bars: [], absent: [] };
    },
  };
}

/** A worker that has but one job takes nearly all of its time to start and to end: that is not counted. */
async function drain({ port }: RunningServer, concurrency: number, { directory }: Settings): Promise<Drain> {
  const all: { calls: number; seconds: number; processorSeconds: number }[] = [];
  for (const jobs of [1, JOBS]) {
    await memqConsume.enqueue(port, jobs);
    const before = processorTimeOfEnded();
    const { calls, seconds } = await memqConsume.drain({ port, jobs, concurrency, directory });
    all.push({ calls, seconds, processorSeconds: processorTimeOfEnded() - before });
  }
  const [one, many] = all;
  return {
    jobsPerSecond: JOBS / many.seconds,
    micros: ((many.processorSeconds - one.processorSeconds) * 1e6) / JOBS,
    wrong: Math.abs(1 - one.calls) + Math.abs(JOBS - many.calls),
  };
}
