import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BareDisk } from '../bare-disk/process.ts';
import { makeDirectory, removeDirectory } from '../children.ts';
import { type Attribution, attribute, type Reason, reasons } from '../latency-causes/attribution.ts';
import type { SetterSpec, TimedSet } from '../latency-causes/setter.ts';
import type { Latency } from '../load/spec.ts';
import { memqDurable } from '../peers/memq.ts';
import type { Peer } from '../peers/peer.ts';
import { RunningServer } from '../peers/running-server.ts';
import { medianRow, type Row } from '../result.ts';
import { percentiles } from '../statistics.ts';
import { Subprocess } from '../subprocess.ts';
import type { Scenario, Settings } from './scenario.ts';

/** As many as fill a segment, so that each round has all that comes with a new one. */
const SETS = 100_000;
const WARM_UP_SHARE = 0.1;
const CONNECTIONS = [1, 50] as const;
const BODY = 'x'.repeat(64);
/** What memq writes: a batch header, and a message's header and body for each set; see docs/journal.md. */
const batchLength = (sets: number) => 32 + sets * (72 + BODY.length);
const MOST_TIMES = 2;

const setter = fileURLToPath(new URL('../latency-causes/setter-main.js', import.meta.url));
const watch = new URL('../latency-causes/watch.js', import.meta.url);

interface Round {
  bare: Latency;
  sets: Latency;
  attribution: Attribution;
}

/** What the slowest of durable sets waited for: noted by the server, and by who sets, on one clock. */
export const latencyCauses: Scenario = {
  name: 'latency-causes',
  async run(settings) {
    const sets = settings.ops ?? SETS;
    const rounds = CONNECTIONS.map((): Round[] => []);
    for (let i = 0; i < settings.rounds; i++) {
      for (const [which, connections] of CONNECTIONS.entries()) {
        const round = await measure(connections, sets, settings);
        rounds[which].push(round);
        settings.onProgress(
          `latency-causes ${i + 1}/${settings.rounds}, ${connections}: p99.9 ${round.bare.p999.toFixed(3)} ms bare, ${round.sets.p999.toFixed(3)} ms of a set`,
        );
      }
    }
    const rows = CONNECTIONS.map((connections, which) => rowsOf(connections, rounds[which]));
    return {
      name: 'latency-causes',
      load: `p99.9 of ${sets.toLocaleString('en-US')} sets, each connection one at a time, ${memqDurable.name}; of what the slowest 0.1 % took longer than the middle one, the share that each cause had`,
      rows: rows.flat(),
      bars: rows.map(([bare, sets]) => ({
        of: sets.subject,
        against: bare.subject,
        most: MOST_TIMES,
        reached: sets.figure / bare.figure,
      })),
      absent: [],
    };
  },
};

function rowsOf(connections: number, rounds: readonly Round[]): Row[] {
  const name = `${connections} connection${connections === 1 ? '' : 's'}`;
  const p999 = (subject: string, of: (round: Round) => Latency) =>
    medianRow(
      subject,
      'ms',
      rounds.map((round) => of(round).p999),
    );
  const sum = (reason: Reason) => rounds.reduce((total, { attribution }) => total + attribution[reason], 0);
  const names = Object.keys(reasons) as Reason[];
  const all = names.reduce((total, reason) => total + sum(reason), 0);
  return [
    p999(`a bare write and fdatasync of ${batchLength(connections)} bytes`, ({ bare }) => bare),
    p999(`a set, ${name}`, ({ sets }) => sets),
    // Of all rounds together: what is rare need not come in each.
    ...names.map((reason) => medianRow(`  ${reasons[reason]}`, '%', [(100 * sum(reason)) / all])),
  ];
}

async function measure(connections: number, sets: number, { directory }: Settings): Promise<Round> {
  const place = makeDirectory(directory);
  const notes = join(place, 'notes.json');
  const disk = new BareDisk();
  const client = new Subprocess<TimedSet[]>('who sets', setter);
  const server = await RunningServer.start(watched(notes), directory);
  const warmUp = Math.ceil(sets * WARM_UP_SHARE);
  try {
    const bytes = batchLength(connections);
    const bare = await disk.write({ directory: place, bytes, warmUp, writes: Math.ceil(sets / connections) });
    const spec: SetterSpec = { port: server.port, connections, queue: 'latency', body: BODY, warmUp, sets };
    const times = await client.ask({ ...spec });
    await server.stop();
    return {
      bare: bare.latency,
      sets: percentiles(Float64Array.from(times, ({ start, end }) => end - start)),
      attribution: attribute(times, JSON.parse(readFileSync(notes, 'utf8'))),
    };
  } finally {
    await Promise.all([disk.stop(), client.stop(), server.stop()]);
    removeDirectory(place);
  }
}

/** memq-server with what notes its pauses. */
function watched(notes: string): Peer {
  const preload = new URL(watch);
  preload.searchParams.set('to', notes);
  return {
    ...memqDurable,
    args: (port, data) => ['--import', preload.href, ...memqDurable.args(port, data)],
  };
}
