import type { Log } from '../../server/engine/log/log.ts';
import { MemoryLog } from '../../server/engine/log/memory/memory-log.ts';
import { ReplicatedLog } from '../../server/engine/log/replicated/replicated-log.ts';
import { openLog } from '../helpers/local-engine.ts';
import { MemoryDisk } from '../helpers/memory-disk.ts';
import { Chance, Process, Scheduler } from '../server/engine/log/simulated/scheduler.ts';
import { FAIR, ROUGH, SimulatedDatabase } from '../server/engine/log/simulated/simulated-database.ts';
import { randomFrom } from './random.ts';
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

  end(): void {}
}

/** In memory. */
export class MemoryLogs implements Logs {
  readonly last = false;

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

  async open(): Promise<Log> {
    const { log, process } = this.#follower ?? this.#server();
    this.#follower = undefined;
    this.#leader = process;
    await log.lead();
    return log;
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
