import { giveBack } from '../model/endings.ts';
import { endWaits } from '../model/readers.ts';
import { resumeSchedule } from '../model/schedule.ts';
import { end } from '../model/time.ts';
import type { Asked, Client } from './client.ts';
import type { Clock } from './clock.ts';
import type { Crowd } from './crowd.ts';
import type { Machine } from './machine.ts';
import { nextDue } from './passing-time.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';
import { queueOf, ROLES, randomPolicy, type Traits } from './traits.ts';
import type { Workload } from './workload.ts';

/** How often the journal tries again to get room, milliseconds. */
const RETRY_MS = 1000;
/** Longest time that it takes until all goes on again, milliseconds. */
const TROUBLE_MS = 2 * RETRY_MS;

/** How a server ended. */
export interface Ending {
  /** What was written is there, synced or not. */
  readonly hasPower: boolean;
  /** Up to this moment everything is on the disk. */
  readonly durableMoment: number;
  readonly at: number;
  /** Before the clients could do anything. */
  readonly isEarly: boolean;
}

type Action = 'ask' | 'turn' | 'rest' | 'pass' | 'wait' | 'end wait' | 'policy' | 'purge all' | 'fill';

const ACTIONS: readonly (readonly [number, Action])[] = [
  [60, 'ask'],
  [20, 'turn'],
  [4, 'rest'],
  [6, 'pass'],
  [3, 'wait'],
  [1, 'end wait'],
  [1, 'policy'],
  [0.5, 'purge all'],
  [1, 'fill'],
];

/** What goes on between a server's start and its end. */
export class Service {
  readonly machine: Machine;
  readonly plan: Plan;
  readonly #crowd: Crowd;
  readonly #workload: Workload;
  readonly #traits: Traits;
  readonly #random: Random;
  readonly #clock: Clock;
  #stepsToRelief = Number.POSITIVE_INFINITY;

  constructor(
    machine: Machine,
    crowd: Crowd,
    plan: Plan,
    workload: Workload,
    traits: Traits,
    random: Random,
    clock: Clock,
  ) {
    this.machine = machine;
    this.#crowd = crowd;
    this.plan = plan;
    this.#workload = workload;
    this.#traits = traits;
    this.#random = random;
    this.#clock = clock;
  }

