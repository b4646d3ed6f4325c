import * as operator from '../model/operator.ts';
import * as readers from '../model/readers.ts';
import { setSchedule } from '../model/schedule.ts';
import { status } from '../model/status.ts';
import { nextChange, nextDue } from '../model/time.ts';
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

  async endRepeating(queue: string, jobId: string): Promise<void> {
    const rhythm = this.#world.job(queue, jobId)?.rhythm;
    if (rhythm === undefined) return;
    if (rhythm.cron !== '') setSchedule(this.#world, []);
    else operator.cancel(this.#world, queue, jobId);
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
    if (nextDue(this.#world) === Number.POSITIVE_INFINITY) return false;
    // What is left because its group is held may expire before that goes on.
    const next = Math.min(nextChange(this.#world), until);
    if (next <= this.now) return false;
    this.#clock.now = next;
    passTime(this.#world, () => {}, [...this.#world.queues.keys()]);
    return true;
  }
}
