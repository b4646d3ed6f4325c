import { runLoad } from '../load/process.ts';
import type { LoadResult, LoadSpec } from '../load/spec.ts';
import { isInstalled, type Peer } from '../peers/peer.ts';
import { RunningServer } from '../peers/running-server.ts';
import type { Bar } from '../result.ts';
import { loadRow } from './load-row.ts';
import type { Scenario, Settings } from './scenario.ts';

/** Of the operations measured, how many come before them to warm the server and the generator up. */
const WARM_UP_SHARE = 0.2;
const BODY = 'x'.repeat(64);

interface LoadPlan {
  name: string;
  connections: number;
  inFlight: number;
  /** Operations of one measurement. */
  ops: number;
  memq: Peer;
  peers: PeerBar[];
}

interface PeerBar {
  peer: Peer;
  /** memq is to be so many times as fast. */
  bar?: number;
}

/** memq and its peers under one load: items of 64 bytes are stored and taken in turn on every connection. */
export function loadScenario(plan: LoadPlan): Scenario {
  return {
    name: plan.name,
    async run(settings) {
      const present = plan.peers.filter(({ peer }) => isInstalled(peer));
      const results = await measure(plan, [plan.memq, ...present.map(({ peer }) => peer)], settings);
      const [memq, ...others] = [...results].map(([peer, rounds]) => loadRow(peer.name, 'ops/s', rounds));
      return {
        name: plan.name,
        load: describe(plan),
        rows: [memq, ...others.map((other) => ({ ...other, ratio: memq.figure / other.figure }))],
        bars: present.flatMap((entry, i) => bar(entry, memq.figure / others[i].figure)),
        absent: plan.peers.filter((entry) => !present.includes(entry)).map(({ peer }) => peer.name),
      };
    },
  };
}

async function measure(plan: LoadPlan, peers: Peer[], settings: Settings): Promise<Map<Peer, LoadResult[]>> {
  const results = new Map<Peer, LoadResult[]>(peers.map((peer) => [peer, []]));
  const servers: RunningServer[] = [];
  try {
    for (const peer of peers) servers.push(await RunningServer.start(peer, settings.directory));
    for (let round = 0; round < settings.rounds; round++) {
      for (const server of servers) {
        const result = await runLoad(loadSpec(plan, server, settings)).catch((error: unknown) => {
          throw server.explain(error);
        });
        results.get(server.peer)?.push(result);
        const rate = Math.round(result.opsPerSecond).toLocaleString('en-US');
        settings.onProgress(
          `${plan.name} ${round + 1}/${settings.rounds} ${server.peer.name}: ${rate} ops/s`,
        );
      }
    }
  } finally {
    for (const server of servers) await server.stop();
  }
  return results;
}

function loadSpec(plan: LoadPlan, server: RunningServer, settings: Settings): LoadSpec {
  const ops = settings.ops ?? plan.ops;
  return {
    protocol: server.peer.protocol,
    port: server.port,
    connections: plan.connections,
    inFlight: plan.inFlight,
    queue: 'bench',
    keys: 'plain',
    body: BODY,
    mode: 'mixed',
    warmUp: Math.ceil(ops * WARM_UP_SHARE),
    ops,
  };
}

function bar({ peer, bar: least }: PeerBar, reached: number): Bar[] {
  if (least === undefined) return [];
  return [{ against: peer.name, least, reached }];
}

function describe({ connections, inFlight }: LoadPlan): string {
  const sockets = connections === 1 ? '1 connection' : `${connections} connections`;
  return `${sockets}, ${inFlight} in flight on each, ${BODY.length} bytes, set and get in turn`;
}
