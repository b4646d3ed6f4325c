import { runLoad } from '../load/process.ts';
import type { LoadResult, LoadSpec } from '../load/spec.ts';
import { isInstalled, type Peer } from '../peers/peer.ts';
import { RunningServer } from '../peers/running-server.ts';
import type { Bar, Row } from '../result.ts';
import { median } from '../statistics.ts';
import type { Scenario, Settings } from './scenario.ts';

/** Of the operations measured, how many come before them to warm the server and the generator up. */
const WARM_UP_SHARE = 0.2;
const BODY = 'x'.repeat(64);

export interface LoadPlan {
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
  aim?: number;
}

/** memq and its peers under one load: items of 64 bytes are stored and taken in turn on every connection. */
export function loadScenario(plan: LoadPlan): Scenario {
  return {
    name: plan.name,
    async run(settings) {
      const present = plan.peers.filter(({ peer }) => isInstalled(peer));
      const results = await measure(plan, [plan.memq, ...present.map(({ peer }) => peer)], settings);
      const [memq, ...others] = [...results].map(([peer, rounds]) => row(peer, rounds));
      return {
        name: plan.name,
        load: describe(plan),
        unit: 'ops/s',
        rows: [memq!, ...others.map((other) => ({ ...other, ratio: memq!.rate / other.rate }))],
        bars: present.flatMap((entry, i) => bar(entry, memq!.rate / others[i]!.rate)),
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
        results.get(server.peer)!.push(result);
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
    body: BODY,
    mode: 'mixed',
    warmUp: Math.ceil(ops * WARM_UP_SHARE),
    ops,
  };
}

function row(peer: Peer, rounds: LoadResult[]): Row {
  const middle = (of: (result: LoadResult) => number) => median(rounds.map(of));
  const total = (of: (result: LoadResult) => number) => rounds.reduce((sum, result) => sum + of(result), 0);
  return {
    subject: peer.name,
    rates: rounds.map((result) => result.opsPerSecond),
    rate: middle((result) => result.opsPerSecond),
    latency: {
      p50: middle((result) => result.latency.p50),
      p99: middle((result) => result.latency.p99),
      p999: middle((result) => result.latency.p999),
    },
    busy: middle((result) => result.busy),
    misses: total((result) => result.misses),
    wrong: total((result) => result.wrong),
  };
}

function bar({ peer, bar: least, aim }: PeerBar, reached: number): Bar[] {
  if (least === undefined) return [];
  return [{ against: peer.name, least, reached, ...(aim === undefined ? {} : { aim }) }];
}

function describe({ connections, inFlight }: LoadPlan): string {
  const sockets = connections === 1 ? '1 connection' : `${connections} connections`;
  return `${sockets}, ${inFlight} in flight on each, ${BODY.length} bytes, set and get in turn`;
}
