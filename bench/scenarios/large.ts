import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { LoadProcess } from '../load/process.ts';
import type { LoadResult, LoadSpec } from '../load/spec.ts';
import { memqDurable } from '../peers/memq.ts';
import type { RunningServer } from '../peers/running-server.ts';
import { medianRow, type ScenarioResult } from '../result.ts';
import { loadRow } from './load-row.ts';
import type { Scenario, Settings } from './scenario.ts';
import { difference, withServer } from './with-server.ts';

const BODIES = 10_000;
/** A body for so many operations that are asked for. */
const OPS_PER_BODY = 100;
const BODY_LENGTH = 1_000_000;
/** No part of it is like another, so that none can be taken for another. */
const BODY = randomBytes(BODY_LENGTH).toString('base64').slice(0, BODY_LENGTH);
const CONNECTIONS = 4;
const IN_FLIGHT = 2;

/** After this share of all bodies the server has as much memory as it is to have. */
const FIRST_SHARE = 0.1;
const FIRST_QUEUE = 'large-first';
const QUEUE = 'large';
const MOST_GROWTH = 1.5;
const LONGEST_START_SECONDS = 10;
const QUIET_MS = 3000;

interface Findings {
  stored: LoadResult;
  taken: LoadResult[];
  /** Bytes: at most until the first bodies were stored, when all are and nothing happens, and at most. */
  memory: { first: number; quiet: number; most: number };
  restartSeconds: number;
  /** Messages that were too many or too few, where all or none were to be there. */
  wrong: number;
}

/** Whether large bodies, many times what fits into memory, leave the server's memory as it is. */
export const large: Scenario = {
  name: 'large',
  async run(settings) {
    const bodies = Math.ceil(settings.ops === undefined ? BODIES : settings.ops / OPS_PER_BODY);
    const generator = new LoadProcess();
    try {
      return report(
        bodies,
        await withServer(settings, (server) => measure(server, generator, bodies, settings)),
      );
    } finally {
      await generator.stop();
    }
  },
};

async function measure(
  server: RunningServer,
  generator: LoadProcess,
  bodies: number,
  settings: Settings,
): Promise<Findings> {
  const say = (line: string) => settings.onProgress(`large: ${line}`);
  const run = async (queue: string, mode: 'set' | 'get', ops: number) => {
    const result = await generator.run({
      ...common,
      port: server.port,
      queue,
      mode,
      warmUp: 1,
      ops: ops - 1,
    });
    say(`${megabytes(result.opsPerSecond * BODY_LENGTH)}/s ${mode === 'set' ? 'stored' : 'taken'}`);
    if (mode === 'set' && result.wrong > 0) throw new Error(`${result.wrong} bodies could not be stored`);
    return result;
  };
  const ofFirst = Math.ceil(bodies * FIRST_SHARE) + 1;
  await run(FIRST_QUEUE, 'set', ofFirst);
  const first = server.memory().most;
  say(`${megabytes(first)} of memory at most with ${ofFirst} bodies`);
  const stored = await run(QUEUE, 'set', bodies - ofFirst);
  await delay(QUIET_MS);
  const { now: quiet, most: mostAtFirst } = server.memory();
  say(`${megabytes(quiet)} of memory when quiet, at most ${megabytes(mostAtFirst)}`);
  let wrong = await difference(server, bodies);
  const restartSeconds = await server.restart();
  say(`ready after ${restartSeconds.toFixed(2)} s`);
  wrong += await difference(server, bodies);
  const taken = [await run(FIRST_QUEUE, 'get', ofFirst), await run(QUEUE, 'get', bodies - ofFirst)];
  wrong += await difference(server, 0);
  const most = Math.max(mostAtFirst, server.memory().most);
  say(`${megabytes(most)} of memory at most`);
  return { stored, taken, memory: { first, quiet, most }, restartSeconds, wrong };
}

function report(bodies: number, { stored, taken, memory, restartSeconds, wrong }: Findings): ScenarioResult {
  const one = (subject: string, unit: string, figure: number) => medianRow(subject, unit, [figure]);
  const first = one('memory until the first tenth is stored, at most', 'MB', memory.first / 1e6);
  const most = one('memory, at most', 'MB', memory.most / 1e6);
  return {
    name: 'large',
    load: `${bodies.toLocaleString('en-US')} bodies of ${BODY_LENGTH.toLocaleString('en-US')} bytes, all stored, then all taken, ${CONNECTIONS} connections, ${IN_FLIGHT} in flight on each, ${memqDurable.name}, one pass`,
    rows: [
      { ...inMegabytes('stored', [stored]), wrong },
      inMegabytes('taken', taken),
      first,
      one('memory, all stored and quiet', 'MB', memory.quiet / 1e6),
      most,
      one('ready after a restart', 's', restartSeconds),
    ],
    bars: [
      { against: first.subject, most: MOST_GROWTH, reached: most.figure / first.figure },
      { most: LONGEST_START_SECONDS, unit: 's', reached: restartSeconds },
    ],
    absent: [],
  };
}

const common: Omit<LoadSpec, 'port' | 'queue' | 'mode' | 'warmUp' | 'ops'> = {
  protocol: memqDurable.protocol,
  connections: CONNECTIONS,
  inFlight: IN_FLIGHT,
  keys: 'plain',
  body: BODY,
  numberedFrom: 0,
};

function inMegabytes(subject: string, loads: LoadResult[]) {
  const last = loads[loads.length - 1];
  const row = loadRow(subject, 'MB/s', loads);
  const figure = (last.opsPerSecond * BODY_LENGTH) / 1e6;
  return { ...row, figures: [figure], figure, latency: last.latency };
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
