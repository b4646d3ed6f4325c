import type { Item } from '../model/item.ts';
import { giveBack } from '../model/lifecycle.ts';
import { endWaits } from '../model/readers.ts';
import { resumeSchedule } from '../model/schedule.ts';
import { end } from '../model/time.ts';
import type { World } from '../model/world.ts';
import type { Client } from './client.ts';
import { Crowd } from './crowd.ts';
import type { Examiner } from './examiner.ts';
import { leftOf } from './half-done.ts';
import type { Life } from './life.ts';
import { passTime } from './passing-time.ts';
import type { Random } from './random.ts';
import type { Run } from './run.ts';
import { queueOf, ROLES, randomPolicy } from './traits.ts';
import { Trouble } from './trouble.ts';

/** How a server ended. */
export interface ProcessExit {
  /** What was written is there, synced or not. */
  readonly hasPower: boolean;
  /** All that was on record before this moment is on the disk. */
  readonly durableMoment: number;
  /** When that was, by the clock. */
  readonly at: number;
  /** Before the clients could do anything. */
  readonly isEarly: boolean;
}

type Action =
  | 'ask'
  | 'turn'
  | 'rest'
  | 'pass'
  | 'wait'
  | 'end wait'
  | 'policy'
  | 'purge all'
  | 'fill'
  | 'look';

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
  [1, 'look'],
];
const MOST_WAITS = 2;

/** What goes on between a server's start and its end. */
export class Service {
  readonly life: Life;
  readonly #run: Run;
  readonly #examiner: Examiner;
  readonly #random: Random;
  readonly #crowd: Crowd;
  readonly #trouble: Trouble;

  constructor(run: Run, life: Life, examiner: Examiner, random: Random) {
    this.life = life;
    this.#examiner = examiner;
    this.#run = run;
    this.#random = random;
    this.#crowd = new Crowd(run, life);
    this.#trouble = new Trouble(run, life, this.#crowd, random);
  }

