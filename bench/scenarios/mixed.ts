import type { LoadSpec } from '../load/spec.ts';
import { memqDurable } from '../peers/memq.ts';
import { RunningServer } from '../peers/running-server.ts';
import { loadRow } from './load-row.ts';
import { inRounds } from './rounds.ts';
import type { Scenario, Settings } from './scenario.ts';
import { loadServer, type ServerLoad } from './server-load.ts';

/** Messages that wait in each queue meanwhile, so that their order costs something. */
const BACKLOG = 100_000;
const LEAST_SHARE = 0.7;
const WARM_UP_SHARE = 0.2;
const BODY = 'x'.repeat(64);

interface Plan {
  name: string;
  connections: number;
  inFlight: number;
  /** Operations of one measurement. */
  ops: number;
  /** Messages that wait meanwhile. */
  backlog?: number;
}

/** What the keys of the sets say: the order of the queue. Each has a server of its own, since both share a journal. */
const orders = [
  { keys: 'random', subject: 'random priorities, a third delayed' },
  { keys: 'plain', subject: 'first in, first out' },
] as const;

/** What random priorities and delays cost: the same load on a queue with them and on one without. */
export function mixedScenario(plan: Plan): Scenario {
  return {
    name: plan.name,
    async run(settings) {
      const backlog = plan.backlog ?? Math.min(BACKLOG, settings.ops ?? plan.ops);
      const rounds = await measure(plan, backlog, settings);
      const [random, plain] = orders.map(({ subject }, i) => loadRow(subject, 'ops/s', rounds[i]));
      return {
        name: plan.name,
        load: `${plan.connections} connections, ${plan.inFlight} in flight on each, ${BODY.length} bytes, set and get in turn, ${backlog.toLocaleString('en-US')} messages wait, ${memqDurable.name}`,
        rows: [random, plain],
        bars: [{ against: plain.subject, least: LEAST_SHARE, reached: random.figure / plain.figure }],
        absent: [],
      };
    },
  };
}

/** The rounds of each order. */
async function measure(plan: Plan, backlog: number, settings: Settings): Promise<ServerLoad[][]> {
  const rounds: ServerLoad[][] = orders.map(() => []);
  const ops = settings.ops ?? plan.ops;
  const warmUp = Math.ceil(ops * WARM_UP_SHARE);
  const servers: RunningServer[] = [];
  try {
    for (const { keys } of orders) {
      const server = await RunningServer.start(memqDurable, settings.directory);
      servers.push(server);
      const { wrong } = await load(plan, server, { keys, mode: 'set', warmUp: 1, ops: backlog - 1 });
      if (wrong > 0) throw new Error(`${wrong} messages of the backlog could not be stored`);
    }
    await inRounds(settings, async (round) => {
      const figures: number[] = [];
      for (const [i, { keys, subject }] of orders.entries()) {
        const result = await load(plan, servers[i], { keys, mode: 'mixed', warmUp, ops });
        rounds[i].push(result);
        figures.push(result.opsPerSecond);
        const rate = Math.round(result.opsPerSecond).toLocaleString('en-US');
        settings.onProgress(`${plan.name} ${round} ${subject}: ${rate} ops/s`);
      }
      return figures;
    });
  } finally {
    for (const server of servers) await server.stop();
  }
  return rounds;
}

function load(
  { connections, inFlight }: Plan,
  server: RunningServer,
  spec: Pick<LoadSpec, 'keys' | 'mode' | 'warmUp' | 'ops'>,
): Promise<ServerLoad> {
  return loadServer(server, { connections, inFlight, queue: 'bench', body: BODY, ...spec });
}
