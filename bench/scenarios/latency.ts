import { BareDisk } from '../bare-disk/process.ts';
import { makeDirectory, removeDirectory } from '../children.ts';
import { LoadProcess, runLoad } from '../load/process.ts';
import type { Latency, LoadResult, LoadSpec } from '../load/spec.ts';
import { memqDurable } from '../peers/memq.ts';
import type { RunningServer } from '../peers/running-server.ts';
import type { ProbeResult } from '../probe/prober.ts';
import { Probe } from '../probe/process.ts';
import { medianRow, type Row, worstRow } from '../result.ts';
import { median } from '../statistics.ts';
import { inRounds } from './rounds.ts';
import type { Scenario, Settings } from './scenario.ts';
import { withConnection, withServer } from './with-server.ts';

const WRITES = 50_000;
const BACKLOG = 10_000_000;
const BODY = 'x'.repeat(64);
/** What memq writes for such a set: a batch header, a message's header and the body; see docs/journal.md. */
const RECORD_LENGTH = 32 + 72 + BODY.length;
/** A round is made of so many parts. The middle one counts, which what others do to the machine seldom meets. */
const SLICES = 10;
const WARM_UP_SHARE = 0.1;
const QUEUE = 'latency';
const BACKLOG_QUEUE = 'backlog';

const MOST_TIMES = 2;
const LONGEST_PAUSE_MS = 50;

/** How many sets are timed while all others are at work, and how much the others do at a time. */
const AMONG_OTHERS_SHARE = 0.2;
const OTHERS_OPS_SHARE = 10;

interface Crowded {
  alone: LoadResult;
  others: LoadResult[];
  probe: ProbeResult;
}

/** How long a durable set takes, beside the least that the disk allows; and among millions of messages under load. */
export const latency: Scenario = {
  name: 'latency',
  async run(settings) {
    const writes = settings.ops ?? WRITES;
    const backlog = settings.ops ?? BACKLOG;
    const { bare, sets, wrong, crowded } = await withServer(settings, async (server) => {
      const rounds = await alternate(server, writes, settings);
      return { ...rounds, crowded: await crowd(server, writes, backlog, settings) };
    });
    const bareRow = p999Row('write and fdatasync, nothing else', bare);
    const setRow = p999Row('a durable set', sets);
    const answers = worstRow('worst answer meanwhile', 'ms', [crowded.probe.worst]);
    return {
      name: 'latency',
      load: `p99.9 of writing ${RECORD_LENGTH} bytes, 1 connection, 1 in flight, ${memqDurable.name}; then with ${backlog.toLocaleString('en-US')} messages waiting and 50 connections that set and get, 16 in flight on each`,
      rows: [
        bareRow,
        { ...setRow, wrong },
        { ...p999Row('the same under full load', [crowded.alone.latency]), wrong: crowded.alone.wrong },
        {
          ...medianRow(
            'full load',
            'ops/s',
            crowded.others.map(({ opsPerSecond }) => opsPerSecond),
          ),
          misses: crowded.others.reduce((sum, { misses }) => sum + misses, 0),
          wrong: crowded.others.reduce((sum, { wrong }) => sum + wrong, 0),
        },
        { ...answers, latency: crowded.probe.latency, lag: crowded.probe.lag, wrong: crowded.probe.wrong },
      ],
      bars: [
        { against: bareRow.subject, most: MOST_TIMES, reached: setRow.figure / bareRow.figure },
        { most: LONGEST_PAUSE_MS, unit: answers.unit, reached: answers.figure },
      ],
      absent: [],
    };
  },
};

interface Rounds {
  bare: Latency[];
  sets: Latency[];
  wrong: number;
}

