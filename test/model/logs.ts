import { setImmediate } from 'node:timers';
import { LiveBytes } from '../../server/engine/log/live-bytes.ts';
import { type Log, TrimmedError } from '../../server/engine/log/log.ts';
import { MemoryLog } from '../../server/engine/log/memory/memory-log.ts';
import { ReplicatedLog } from '../../server/engine/log/replicated/replicated-log.ts';
import { DirectorySource } from '../../server/engine/offline/directory-source.ts';
import { LogSource } from '../../server/engine/offline/log-source.ts';
import { copy, type MigrationSource, timeBehind } from '../../server/engine/offline/migration.ts';
import { State } from '../../server/engine/state/state-machine.ts';
import { openLog } from '../helpers/local-engine.ts';
import { MemoryDisk } from '../helpers/memory-disk.ts';
import { Chance, Process, Scheduler } from '../server/engine/log/simulated/scheduler.ts';
import { FAIR, ROUGH, SimulatedDatabase } from '../server/engine/log/simulated/simulated-database.ts';
import { randomFrom } from './random.ts';
import { same } from './same.ts';
import { describeState } from './shadow.ts';
import { SEGMENT } from './steps.ts';

/** So long that no leader is ever in doubt: what it refuses then is not part of the model. */
const LEASE_MS = 1_000_000;

/** How a server ends by force. */
export interface Crash {
  /** The power goes as well, and with it what was not synced. */
  readonly hasPower: boolean;
  /** Which of that. */
  readonly seed: number;
}

/** Where a server and those that come after it keep their log. */
export interface Logs {
  /** Whether anything is left once a server has ended. */
  readonly last: boolean;
  /** Whether the last one opened is the same log as before, so that who has followed that may go on from there. */
  readonly isSame: boolean;
  /** How long that it is asked for may take by the clock of the machine, milliseconds; 0: turns of the event loop are enough. */
  readonly patienceMs: number;
  /** The log of a server that is about to serve. */
  open(): Promise<Log>;
  /** Where a follower of the server reads that has this log. */
  follow(log: Log): Promise<Log>;
  crash(crash: Crash): void;
  /** As they would be if the server were killed now; undefined where that cannot be tried. */
  fork(): Logs | undefined;
  /** Nothing goes on any more. */
  end(): void;
}

/** On a disk. */
export class LocalLogs implements Logs {
  readonly last = true;
  readonly patienceMs = 0;
  readonly isSame = true;
  #disk: MemoryDisk;

  constructor(disk = new MemoryDisk()) {
    this.#disk = disk;
  }

  async open(): Promise<Log> {
    return openLog(this.#disk, { segmentSize: SEGMENT, cacheSize: SEGMENT });
  }

  async follow(log: Log): Promise<Log> {
    return log;
  }

  crash({ hasPower, seed }: Crash): void {
    this.#disk = hasPower ? this.#disk.kill() : this.#disk.powerCut(randomFrom(seed));
  }

  fork(): Logs {
    return new LocalLogs(this.#disk.kill());
  }

  /** What the last server has left. */
  async source(): Promise<MigrationSource> {
    return new DirectorySource(this.#disk, '/data');
  }

  end(): void {}
}

/** In memory. */
export class MemoryLogs implements Logs {
  readonly last = false;
  readonly patienceMs = 0;
  readonly isSame = false;

  async open(): Promise<Log> {
    return MemoryLog.open({ segmentSize: SEGMENT });
  }

  async follow(log: Log): Promise<Log> {
    return log;
  }

  crash(): void {}

  fork(): undefined {}

  end(): void {}
}

/** In a simulated database, which has whatever was answered: a follower takes over, whatever the end of the leader was. */
export class ReplicatedLogs implements Logs {
  readonly last = true;
  readonly patienceMs = 0;
  isSame = true;
  readonly #scheduler = new Scheduler();
  readonly #chance: Chance;
  readonly #database: SimulatedDatabase;
  #leader: Process | undefined;
  #follower: { readonly log: ReplicatedLog; readonly process: Process } | undefined;
  #servers = 0;
  #hasEnded = false;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
    this.#database = new SimulatedDatabase(this.#scheduler, this.#chance);
    this.#database.weather = this.#chance.is(0.5) ? FAIR : ROUGH;
    this.#drive();
  }

  open(): Promise<Log> {
    return this.#lead();
  }

  async follow(): Promise<Log> {
    this.#follower = this.#server();
    return this.#follower.log;
  }

  crash(): void {
    this.#leader?.end();
  }

  fork(): undefined {}

  end(): void {
    this.#hasEnded = true;
  }

  /** What the last server has left. */
  async source(): Promise<MigrationSource> {
    const log = await this.#lead();
    try {
      return await LogSource.read(log);
    } catch (error) {
      if (!(error instanceof TrimmedError)) throw error;
      this.crash();
      return this.source();
    }
  }

  async #lead(): Promise<ReplicatedLog> {
    const { log, process } = this.#follower ?? this.#server();
    this.isSame = this.#follower !== undefined;
    this.#follower = undefined;
    this.#leader = process;
    try {
      await log.lead();
      return log;
    } catch (error) {
      if (!(error instanceof TrimmedError)) throw error;
      // Its connection was lost before it had read all: it begins anew.
      process.end();
      return this.#lead();
    }
  }

  #server(): { readonly log: ReplicatedLog; readonly process: Process } {
    const process = new Process(this.#scheduler);
    const log = ReplicatedLog.open({
      database: this.#database.connect(process),
      timing: process,
      member: `server ${++this.#servers}`,
      cacheSize: SEGMENT,
      clock: () => Date.now(),
      leaseMs: LEASE_MS,
      segmentSize: SEGMENT,
      batchSize: SEGMENT,
      random: () => this.#chance.part(),
    });
    return { log, process };
  }

  /** Whatever is to happen next in the database happens in the next turn of the event loop. */
  #drive(): void {
    if (this.#hasEnded) return;
    this.#scheduler.step();
    setImmediate(() => this.#drive());
  }
}

/** Each server has its log elsewhere than the one before it, on a disk or in a simulated database: what that has left is migrated. */
export class MigratingLogs implements Logs {
  readonly last = true;
  readonly patienceMs = 0;
  readonly isSame = false;
  readonly #seed: number;
  #servers = 0;
  #logs: LocalLogs | ReplicatedLogs | undefined;

  constructor(seed: number) {
    this.#seed = seed;
  }

  async open(): Promise<Log> {
    const before = this.#logs;
    const number = this.#seed + this.#servers++;
    const next = number % 2 === 0 ? new LocalLogs() : new ReplicatedLogs(number);
    this.#logs = next;
    if (before !== undefined) {
      const source = await before.source();
      const target = await next.open();
      const expected = describeState(source.state, Date.now(), true);
      await copy(source, target, timeBehind(source));
      const copied = new State(new LiveBytes());
      await target.replay(copied);
      same(describeState(copied, Date.now(), true), expected, 'what was migrated');
      await target.close();
      before.end();
    }
    return next.open();
  }

  async follow(log: Log): Promise<Log> {
    return (await this.#logs?.follow(log)) as Log;
  }

  crash(crash: Crash): void {
    this.#logs?.crash(crash);
  }

  fork(): undefined {}

  end(): void {
    this.#logs?.end();
  }
}
