import { memqDurable, memqMemory } from '../peers/memq.ts';
import type { Peer } from '../peers/peer.ts';
import type { Row } from '../result.ts';
import { loadScenario } from '../scenarios/load.ts';
import { mixedScenario } from '../scenarios/mixed.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { allocations } from './allocations.ts';
import { drainBesideBareServer } from './drain.ts';
import type { Check, GuardedFigure } from './judge.ts';

const CONNECTIONS = 50;
/** Whose medians are one try. */
const ROUNDS = 3;
/** Of one measurement: short, but long enough for the compiler to be through with what runs most. */
const OPS = { 1: 30_000, 16: 150_000 };
/** Messages that wait where priorities are random. */
const BACKLOG = 30_000;

type InFlight = keyof typeof OPS;

/**
 * What no change may halve unseen. Processor time and counts are the same on a busy machine, nearly: their bounds are
 * twice what was measured. Rates suffer where others are at work, so theirs are wider. Who makes memq faster sets
 * them anew.
 */
export function checksIn(directory: string): readonly Check[] {
  return [
    load('durable', memqDurable, 1, [
      { ...besideLimits, least: 0.33 },
      { ...processorBesideBare, most: 4 },
    ]),
    load('durable, 16 in flight', memqDurable, 16, [
      { ...besideLimits, least: 0.2 },
      { ...processorBesideBare, most: 9 },
    ]),
    load('--memory', memqMemory, 1, [
      { ...besideBare, least: 0.35 },
      { ...processorBesideBare, most: 3 },
    ]),
    load('--memory, 16 in flight', memqMemory, 16, [
      { ...besideBare, least: 0.22 },
      { ...processorBesideBare, most: 5 },
    ]),
    mixed('random priorities', 1, [{ ...processorBesidePlain, most: 2.5 }]),
    mixed('random priorities, 16 in flight', 16, [{ ...processorBesidePlain, most: 3 }]),
    drain('jobs, 1 at a time', 1, [
      { ...jobsBesideBare, least: 0.12 },
      { ...processorOfJobs, most: 7 },
    ]),
    drain('jobs, 50 at a time', 50, [
      { ...jobsBesideBare, least: 0.15 },
      { ...processorOfJobs, most: 6 },
    ]),
    {
      name: '--memory, 16 in flight',
      figures: [{ what: 'bytes of the heap for an operation', find: ([row]) => row.figure, most: 1200 }],
      measure: () => allocations(directory),
    },
  ];

  function load(name: string, memq: Peer, inFlight: InFlight, figures: readonly GuardedFigure[]): Check {
    const plan = { name, connections: CONNECTIONS, inFlight, ops: OPS[inFlight], memq, peers: [] };
    return check(loadScenario(plan), figures);
  }

  function mixed(name: string, inFlight: InFlight, figures: readonly GuardedFigure[]): Check {
    const plan = { name, connections: CONNECTIONS, inFlight, ops: OPS[inFlight], backlog: BACKLOG };
    return check(mixedScenario(plan), figures);
  }

  function drain(name: string, concurrency: number, figures: readonly GuardedFigure[]): Check {
    return check(drainBesideBareServer(name, concurrency), figures);
  }

  function check(scenario: Scenario, figures: readonly GuardedFigure[]): Check {
    const settings = { rounds: ROUNDS, mostRounds: ROUNDS, ops: undefined, directory, onProgress: () => {} };
    return { name: scenario.name, figures, measure: () => scenario.run(settings) };
  }
}

/** Rows of `loadScenario`: memq, a bare server, and a bare disk where memq waits for one. */
const besideBare = {
  what: 'operations, x a bare server',
  find: ([memq, bare]: readonly Row[]) => memq.figure / bare.figure,
};
const besideLimits = {
  what: 'operations, x a bare server and a bare disk in turn',
  find: ([memq, bare, disk]: readonly Row[]) => memq.figure * (1 / bare.figure + 1 / disk.figure),
};
const processorBesideBare = {
  what: 'processor for an operation, x a bare server',
  find: ([memq, bare]: readonly Row[]) => processor(memq) / processor(bare),
};
/** Rows of `mixedScenario`. */
const processorBesidePlain = {
  what: 'processor for an operation, x first in, first out',
  find: ([random, plain]: readonly Row[]) => processor(random) / processor(plain),
};
/** Rows of `drainBesideBareServer`. */
const jobsBesideBare = {
  what: 'jobs, x operations of a bare server',
  find: ([jobs, bare]: readonly Row[]) => jobs.figure / bare.figure,
};

const processorOfJobs = {
  what: 'processor of the worker for a job, x an operation of a bare server',
  find: ([jobs, bare]: readonly Row[]) => processor(jobs) / processor(bare),
};

/** What was not measured keeps to no bound. */
function processor({ serverMicros = Number.NaN }: Row): number {
  return serverMicros;
}
