import { DamagedError, DiskError, DiskFullError } from '../../shared/errors.ts';
import { World } from '../model/world.ts';
import type { Census } from './census.ts';
import { Client } from './client.ts';
import type { Coverage } from './coverage.ts';
import { describeItem } from './descriptions.ts';
import { Diary } from './diary.ts';
import { SimulatedDisk } from './disk.ts';
import { EventLoop } from './event-loop.ts';
import { Examiner } from './examiner.ts';
import type { Call } from './faults.ts';
import { Identities } from './identities.ts';
import { differenceOf, isSame, Judge } from './judge.ts';
import { Life } from './life.ts';
import { type Censuses, lookAt, takeAll } from './look.ts';
import { Losses, type Snapshot, snapshotOf } from './losses.ts';
import { Machine, type Settings, Violation } from './machine.ts';
import { Plan } from './plan.ts';
import { Random } from './random.ts';
import type { Run } from './run.ts';
import { type ProcessExit, Service } from './service.ts';
import { LETTERS, queuesOf, ROLES, randomPolicy, randomTraits, type Traits } from './traits.ts';
import { Workload } from './workload.ts';

const START = 1_700_000_000_000;
/** Times that a start may crash, one after the other, before it is left alone. */
const MOST_CRASHED_STARTS = 3;

/** One run: a disk, and servers that come and go on it. All of it comes from the seed. */
export class Simulation {
  readonly #random: Random;
  readonly #run: Run;
  readonly #judge: Judge;
  readonly #settings: Settings;
  readonly #examiner: Examiner;
  readonly #losses: Losses;
  #disk: SimulatedDisk;
  /** What the disk had when the server of now had started. */
  #earlier: Snapshot = new Map();

