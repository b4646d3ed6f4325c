import { setImmediate } from 'node:timers';
import { onTestFinished } from 'vitest';
import { Cluster, type ClusterHost } from '../../../server/cluster/cluster.ts';
import { ClusterClock } from '../../../server/cluster/cluster-clock.ts';
import type { Route } from '../../../server/cluster/route.ts';
import type { Engine } from '../../../server/engine/engine.ts';
import type { ClusterMembers, Member } from '../../../server/engine/log/replicated/cluster-members.ts';
import { ReplicatedLog } from '../../../server/engine/log/replicated/replicated-log.ts';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { createLogger } from '../../../shared/logger.ts';
import { TestEngine } from '../../helpers/local-engine.ts';
import { Chance, Process, Scheduler } from '../engine/log/simulated/scheduler.ts';
import { SimulatedDatabase } from '../engine/log/simulated/simulated-database.ts';

const LEASE_MS = 5000;

/** What a server does for its clients, as far as its role decides it. */
class TestHost implements ClusterHost {
  readonly engine = { clock: () => Date.now(), policy: () => DEFAULT_POLICY, maxQueues: 1000 };
  /** What is served from now. */
  serving: Engine | undefined;
  lastRoute: Route = { kind: 'hold' };
  /** How often all connections were closed. */
  closed = 0;

  async serve(engine: Engine): Promise<void> {
    this.serving = engine;
  }

  stopServing(): void {
    this.serving = undefined;
  }

  closeConnections(): void {
    this.closed++;
  }

  route(route: Route): void {
    this.lastRoute = route;
  }
}

/** One server of a cluster. */
export interface TestMember {
  readonly id: string;
  readonly cluster: Cluster;
  readonly host: TestHost;
  readonly process: Process;
  /** Messages and errors of its lines. */
  readonly lines: string[];
  /** How far its clock is ahead, milliseconds. */
  readonly skew: number;
}

/** Servers of a cluster in this process, on a simulated database whose time passes as fast as it can. */
export class SimulatedCluster {
  readonly scheduler = new Scheduler();
  readonly #chance = new Chance(1);
  readonly database = new SimulatedDatabase(this.scheduler, this.#chance);
  readonly all: TestMember[] = [];
  readonly #announced = new Map<string, Member>();
  #isOver = false;

  constructor() {
    onTestFinished(() => this.#end());
    this.#drive();
  }

  /** Another server. */
  add(skew = 0, address?: string): TestMember {
    const id = `m${this.all.length + 1}`;
    const process = new Process(this.scheduler);
    const host = new TestHost();
    const lines: string[] = [];
    const logger = createLogger('test', 'silent');
    const add = (line: { error?: string; successor?: string }, text: string): void => {
      const { error = '', successor } = line;
      lines.push(`${text}${successor === undefined ? '' : `, successor ${successor}`} ${error}`);
    };
    for (const level of ['info', 'warn', 'error', 'fatal'] as const) logger[level] = add as never;
    const cluster = new Cluster({
      ...{ name: 'test', id, address: address ?? `${id}.example:7`, format: 4, host, logger },
      members: this.#members,
      clock: new ClusterClock(() => Date.now() + skew),
      openLog: (clock, onFailure) =>
        ReplicatedLog.open({
          database: this.database.connect(process),
          timing: process,
          member: id,
          cacheSize: 1024 * 1024,
          clock,
          leaseMs: LEASE_MS,
          random: () => this.#chance.part(),
          onFailure,
        }),
    });
    const member = { id, cluster, host, process, lines, skew };
    this.all.push(member);
    return member;
  }

  /** The one that serves, of those that are not paused. */
  get leader(): TestMember | undefined {
    return this.all.find(({ host, process }) => host.serving !== undefined && !process.isPaused);
  }

  /** Its engine. */
  get queues() {
    const { serving } = (this.leader as TestMember).host;
    return TestEngine.around(serving as Engine);
  }

  /** Its process is gone, without a word. */
  kill(member: TestMember): void {
    member.process.end();
    this.all.splice(this.all.indexOf(member), 1);
  }

  readonly #members: ClusterMembers = {
    announce: async (member) => {
      this.#announced.set(member.id, { ...member, seenMs: 0 });
    },
    list: async () => [...this.#announced.values()],
    leave: async (id) => {
      this.#announced.delete(id);
    },
  };

  #drive(): void {
    if (this.#isOver) return;
    this.scheduler.step();
    setImmediate(() => this.#drive());
  }

  async #end(): Promise<void> {
    for (const { cluster, process } of this.all) {
      if (process.isPaused) process.resume();
      await cluster.stop(1000).catch(() => {});
    }
    this.#isOver = true;
  }
}
