// Runs in the parent.
import type { LeasedJob } from '../../queue/job-source.ts';
import { MOST_AHEAD, type WorkerSlot } from './worker-slot.ts';

/** A job of whose processes so many have died runs alone. */
const DEATHS_ALONE = 2;

/** So many suspects are remembered. */
const MOST_SUSPECTS = 10_000;

/**
 * Which process runs which job: the one that has the fewest. A job that may be the death of its process runs alone there,
 * so that it takes no others along, and is known for what it is.
 */
export class SlotChoice {
  readonly #slots: readonly WorkerSlot[];
  /** In the order in which they were taken. */
  #waiting: LeasedJob[] = [];
  #waitingAlone: LeasedJob[] = [];
  readonly #suspects = new Set<string>();

  constructor(slots: readonly WorkerSlot[]) {
    this.#slots = slots;
  }

  /** How many more jobs may be taken; `ahead`: so many for each process beyond those that it runs. */
  room(ahead: number): number {
    if (this.#waiting.length > 0 || this.#waitingAlone.length >= this.#slots.length) return 0;
    return this.#slots.reduce((sum, slot) => sum + slot.room(ahead), 0);
  }

  /** The job waits for a process. */
  add(job: LeasedJob): void {
    const isAlone = job.deaths >= DEATHS_ALONE || this.#suspects.has(job.key);
    (isAlone ? this.#waitingAlone : this.#waiting).push(job);
  }

  /** The process of the job has died, and of others as well. */
  suspect(job: LeasedJob): void {
    const [oldest] = this.#suspects;
    if (this.#suspects.size >= MOST_SUSPECTS && oldest !== undefined) this.#suspects.delete(oldest);
    this.#suspects.add(job.key);
  }

  /** The job has ended. */
  forget(job: LeasedJob): void {
    if (this.#suspects.size > 0) this.#suspects.delete(job.key);
  }

  /** A job is no longer to be run: whether no process has it. */
  remove(job: LeasedJob): boolean {
    for (const jobs of [this.#waiting, this.#waitingAlone]) {
      const index = jobs.indexOf(job);
      if (index >= 0) return jobs.splice(index, 1).length > 0;
    }
    return false;
  }

  /** Those that no process has are no longer to be run. */
  takeBack(): readonly LeasedJob[] {
    const jobs = [...this.#waiting, ...this.#waitingAlone];
    this.#waiting = [];
    this.#waitingAlone = [];
    return jobs;
  }

  /** Gives jobs to the processes that have room. */
  assign(): void {
    this.#assignAlone();
    if (this.#waiting.length === 0) return;
    const places = this.#slots.map((slot): Place => {
      return { slot, room: slot.room(MOST_AHEAD), load: slot.load, jobs: [] };
    });
    let given = 0;
    for (const job of this.#waiting) {
      const place = leastLoaded(places);
      if (place === undefined) break;
      place.jobs.push(job);
      place.room--;
      place.load++;
      given++;
    }
    this.#waiting = this.#waiting.slice(given);
    for (const { slot, jobs } of places) if (jobs.length > 0) slot.assign(jobs);
  }

  /** One process at a time is kept for such jobs: it gets no others, and when it has ended its own, the next of these. */
  #assignAlone(): void {
    let slot = this.#slots.find(({ isReserved }) => isReserved);
    if (slot === undefined && this.#waitingAlone.length > 0) {
      const [first] = this.#slots.filter(({ isReady }) => isReady).toSorted((a, b) => a.load - b.load);
      slot = first;
    }
    if (slot === undefined) return;
    slot.isReserved = true;
    if (!slot.isReady || slot.load > 0) return;
    const job = this.#waitingAlone.shift();
    if (job === undefined) slot.isReserved = false;
    else slot.assign([job]);
  }
}

interface Place {
  readonly slot: WorkerSlot;
  room: number;
  load: number;
  readonly jobs: LeasedJob[];
}

function leastLoaded(places: readonly Place[]): Place | undefined {
  let least: Place | undefined;
  for (const place of places) {
    if (place.room > 0 && (least === undefined || place.load < least.load)) least = place;
  }
  return least;
}
