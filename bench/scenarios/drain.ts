import { bullmq } from '../drain/bullmq.ts';
import type { Drained, Drainer } from '../drain/drainer.ts';
import { memqConsume } from '../drain/memq.ts';
import { isInstalled } from '../peers/peer.ts';
import { RunningServer } from '../peers/running-server.ts';
import { type Bar, medianRow, type Row } from '../result.ts';
import { inRounds } from './rounds.ts';
import type { Scenario, Settings } from './scenario.ts';

const JOBS = 100_000;
const CONCURRENCIES = [1, 50];
const LEAST_TIMES = 2;
const AIM_TIMES = 3;
/** Of memq-consume at concurrency 1, its own start and end included. */
const LEAST_PER_SECOND = 15_000;

/** The rounds of one drainer at one concurrency. */
interface Series {
  readonly drainer: Drainer;
  readonly concurrency: number;
  readonly rounds: Drained[];
}

/** How many jobs a second one process takes, runs and acknowledges. */
export const drain: Scenario = {
  name: 'drain',
  async run(settings) {
    const jobs = settings.ops ?? JOBS;
    const isHere = isInstalled(bullmq.server) && bullmq.isInstalled();
    const drainers = isHere ? [memqConsume, bullmq] : [memqConsume];
    const all = await measure(drainers, jobs, settings);
    const rows: Row[] = [];
    const bars: Bar[] = [];
    for (const concurrency of CONCURRENCIES) {
      const [ours, ...peers] = all
        .filter((series) => series.concurrency === concurrency)
        .map((series) => rateRow(series, jobs, ({ seconds }) => seconds));
      rows.push(ours);
      for (const peer of peers) {
        const ratio = ours.figure / peer.figure;
        rows.push({ ...peer, ratio });
        bars.push({ against: peer.subject, least: LEAST_TIMES, aim: AIM_TIMES, reached: ratio });
      }
    }
    const wholes = all.map((series) => {
      const row = rateRow(series, jobs, ({ wholeSeconds }) => wholeSeconds);
      return { ...row, subject: `${row.subject}, start and end included` };
    });
    rows.push(...wholes);
    const [whole] = wholes;
    bars.push({ of: whole.subject, least: LEAST_PER_SECOND, unit: whole.unit, reached: whole.figure });
    const servers = drainers.map(({ name, server }) => `${name} on ${server.name}`).join(', ');
    return {
      name: 'drain',
      load: `${jobs.toLocaleString('en-US')} jobs that do nothing, acknowledged by one process; ${servers}`,
      rows,
      bars,
      absent: isHere ? [] : ['BullMQ (npm install --no-save bullmq ioredis, and redis-server)'],
    };
  },
};

/** All in turn, so that a slow moment of the machine meets everybody. */
async function measure(drainers: readonly Drainer[], jobs: number, settings: Settings): Promise<Series[]> {
  const all = CONCURRENCIES.flatMap((concurrency) =>
    drainers.map((drainer): Series => ({ drainer, concurrency, rounds: [] })),
  );
  const servers = new Map<Drainer, RunningServer>();
  try {
    for (const drainer of drainers) {
      servers.set(drainer, await RunningServer.start(drainer.server, settings.directory));
    }
    await inRounds(settings, async (round) => {
      const figures: number[] = [];
      for (const series of all) {
        const server = servers.get(series.drainer)!;
        const drained = await drainOnce(series, server, jobs, settings).catch((error: unknown) => {
          throw server.explain(error);
        });
        series.rounds.push(drained);
        const rate = jobs / drained.seconds;
        figures.push(rate);
        const text = Math.round(rate).toLocaleString('en-US');
        settings.onProgress(`drain ${round} ${subjectOf(series)}: ${text} jobs/s`);
      }
      return figures;
    });
  } finally {
    for (const server of servers.values()) await server.stop();
  }
  return all;
}

async function drainOnce(
  { drainer, concurrency }: Series,
  { port }: RunningServer,
  jobs: number,
  { directory }: Settings,
): Promise<Drained> {
  await drainer.enqueue(port, jobs);
  return drainer.drain({ port, jobs, concurrency, directory });
}

/** Every job is to run once. */
function rateRow(series: Series, jobs: number, secondsOf: (drained: Drained) => number): Row {
  const rates = series.rounds.map((drained) => jobs / secondsOf(drained));
  const wrong = series.rounds.reduce((sum, { calls }) => sum + Math.abs(jobs - calls), 0);
  return { ...medianRow(subjectOf(series), 'jobs/s', rates), wrong };
}

function subjectOf({ drainer, concurrency }: Series): string {
  return `${drainer.name}, ${concurrency} at a time`;
}