  async run(): Promise<ProcessExit> {
    if (!(await this.begin())) return this.exit(true);
    for (let steps = this.#random.between(20, 200); steps > 0; steps--) {
      if (!(await this.#step())) return this.exit(false);
    }
    if (this.#random.chance(0.5)) await this.#close();
    return this.exit(false);
  }

  /** What a start brings about. False when it has come to its end with that. */
  async begin(): Promise<boolean> {
    for (const client of this.#run.clients) {
      client.begin();
      const opened = client.world.items.filter(({ reservation }) => reservation?.deadline === 0);
      for (const part of leftOf(opened)) client.pushPart((world) => endSome(world, part));
      client.push((world) => {
        end(world, true);
        world.sweptAt = world.second;
        world.servesSince = world.now();
        resumeSchedule(world);
      });
    }
    this.#crowd.schedule();
    this.#crowd.pass();
    for (const client of this.#run.clients) client.push((world) => passTime(world));
    await this.life.machine.rest();
    // With a disk in trouble some of it would be refused.
    if (this.life.isOver || this.life.isShort) return false;
    // Whether something has expired is known or not, by what a crash has left.
    if (!(await this.#crowd.peekAll()) || !(await this.#crowd.rest())) return false;
    return !this.life.hasFailed && !this.life.isShort;
  }

  exit(isEarly: boolean): ProcessExit {
    // Where all is synced a power cut does what the end of the process does.
    const { disk } = this.life.machine;
    const hasPower = !this.#isLost && this.#random.chance(disk.isSynced ? 0.7 : 0.3);
    const { durableMoment } = this.life;
    return { hasPower, durableMoment, at: this.#run.clock.now, isEarly };
  }

  /** What could not be synced may be gone from the system's memory. */
  get #isLost(): boolean {
    return this.life.plan.failed?.startsWith('sync') ?? false;
  }

  /** False when the server has come to its end. */
  async #step(): Promise<boolean> {
    if (this.life.hasFailed) {
      await this.#afterFailure();
      return false;
    }
    if (this.life.isUnclear) return false;
    const { isTold } = this.life;
    this.life.isTold = false;
    if (isTold && this.#random.chance(0.1)) return this.#look();
    if (this.#trouble.step()) return this.#trouble.relieve();
    const client = this.#random.pick(this.#run.clients);
    switch (this.#random.weighted(ACTIONS)) {
      case 'ask':
        if (!client.isIdle) return this.#turn();
        this.#crowd.ask(client, this.#run.workload.next(client));
        return true;
      case 'turn':
        return this.#turn();
      case 'rest':
        return this.#crowd.rest();
      case 'pass':
        return this.#pass();
      case 'wait':
        if (client.isIdle && client.waits.length < MOST_WAITS) this.#wait(client);
        return true;
      case 'end wait':
        if (client.isIdle) this.#crowd.endWait(client, this.#random.chance(0.5));
        return true;
      case 'policy':
        return this.#changePolicy(client);
      case 'purge all':
        return this.#purgeAll();
      case 'fill':
        return this.#trouble.fill();
      case 'look':
        return this.#look();
    }
  }

  /** What if it crashed now? */
  async #look(): Promise<boolean> {
    const { disk, loop } = this.life.machine;
    const exit = this.exit(false);
    await this.#examiner.cutPower(disk, exit);
    if (!this.#isLost) await this.#examiner.kill(disk, exit);
    loop.enter();
    return true;
  }

  async #turn(): Promise<boolean> {
    await this.life.machine.loop.turn();
    if (this.life.isOver) return false;
    this.#crowd.digest();
    return true;
  }

  async #pass(): Promise<boolean> {
    if (!(await this.#crowd.rest())) return false;
    if (this.life.isShort || this.life.hasFailed) return true;
    return this.#crowd.advance(2 * this.#random.between(1, this.#random.pick([10, 1000, 10_000])));
  }

  /** Not where the disk may be full: who waits may then do so for longer than anybody knows. */
  #wait(client: Client): void {
    const read = this.#run.traits.getsFull ? undefined : this.#run.workload.wait(client);
    if (read !== undefined) this.#crowd.wait(client, read);
  }

  /** Not where a power cut would take back what was done by the old one, such as the end of a lease. */
  async #changePolicy(client: Client): Promise<boolean> {
    if (!(await this.#crowd.rest())) return false;
    if (!client.isIdle || !this.life.machine.disk.isSynced) return true;
    this.#run.coverage.note('policies that changed');
    const role = this.#random.pick(ROLES);
    client.setPolicy(queueOf(client.name, role), randomPolicy(this.#random, client.name, role));
    this.life.machine.engine.policiesChanged();
    return true;
  }

  async #purgeAll(): Promise<boolean> {
    if (!(await this.#crowd.rest())) return false;
    const isIdle = this.#run.clients.every((client) => client.isIdle);
    if (isIdle && !this.life.hasFailed && !this.life.isShort) {
      this.#crowd.askForAll({ type: 'purge', queue: undefined });
    }
    return true;
  }

  /** Whoever asks for anything now is refused. */
  async #afterFailure(): Promise<void> {
    for (const client of this.#run.clients) {
      if (client.isIdle) this.#crowd.ask(client, this.#run.workload.next(client));
    }
    await this.life.machine.rest();
  }

  /** Ends the server as one ends it on purpose. */
  async #close(): Promise<void> {
    if (this.life.isShort && !(await this.#trouble.relieve())) return;
    if (!(await this.#crowd.rest()) || this.life.hasFailed || this.life.isShort) return;
    this.life.plan.phase = 'closing';
    for (const client of this.#run.clients) giveBackAll(client);
    if (!(await this.life.machine.close()) || this.life.hasFailed) return;
    this.#crowd.digest();
    for (const client of this.#run.clients) client.pushStage(client.world, undefined, 0, true);
  }
}

/** What a start gives back, but for some that are still open. */
function endSome(world: World, open: readonly Item[]): void {
  whileHeld(world, open, () => end(world, true));
}

/** Does something while nothing happens to some of what is held. */
function whileHeld(world: World, held: readonly Item[], act: () => void): void {
  for (const { number } of held) setDeadline(world, number, Number.POSITIVE_INFINITY);
  act();
  for (const { number, reservation } of held) setDeadline(world, number, reservation?.deadline ?? 0);
}

function setDeadline(world: World, number: number, deadline: number): void {
  const reservation = world.items.find((item) => item.number === number)?.reservation;
  if (reservation !== undefined) reservation.deadline = deadline;
}

/** What is open goes back, one after the other. */
function giveBackAll(client: Client): void {
  endWaits(client.world, () => true);
  const opened = client.world.items.filter(({ reservation }) => reservation?.deadline === 0);
  opened.sort((a, b) => (a.reservation?.token ?? 0) - (b.reservation?.token ?? 0));
  for (const item of opened) {
    giveBack(client.world, item, 'stop');
    client.pushUnsure(client.world);
  }
}