/** The bare disk and memq in turn, so that a slow moment of the machine meets both. */
async function alternate(server: RunningServer, writes: number, settings: Settings): Promise<Rounds> {
  const directory = makeDirectory(settings.directory);
  const disk = new BareDisk();
  const generator = new LoadProcess();
  const ops = Math.ceil(writes / SLICES);
  const warmUp = Math.ceil(ops * WARM_UP_SHARE);
  const rounds: Rounds = { bare: [], sets: [], wrong: 0 };
  try {
    // Whatever has been measured once runs faster.
    await generator.run({ ...oneByOne, port: server.port, warmUp, ops: writes - warmUp });
    await inRounds(settings, async (round) => {
      const [bare, sets]: [Latency[], LoadResult[]] = [[], []];
      for (let slice = 0; slice < SLICES; slice++) {
        const { latency } = await disk.write({ directory, bytes: RECORD_LENGTH, warmUp, writes: ops });
        bare.push(latency);
        sets.push(await generator.run({ ...oneByOne, port: server.port, warmUp, ops }));
      }
      rounds.bare.push(middleOf(bare));
      rounds.sets.push(middleOf(sets.map((result) => result.latency)));
      rounds.wrong += sets.reduce((sum, { wrong }) => sum + wrong, 0);
      const figures = [rounds.bare, rounds.sets].map((times) => times[times.length - 1].p999);
      const [ofBare, ofSet] = figures.map((figure) => figure.toFixed(3));
      settings.onProgress(`latency ${round}: p99.9 ${ofBare} ms bare, ${ofSet} ms of a set`);
      return figures;
    });
  } finally {
    await generator.stop();
    await disk.stop();
    removeDirectory(directory);
  }
  await withConnection(server, (connection) => connection.exchange(`delete ${QUEUE}\r\n`));
  return rounds;
}

/** One connection beside 50 others that keep the server busy, on a long queue. */
async function crowd(
  server: RunningServer,
  writes: number,
  backlog: number,
  settings: Settings,
): Promise<Crowded> {
  const generator = new LoadProcess();
  try {
    const fill = await generator.run({
      ...others,
      port: server.port,
      mode: 'set',
      warmUp: 1,
      ops: backlog - 1,
    });
    if (fill.wrong > 0) throw new Error(`${fill.wrong} messages could not be stored`);
    const ops = writes * OTHERS_OPS_SHARE;
    const load = () => generator.run({ ...others, port: server.port, mode: 'mixed', warmUp: 1, ops });
    const loads = [await load()];
    const probe = await Probe.start(server.port);
    let isDone = false;
    const alone = runLoad({
      ...oneByOne,
      port: server.port,
      warmUp: 1,
      ops: Math.ceil(writes * AMONG_OTHERS_SHARE),
    }).finally(() => {
      isDone = true;
    });
    // Whoever awaits it is told; the others' end may come first.
    alone.catch(() => {});
    while (!isDone) loads.push(await load());
    const crowded = { alone: await alone, others: loads, probe: await probe.stop() };
    const { worst, lag } = crowded.probe;
    settings.onProgress(
      `latency: worst answer ${worst.toFixed(1)} ms (own lag ${lag.toFixed(1)} ms), p99.9 ${crowded.alone.latency.p999.toFixed(3)} ms of a set under full load`,
    );
    return crowded;
  } finally {
    await generator.stop();
  }
}

type Load = Omit<LoadSpec, 'port' | 'warmUp' | 'ops'>;

const { protocol } = memqDurable;
const oneByOne: Load = {
  ...{ protocol, connections: 1, inFlight: 1 },
  ...{ queue: QUEUE, keys: 'plain', body: BODY, mode: 'set' },
};
const others: Omit<Load, 'mode'> = {
  ...{ protocol, connections: 50, inFlight: 16 },
  ...{ queue: BACKLOG_QUEUE, keys: 'plain', body: BODY },
};

function p999Row(subject: string, rounds: Latency[]): Row {
  const figures = rounds.map(({ p999 }) => p999);
  return { ...medianRow(subject, 'ms', figures), latency: middleOf(rounds) };
}

/** The median of each. */
function middleOf(latencies: Latency[]): Latency {
  const middle = (of: (latency: Latency) => number) => median(latencies.map(of));
  return { p50: middle(({ p50 }) => p50), p99: middle(({ p99 }) => p99), p999: middle(({ p999 }) => p999) };
}