  async run(): Promise<Ending> {
    const random = this.#random;
    if (!(await this.begin())) return this.ending(true);
    for (let steps = random.between(20, 200); steps > 0; steps--) {
      if (!(await this.#step())) return this.ending(false);
    }
    if (random.chance(0.5)) return this.ending(false);
    await this.#close();
    return this.ending(false);
  }

  /** What a start brings about. False when it crashed. */
  async begin(): Promise<boolean> {
    const { lines } = this.#traits;
    for (const client of this.#crowd.clients) {
      client.begin(client.world);
      end(client.world, true);
      resumeSchedule(client.world);
      client.pushStage(client.world, undefined, Number.POSITIVE_INFINITY, false);
    }
    this.#crowd.schedule(lines);
    this.#crowd.pass();
    await this.machine.rest();
    if (this.machine.disk.isDead) return false;
    // What has expired is known or not, by what a crash has left.
    return (await this.#crowd.peekAll()) && (await this.#crowd.rest()) && !this.#crowd.hasFailed;
  }

  /** False when the server has come to its end. */
  async #step(): Promise<boolean> {
    const crowd = this.#crowd;
    if (crowd.hasFailed) {
      await this.#afterFailure();
      return false;
    }
    if (crowd.isUnclear) return false;
    if (crowd.isShort && --this.#stepsToRelief <= 0) return this.#relieve();
    if (crowd.isShort && this.#stepsToRelief === Number.POSITIVE_INFINITY) this.#stepsToRelief = 20;
    const action = this.#random.weighted(ACTIONS);
    const client = this.#random.pick(crowd.clients);
    switch (action) {
      case 'ask':
        if (client.isIdle) crowd.ask(client, this.#workload.next(client));
        else return this.#turn();
        return true;
      case 'turn':
        return this.#turn();
      case 'rest':
        return crowd.rest();
      case 'pass':
        return this.#pass();
      case 'wait':
        if (client.isIdle && client.waits.length < 2 && !this.#traits.getsFull) this.#wait(client);
        return true;
      case 'end wait':
        if (client.isIdle) crowd.endWait(client, this.#random.chance(0.5));
        return true;
      case 'policy':
        if (client.isIdle) this.#changePolicy(client);
        return true;
      case 'purge all':
        if (!(await crowd.rest())) return false;
        if (crowd.clients.every(({ isIdle }) => isIdle) && !crowd.hasFailed && !crowd.isShort)
          crowd.askForAll({ type: 'purge', queue: undefined });
        return true;
      case 'fill':
        return this.#fill();
    }
  }

  async #turn(): Promise<boolean> {
    await this.machine.loop.turn();
    if (this.machine.disk.isDead) return false;
    this.#crowd.digest();
    return true;
  }

  /** Time passes, unless there is trouble: see `Traits.getsFull`. */
  async #pass(): Promise<boolean> {
    if (!(await this.#crowd.rest())) return false;
    if (this.#crowd.isShort || this.#crowd.hasFailed) return true;
    const most = this.#random.pick([10, 1000, 10_000]);
    return this.#crowd.advance(2 * this.#random.between(1, most));
  }

  #wait(client: Client): void {
    const read = this.#workload.wait(client);
    if (read !== undefined) this.#crowd.wait(client, read);
  }

  #changePolicy(client: Client): void {
    const role = this.#random.pick(ROLES);
    const queue = queueOf(client.name, role);
    client.world.setPolicy(queue, randomPolicy(this.#random, client.name, role));
    this.machine.engine.policiesChanged();
  }

  /** The disk has no room left but for a little, for a time in which nothing ends by itself. */
  async #fill(): Promise<boolean> {
    const crowd = this.#crowd;
    if (!this.#traits.getsFull || crowd.isShort) return true;
    if (!(await crowd.rest()) || crowd.hasFailed) return !this.machine.disk.isDead;
    if (!this.#isQuiet()) return true;
    const { disk } = this.machine;
    disk.capacity = disk.totalBytes + this.#random.below(2 * this.#traits.segmentSize);
    crowd.isFull = true;
    this.#stepsToRelief = this.#random.between(10, 60);
    return true;
  }

  /** There is room again, which the journal finds out a little later. */
  async #relieve(): Promise<boolean> {
    const crowd = this.#crowd;
    this.machine.disk.capacity = Number.POSITIVE_INFINITY;
    if (!(await crowd.rest())) return false;
    if (crowd.hasFailed) return true;
    // What would end by itself meanwhile might do so before or after something that waits for room, and what counts
    // from when it was done may have been done in part.
    if (!this.#isQuiet() || crowd.clients.some(({ asked }) => asked.length > 1 || asked.some(countsTime)))
      return false;
    if (!(await crowd.advance(TROUBLE_MS))) return !this.machine.disk.isDead;
    crowd.isFull = false;
    this.plan.failed = undefined;
    this.#stepsToRelief = Number.POSITIVE_INFINITY;
    return crowd.rest();
  }

  #isQuiet(): boolean {
    return this.#crowd.clients.every(({ world }) => nextDue(world) > this.#clock.now + 2 * TROUBLE_MS);
  }

  /** Whoever asks for anything now is refused. */
  async #afterFailure(): Promise<void> {
    for (const client of this.#crowd.clients) {
      if (client.isIdle) this.#crowd.ask(client, this.#workload.next(client));
    }
    await this.machine.rest();
  }

  /** Ends the server as one ends it on purpose. */
  async #close(): Promise<void> {
    if (this.#crowd.isShort && !(await this.#relieve())) return;
    if (!(await this.#crowd.rest()) || this.#crowd.hasFailed || this.#crowd.isShort) return;
    this.plan.phase = 'closing';
    for (const client of this.#crowd.clients) this.#giveBack(client);
    const isClosed = await this.machine.close();
    if (!isClosed || this.#crowd.hasFailed) return;
    this.#crowd.digest();
    for (const client of this.#crowd.clients) client.pushStage(client.world, undefined, 0, true);
  }

  /** What is open goes back, one after the other, and is not counted. */
  #giveBack(client: Client): void {
    endWaits(client.world, () => true);
    const opened = client.world.items.filter(({ reservation }) => reservation?.deadline === 0);
    opened.sort((a, b) => (a.reservation?.token ?? 0) - (b.reservation?.token ?? 0));
    for (const item of opened) {
      giveBack(client.world, item, false);
      client.pushStage(client.world, undefined, Number.POSITIVE_INFINITY, false);
    }
  }

  ending(isEarly: boolean): Ending {
    // What could not be synced may be gone from the system's memory.
    const isLost = this.plan.failed?.startsWith('sync') ?? false;
    const hasPower = !isLost && this.#random.chance(0.5);
    return { hasPower, durableMoment: this.#crowd.durableMoment, at: this.#clock.now, isEarly };
  }
}

/** Whether it depends on the moment at which it is done. */
function countsTime({ operation }: Asked): boolean {
  const { type } = operation;
  return (type === 'read' && operation.mode === 'lease') || type === 'extend' || type === 'retryFailed';
}
