import * as operator from '../model/operator.ts';
import * as readers from '../model/readers.ts';
import { status } from '../model/status.ts';
import { nextDue } from '../model/time.ts';
import type { World } from '../model/world.ts';
import type { Found, Subject } from './census.ts';
import type { Clock } from './clock.ts';
import { describeCounts, describeMessage, describeStatus, worldCounts } from './descriptions.ts';
import { TAKE } from './engine-side.ts';
import { passTime } from './passing-time.ts';

/** The census of a world, whose clock it sets forward. */
export class WorldSubject implements Subject {
  readonly #world: World;
  readonly #clock: Clock;
  readonly #isCoarse: boolean;

  constructor(world: World, clock: Clock, isCoarse: boolean) {
    this.#world = world;
    this.#clock = clock;
    this.#isCoarse = isCoarse;
  }

  get now(): number {
    return this.#clock.now;
  }

  async peek(queue: string): Promise<void> {
    readers.peek(this.#world, queue, false);
  }

  async status(queue: string, jobId: string): Promise<Found | undefined> {
    const known = status(this.#world, queue, jobId);
    if (known === undefined) return undefined;
    return describeStatus(queue, { ...known, id: known.number }, this.#isCoarse);
  }

  counts(queue: string): string {
    return describeCounts(worldCounts(this.#world, queue));
  }

  reserved(queue: string): number {
    return worldCounts(this.#world, queue)?.reserved ?? 0;
  }

  async resume(queue: string): Promise<void> {
    operator.resume(this.#world, queue);
  }

  async cancelRepeating(queue: string, jobId: string): Promise<void> {
    if (this.#world.job(queue, jobId)?.rhythm !== undefined) operator.cancel(this.#world, queue, jobId);
  }

  async takeAll(queue: string): Promise<Found[]> {
    const found: Found[] = [];
    const note = (expected: ReturnType<typeof readers.takeFailed>): boolean => {
      if (expected === undefined) return false;
      const { seen, attempt } = expected;
      const isFailed = seen.state === 'failed';
      const { failedAt, heldBy } = isFailed ? seen : { failedAt: 0, heldBy: '' };
      const message = { ...seen, id: seen.number, attempt, failedAt, heldBy };
      found.push(describeMessage(queue, message, this.now, this.#isCoarse));
      return true;
    };
    while (note(readers.reserve(this.#world, [queue], TAKE)));
    while (note(readers.takeFailed(this.#world, queue)));
    return found;
  }

  async later(until: number): Promise<boolean> {
    const next = Math.min(nextDue(this.#world), until);
    if (next <= this.now || next === Number.POSITIVE_INFINITY) return false;
    if (nextDue(this.#world) === Number.POSITIVE_INFINITY) return false;
    this.#clock.now = next;
    passTime(this.#world);
    return true;
  }
}
