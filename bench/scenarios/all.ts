import { beanstalkdDurable } from '../peers/beanstalkd.ts';
import { memcachedOneThread } from '../peers/memcached.ts';
import { memqDurable, memqMemory } from '../peers/memq.ts';
import { redisDurable } from '../peers/redis.ts';
import { backlog } from './backlog.ts';
import { callParser } from './call-parser.ts';
import { dashboard } from './dashboard.ts';
import { drain } from './drain.ts';
import { due } from './due.ts';
import { flow } from './flow.ts';
import { http } from './http.ts';
import { httpUse } from './http-use.ts';
import { idle } from './idle.ts';
import { large } from './large.ts';
import { latency } from './latency.ts';
import { latencyCauses } from './latency-causes.ts';
import { loadScenario } from './load.ts';
import { mixedScenario } from './mixed.ts';
import { queues } from './queues.ts';
import { replicated } from './replicated.ts';
import { replicatedBacklog } from './replicated-backlog.ts';
import type { Scenario } from './scenario.ts';
import { space } from './space.ts';
import { spaceQueues } from './space-queues.ts';
import { start } from './start.ts';
import { takeover } from './takeover.ts';
import { wholeQueues } from './whole-queues.ts';

/** Everything that `npm run bench` measures, in this order. */
export const scenarios: readonly Scenario[] = [
  loadScenario({
    name: 'durable',
    connections: 50,
    inFlight: 1,
    ops: 100_000,
    memq: memqDurable,
    limit: 0.9,
    peers: [
      { peer: redisDurable, bar: 1.1 },
      { peer: beanstalkdDurable, bar: 8 },
    ],
  }),
  loadScenario({
    name: 'durable-pipelined',
    connections: 50,
    inFlight: 16,
    ops: 500_000,
    memq: memqDurable,
    limit: 0.5,
    peers: [{ peer: redisDurable, bar: 1 }],
  }),
  loadScenario({
    name: 'single',
    connections: 1,
    inFlight: 1,
    ops: 20_000,
    memq: memqDurable,
    peers: [{ peer: beanstalkdDurable, bar: 1.5 }, { peer: redisDurable }],
  }),
  loadScenario({
    name: 'memory',
    connections: 50,
    inFlight: 1,
    ops: 300_000,
    memq: memqMemory,
    limit: 0.95,
    peers: [{ peer: memcachedOneThread, bar: 0.85 }],
  }),
  loadScenario({
    name: 'memory-pipelined',
    connections: 50,
    inFlight: 16,
    ops: 1_000_000,
    memq: memqMemory,
    limit: 0.5,
    peers: [{ peer: memcachedOneThread, bar: 1.5 }],
  }),
  mixedScenario({ name: 'mixed', connections: 50, inFlight: 1, ops: 100_000 }),
  mixedScenario({ name: 'mixed-pipelined', connections: 50, inFlight: 16, ops: 500_000 }),
  due,
  wholeQueues,
  queues,
  flow,
  backlog,
  large,
  space,
  spaceQueues,
  latency,
  latencyCauses,
  replicated,
  replicatedBacklog,
  takeover,
  drain,
  start,
  idle,
  http,
  httpUse,
  dashboard,
  callParser,
];
