import { nextChange } from '../model/time.ts';
import type { Asked } from './client.ts';
import type { Crowd } from './crowd.ts';
import type { Life } from './life.ts';
import type { Random } from './random.ts';
import type { Run } from './run.ts';

/** Longest time that it takes the journal to find that there is room again, milliseconds. */
const RELIEF_MS = 2000;

/**
 * A disk that is full, or has failed at something that is not final, for a time. The clock stands still meanwhile: what
 * ends by itself could do so before or after something that waits for room, and nobody could tell.
 */
export class Trouble {
  readonly #run: Run;
  readonly #life: Life;
  readonly #crowd: Crowd;
  readonly #random: Random;
  #stepsToRelief = Number.POSITIVE_INFINITY;

  constructor(run: Run, life: Life, crowd: Crowd, random: Random) {
    this.#run = run;
    this.#life = life;
    this.#crowd = crowd;
    this.#random = random;
  }

  /** Whether it is time to relieve it. */
  step(): boolean {
    if (!this.#life.isShort) return false;
    if (this.#stepsToRelief === Number.POSITIVE_INFINITY) this.#stepsToRelief = this.#random.between(10, 60);
    return --this.#stepsToRelief === 0;
  }

  /** Leaves the disk no room but a little. False when the server came to its end. */
  async fill(): Promise<boolean> {
    const { traits } = this.#run;
    if (!traits.getsFull || this.#life.isShort) return true;
    if (!(await this.#crowd.rest())) return false;
    if (this.#life.hasFailed || !this.#isQuiet()) return true;
    const { disk } = this.#life.machine;
    disk.capacity = disk.totalBytes + this.#random.below(2 * traits.segmentSize);
    this.#life.isFull = true;
    return true;
  }

  /** There is room again, which the journal finds out a little later. False when the server is to come to its end. */
  async relieve(): Promise<boolean> {
    this.#stepsToRelief = Number.POSITIVE_INFINITY;
    this.#life.machine.disk.capacity = Number.POSITIVE_INFINITY;
    if (!(await this.#crowd.rest())) return false;
    if (this.#life.hasFailed) return true;
    const isTimed = this.#run.clients.some(({ asked }) => asked.length > 1 || asked.some(countsTime));
    if (isTimed || !this.#isQuiet()) return false;
    if (!(await this.#crowd.advance(RELIEF_MS))) return !this.#life.isOver;
    this.#life.isFull = false;
    this.#life.plan.failed = undefined;
    return this.#crowd.rest();
  }

  /** Nothing ends by itself before long. */
  #isQuiet(): boolean {
    const { clients, clock } = this.#run;
    const end = clock.now + 2 * RELIEF_MS;
    return clients.every(({ world }) => nextChange(world) > end);
  }
}

/** Whether it depends on the moment at which it is done. */
function countsTime({ operation }: Asked): boolean {
  // Of a job with an id that waits there may have come the time at which it expires.
  if (operation.type === 'enqueue') return operation.jobId !== '';
  return ['read', 'peek', 'extend', 'status', 'retryFailed'].includes(operation.type);
}
