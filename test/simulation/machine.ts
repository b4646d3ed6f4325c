import type { QueueStats } from '../../server/engine/api.ts';
import { Engine, type EngineOptions } from '../../server/engine/engine.ts';
import { LocalLog, type LocalLogOptions } from '../../server/engine/log/local/local-log.ts';
import type { Clock } from './clock.ts';
import type { SimulatedDisk } from './disk.ts';
import { EventLoop } from './event-loop.ts';
import { Crash } from './faults.ts';

/** Where servers keep their journal. */
const DIRECTORY = '/data';
/** More turns than anything takes. */
const MOST_TURNS = 100_000;

export type Settings = Pick<
  EngineOptions & LocalLogOptions,
  'policy' | 'segmentSize' | 'cacheSize' | 'sync' | 'maxQueues'
>;

/** What must not be is thrown as one of these. */
export class Violation extends Error {}

/** A server's process from its start to its end: its event loop, its disk and its engine. */
export class Machine {
  readonly loop: EventLoop;
  readonly disk: SimulatedDisk;
  #engine: Engine | undefined;
  #log: LocalLog | undefined;
  /** Why it did not start. */
  problem: Error | undefined;

  constructor(disk: SimulatedDisk, clock: Clock) {
    this.disk = disk;
    this.loop = new EventLoop(clock, disk);
    disk.onBusy = (ms) => {
      this.loop.busyMs += ms;
    };
    this.loop.onUncaught = (error) => {
      if (error instanceof Crash || disk.isDead) return;
      throw new Violation(`nobody caught ${error.stack}`);
    };
  }

  get engine(): Engine {
    return this.#engine as Engine;
  }

  /** Bytes that the start has cut off. */
  get tornBytes(): number {
    return this.#log?.recovered.tornBytes ?? 0;
  }

  /** False when it crashed meanwhile, or did not start: see `problem`. */
  async start(settings: Settings): Promise<boolean> {
    this.loop.enter();
    const now = () => this.loop.now;
    const common = {
      fileSystem: this.disk,
      directory: DIRECTORY,
      openFiles: 2,
      syncIntervalMs: 1000,
      clock: now,
      wallClock: now,
    };
    const open = async () => {
      this.#log = LocalLog.open({ ...common, ...settings });
      this.#engine = await Engine.open(this.#log, { ...common, ...settings });
    };
    await this.finish(open());
    return this.#engine !== undefined && !this.disk.isDead;
  }

  /** False when it crashed meanwhile. */
  async close(): Promise<boolean> {
    await this.finish(this.engine.close());
    return !this.disk.isDead;
  }

  /** The ids that this server gives begin with it. */
  get firstId(): number {
    return this.#log?.recovered.nextId ?? 0;
  }

  /** Turns until something that was begun is done, or came to nothing. */
  async finish(work: Promise<void>): Promise<void> {
    let isDone = false;
    work.then(
      () => {
        isDone = true;
      },
      (error: Error) => {
        isDone = true;
        this.problem = error;
      },
    );
    for (let count = 0; !isDone && !this.disk.isDead; count++) {
      if (count > MOST_TURNS) throw new Violation('something takes for ever');
      await this.loop.turn();
    }
  }

  /** Turns until nothing is under way, or it crashed. */
  async rest(): Promise<void> {
    for (let count = 0; !this.disk.isDead; count++) {
      if (count > MOST_TURNS) throw new Violation('it does not come to rest');
      await this.loop.turn();
      if (this.loop.isIdle) return;
    }
  }

  /** The figures of one queue; undefined when there is none of that name. */
  statsOf(queue: string): QueueStats | undefined {
    return this.engine.page(0, Number.POSITIVE_INFINITY).queues.find(({ name }) => name === queue);
  }

  detail(name: string): number {
    return Number(this.engine.stats().details.get(name));
  }
}