  constructor(seed: number, coverage: Coverage) {
    const random = new Random(seed);
    this.#random = random;
    const traits = randomTraits(random.fork());
    const clock = { now: START };
    this.#run = {
      traits,
      clock,
      clients: [...LETTERS.slice(0, traits.clients)].map((name) => newClient(name, random, traits, clock)),
      workload: new Workload(random.fork(), traits),
      identities: new Identities(),
      coverage,
      diary: new Diary(),
    };
    this.diary.note(JSON.stringify(traits));
    this.#judge = new Judge(this.#run);
    const owners = new Map(
      this.#run.clients.flatMap((client) => client.queues.map((queue) => [queue, client])),
    );
    const { segmentSize, cacheSize, sync } = traits;
    const policy = (queue: string) => (owners.get(queue) as Client).world.policyOf(queue);
    this.#settings = { segmentSize, cacheSize, sync, maxQueues: 1000, policy };
    this.#examiner = new Examiner(this.#run, this.#settings, random.fork());
    this.#disk = new SimulatedDisk(random.fork());
    this.#losses = new Losses(this.#run, this.#settings, random.fork());
  }

  get diary(): Diary {
    return this.#run.diary;
  }

  /** Throws a Violation when something is not as it has to be. */
  async run(): Promise<void> {
    try {
      let exit: ProcessExit | undefined;
      for (let left = this.#random.between(1, 3); left > 0; left--) {
        const service = await this.#start(exit, true);
        exit = await this.#end(service.life, await service.run());
      }
      const last = await this.#start(exit, false);
      if (!(await last.begin())) throw new Violation('it ends before anybody has asked for anything');
      await this.#finish(last.life);
    } finally {
      EventLoop.leave();
    }
  }

  /**
   * Starts a server until that succeeds, and has the clients find out what it has. It may crash again and again
   * meanwhile, which changes nothing.
   */
  async #start(exit: ProcessExit | undefined, mayFail: boolean): Promise<Service> {
    const first = exit && (await this.#look());
    if (!mayFail) this.#disk.capacity = Number.POSITIVE_INFINITY;
    let hasPower = exit?.hasPower ?? true;
    for (let crashes = 0; ; crashes++) {
      const plan = this.#planStart(exit === undefined, crashes < MOST_CRASHED_STARTS, mayFail);
      const machine = new Machine(this.#disk, this.#run.clock);
      const isThere = await machine.start(this.#settings);
      this.diary.note(`${this.#run.clock.now} a server ${isThere ? 'starts' : 'does not start'}`);
      this.#checkOffences();
      if (!isThere) {
        if (!this.#disk.isDead) this.#acceptProblem(machine, plan);
        const staysOn = this.#random.chance(0.5);
        // What could not be synced may be gone.
        if (!staysOn || plan.failed?.startsWith('sync')) hasPower = false;
        if (exit !== undefined) await this.#examiner.cutPower(this.#disk, exit);
        this.#leave(staysOn, plan);
        this.#disk.capacity = Number.POSITIVE_INFINITY;
        continue;
      }
      if (exit !== undefined && first !== undefined) {
        const last = crashes > 0 || this.#random.chance(0.2) ? await this.#look() : first;
        if (hasPower === exit.hasPower) compare(first, last);
        await this.#judgeAll(last, { ...exit, hasPower });
        machine.loop.enter();
      }
      this.#earlier = snapshotOf(this.#disk);
      const service = this.#service(machine, mayFail, plan.failed);
      service.life.isFull = this.#disk.capacity < Number.POSITIVE_INFINITY;
      this.#disk.capacity = Number.POSITIVE_INFINITY;
      return service;
    }
  }

  #planStart(isFirst: boolean, mayCrash: boolean, mayFail: boolean): Plan {
    const random = this.#random.fork();
    const plan = new Plan(random, this.#run.coverage, isFirst ? 'first start' : 'start');
    if (mayCrash && random.chance(0.4)) plan.crashSoon(random, 15);
    if (mayCrash && mayFail && this.#run.traits.getsFull && random.chance(0.3)) plan.failSoon(random, 4);
    this.#disk.faults = plan;
    this.#disk.speed = this.#run.traits.diskSpeed;
    this.#disk.syncMs = this.#run.traits.syncMs;
    return plan;
  }

  /** `failed`: what the disk has failed at while it started. */
  #service(machine: Machine, mayFail: boolean, failed: Call | undefined): Service {
    const random = this.#random.fork();
    const plan = new Plan(random, this.#run.coverage, 'running');
    plan.failed = failed;
    if (mayFail && random.chance(0.75)) plan.crashSoon(random, random.pick([10, 50, 100, 300]));
    if (mayFail && this.#run.traits.getsFull && random.chance(0.4)) plan.failSoon(random, 60);
    this.#disk.faults = plan;
    const life = new Life(machine, plan);
    return new Service(this.#run, life, this.#examiner, random);
  }

  /** A server has come to its end, whatever that is, and the next one may start later. */
  async #end({ machine, plan }: Life, exit: ProcessExit): Promise<ProcessExit> {
    const { clock, diary } = this.#run;
    diary.note(`${clock.now} a server ends: ${JSON.stringify(exit)}`);
    this.#noteMachine(machine);
    this.#checkOffences();
    await this.#examiner.cutPower(this.#disk, exit);
    this.#leave(exit.hasPower, plan);
    await this.#losses.look(this.#disk, this.#earlier);
    // An end that came early found it in the middle of what a start brings about, which depends on the time.
    if (!exit.isEarly && this.#random.chance(0.5)) clock.now += 2 * this.#random.between(1, 4000);
    return exit;
  }

  /** Everybody takes out what there is, of the server itself, and it is the same as in the worlds. */
  async #finish({ machine }: Life): Promise<void> {
    const { clients, clock } = this.#run;
    const worlds = clients.map(({ world }) => world.copy());
    const { now } = clock;
    const censuses = await takeAll(machine, this.#run);
    const end = clock.now;
    clock.now = now;
    for (const [index, client] of clients.entries()) {
      await this.#judge.expect(client, worlds[index], censuses.get(client) as Census);
    }
    clock.now = end;
    const { messages } = machine.engine.stats();
    if (messages > 0) throw new Violation(`${messages} messages are left that nobody can have`);
    const isClosed = await machine.close();
    if (!isClosed || machine.problem !== undefined)
      throw new Violation(`it does not end: ${machine.problem}`);
    this.#noteMachine(machine);
    this.#checkOffences();
    this.#leave(this.#random.chance(0.5), undefined);
    const empty = new Machine(this.#disk, clock);
    if (!(await empty.start(this.#settings))) throw new Violation(`it does not start: ${empty.problem}`);
    if (empty.engine.stats().messages > 0) throw new Violation('what was taken comes again');
  }

  /** What a server would have that starts on the disk as it is now. */
  #look(): Promise<Censuses> {
    return lookAt(this.#disk.copy(), this.#settings, this.#run);
  }

  async #judgeAll(censuses: Censuses, exit: ProcessExit): Promise<void> {
    for (const client of this.#run.clients) {
      const census = censuses.get(client) as Census;
      for (const { text } of [...census.outline, ...census.messages]) {
        this.diary.note(`${client.name} sees ${text}`);
      }
      const worlds: World[] = [];
      for await (const world of this.#judge.find(client, census, exit)) worlds.push(world);
      [client.world, ...client.others] = worlds as [World, ...World[]];
      if (worlds.length > 1) this.#run.coverage.note('worlds that a start makes the same', worlds.length);
      for (const item of client.world.items) this.diary.note(`${client.name} finds ${describeItem(item)}`);
    }
  }

  /** The process has ended, and perhaps the power went. */
  #leave(hasPower: boolean, plan: Plan | undefined): void {
    const { coverage } = this.#run;
    if (this.#disk.isDead && plan !== undefined) {
      coverage.notePlace(plan.place);
      this.diary.note(`crashed: ${plan.place}`);
    }
    const random = this.#random.fork();
    coverage.note(hasPower ? 'processes that ended' : 'power cuts');
    if (!hasPower && this.#disk.hasUnsyncedNames) coverage.note('power cuts with names that were not synced');
    if (!hasPower && this.#disk.hasUnsyncedSectors)
      coverage.note('power cuts with sectors that were not synced');
    this.#disk = hasPower ? this.#disk.afterKill(random) : this.#disk.afterPowerCut(random);
  }

  /** Why a start may fail. */
  #acceptProblem({ problem, disk }: Machine, plan: Plan): void {
    const isFull = problem instanceof DiskFullError && disk.capacity < Number.POSITIVE_INFINITY;
    const isIll =
      problem instanceof DiskError && !(problem instanceof DamagedError) && plan.failed !== undefined;
    if (!isFull && !isIll) throw new Violation(`it does not start: ${problem?.stack}`);
    this.#run.coverage.note(`starts that a ${isFull ? 'full' : 'failing'} disk refused`);
  }

  #noteMachine(machine: Machine): void {
    const { clients, coverage } = this.#run;
    coverage.note('segments freed', machine.detail('journal_freed_segments'));
    coverage.note('bytes moved', machine.detail('journal_moved_bytes'));
    for (const [call, count] of machine.disk.calls) coverage.note(`call: ${call}`, count);
    for (const queue of clients.flatMap((client) => client.queues)) {
      const stats = machine.statsOf(queue);
      coverage.note('messages that expired', stats?.expired ?? 0);
      coverage.note('messages that were dropped for others', stats?.dropped ?? 0);
      coverage.note('failed messages that were not kept', stats?.failedDropped ?? 0);
    }
  }

  #checkOffences(): void {
    const [offence] = this.#disk.offences;
    if (offence !== undefined) throw new Violation(offence);
  }
}

function newClient(name: string, random: Random, traits: Traits, clock: { readonly now: number }): Client {
  const chance = random.fork();
  const policies = ROLES.map((role) => [`${name}-${role}`, randomPolicy(chance, name, role)] as const);
  const world = new World(new Map(policies), () => clock.now);
  world.schedule = traits.lines.filter(({ queue }) => queuesOf(name).includes(queue));
  return new Client(name, queuesOf(name), world);
}

/** A start that crashed leaves what there was. */
function compare(first: Censuses, last: Censuses): void {
  for (const [client, { outline, messages }] of first) {
    const now = last.get(client) as Census;
    if (isSame(outline, now.outline) && isSame(messages, now.messages)) continue;
    const difference = differenceOf([...outline, ...messages], [...now.outline, ...now.messages]);
    throw new Violation(`a start that crashed has changed what ${client.name} finds:\n${difference}`);
  }
}
