import { bareServer } from '../peers/bare-server.ts';
import { memqDurable } from '../peers/memq.ts';
import { isInstalled, type Peer } from '../peers/peer.ts';
import { RunningServer } from '../peers/running-server.ts';
import { type Bar, medianRow, type Row } from '../result.ts';
import { loadRow } from './load-row.ts';
import { inRounds } from './rounds.ts';
import { SameBatches } from './same-batches.ts';
import type { Scenario, Settings } from './scenario.ts';
import { loadServer, type ServerLoad } from './server-load.ts';

/** Of the operations measured, how many come before them to warm the server and the generator up. */
const WARM_UP_SHARE = 0.2;
const QUEUE = 'bench';
const BODY = 'x'.repeat(64);

const BARE_DISK = 'write and fdatasync, same batches';
const BARE_SERVER_IS =
  'limit: the bare server counts the bytes that come, and sends answers that it has ready';
const BARE_DISK_IS =
  'limit: the disk writes what memq has just written, without clients; who does both in turn is below either';

interface LoadPlan {
  name: string;
  connections: number;
  inFlight: number;
  /** Operations of one measurement. */
  ops: number;
  memq: Peer;
  /** memq is to be so many times as fast as a bare server. */
  limit?: number;
  peers: PeerBar[];
}

interface PeerBar {
  peer: Peer;
  /** memq is to be so many times as fast. */
  bar?: number;
}

/** What was measured, round by round. */
interface Rounds {
  readonly servers: Map<Peer, ServerLoad[]>;
  /** Operations a second that the disk alone would allow; none where memq does not wait for it. */
  readonly disk: number[];
}

/** memq and its peers under one load: items of 64 bytes are stored and taken in turn on every connection. */
export function loadScenario(plan: LoadPlan): Scenario {
  return {
    name: plan.name,
    async run(settings) {
      const bare = bareServer(QUEUE, BODY);
      const limit: PeerBar = { peer: bare, ...(plan.limit === undefined ? {} : { bar: plan.limit }) };
      const present = [limit, ...plan.peers.filter(({ peer }) => isInstalled(peer))];
      const { servers, disk } = await measure(
        plan,
        [plan.memq, ...present.map(({ peer }) => peer)],
        settings,
      );
      const rowOf = (peer: Peer) => loadRow(nameOf(peer, bare), 'ops/s', servers.get(peer) ?? []);
      const memq = rowOf(plan.memq);
      const beside = (row: Row): Row => ({ ...row, ratio: memq.figure / row.figure });
      const [bareRow, ...others] = present.map(({ peer }) => beside(rowOf(peer)));
      const diskRows = disk.length === 0 ? [] : [beside(medianRow(`limit: ${BARE_DISK}`, 'ops/s', disk))];
      return {
        name: plan.name,
        load: describe(plan),
        rows: [memq, bareRow, ...diskRows, ...others],
        bars: present.flatMap(({ bar }, i) => barOf([bareRow, ...others][i], bar)),
        absent: plan.peers.filter((entry) => !present.includes(entry)).map(({ peer }) => peer.name),
        notes: disk.length === 0 ? [BARE_SERVER_IS] : [BARE_SERVER_IS, BARE_DISK_IS],
      };
    },
  };
}

/** All in turn, so that a slow moment of the machine meets everybody. */
async function measure(plan: LoadPlan, peers: Peer[], settings: Settings): Promise<Rounds> {
  const rounds: Rounds = { servers: new Map(peers.map((peer) => [peer, []])), disk: [] };
  const servers: RunningServer[] = [];
  const batches = plan.memq === memqDurable ? new SameBatches(settings.directory) : undefined;
  const ops = settings.ops ?? plan.ops;
  const warmUp = Math.ceil(ops * WARM_UP_SHARE);
  const load = (server: RunningServer) =>
    loadServer(server, {
      ...{ connections: plan.connections, inFlight: plan.inFlight, queue: QUEUE, keys: 'plain' },
      ...{ body: BODY, mode: 'mixed', warmUp, ops },
    });
  try {
    for (const peer of peers) servers.push(await RunningServer.start(peer, settings.directory));
    await inRounds(settings, async (round) => {
      const figures: number[] = [];
      const found = (subject: string, figure: number) => {
        figures.push(figure);
        const rate = Math.round(figure).toLocaleString('en-US');
        settings.onProgress(`${plan.name} ${round} ${subject}: ${rate} ops/s`);
      };
      for (const server of servers) {
        const { peer } = server;
        if (peer === plan.memq && batches !== undefined) {
          const [result, disk] = await batches.after(server, warmUp + ops, () => load(server));
          rounds.servers.get(peer)?.push(result);
          rounds.disk.push(disk);
          found(peer.name, result.opsPerSecond);
          found(BARE_DISK, disk);
        } else {
          const result = await load(server);
          rounds.servers.get(peer)?.push(result);
          found(peer.name, result.opsPerSecond);
        }
      }
      return figures;
    });
  } finally {
    await batches?.stop();
    for (const server of servers) await server.stop();
  }
  return rounds;
}

function nameOf(peer: Peer, bare: Peer): string {
  return peer === bare ? `limit: ${peer.name}` : peer.name;
}

function barOf({ subject, ratio }: Row, least: number | undefined): Bar[] {
  return least === undefined || ratio === undefined ? [] : [{ against: subject, least, reached: ratio }];
}

function describe({ connections, inFlight }: LoadPlan): string {
  const sockets = connections === 1 ? '1 connection' : `${connections} connections`;
  return `${sockets}, ${inFlight} in flight on each, ${BODY.length} bytes, set and get in turn`;
}
