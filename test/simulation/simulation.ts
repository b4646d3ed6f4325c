import { IGNORED } from '../../server/engine/engine.ts';
import { DamagedError, DiskError, DiskFullError } from '../../shared/errors.ts';
import type { Item } from '../model/item.ts';
import { World } from '../model/world.ts';
import { type Census, messagesOf, outlineOf } from './census.ts';
import { Client } from './client.ts';
import type { Clock } from './clock.ts';
import type { Coverage } from './coverage.ts';
import { Crowd } from './crowd.ts';
import { Diary } from './diary.ts';
import { SimulatedDisk } from './disk.ts';
import { EngineSubject } from './engine-census.ts';
import { ask } from './engine-side.ts';
import { EventLoop } from './event-loop.ts';
import type { Call } from './faults.ts';
import { Identities } from './identities.ts';
import { differenceOf, isSame, Judge } from './judge.ts';
import { Machine, type Settings, Violation } from './machine.ts';
import { nameOfBody } from './operation.ts';
import { Plan } from './plan.ts';
import { Random } from './random.ts';
import { type Ending, Service } from './service.ts';
import { LETTERS, queuesOf, ROLES, randomPolicy, randomTraits, type Traits } from './traits.ts';
import { Workload } from './workload.ts';

const START = 1_700_000_000_000;
/** Times that a start may crash, one after the other, before it is left alone. */
const MOST_CRASHED_STARTS = 3;

/** One run: a disk, and servers that come and go on it. All of it comes from the seed. */
export class Simulation {
  readonly diary = new Diary();
  readonly #random: Random;
  readonly #coverage: Coverage;
  readonly #traits: Traits;
  readonly #clock: Clock = { now: START };
  readonly #identities = new Identities();
  readonly #judge: Judge;
  readonly #clients: readonly Client[];
  readonly #queues: readonly string[];
  readonly #workload: Workload;
  readonly #settings: Settings;
  #disk: SimulatedDisk;

  constructor(seed: number, coverage: Coverage) {
    this.#random = new Random(seed);
    this.#coverage = coverage;
    this.#traits = randomTraits(this.#random.fork());
    const { clients, segmentSize, cacheSize, sync } = this.#traits;
    this.#judge = new Judge(this.#clock, this.#traits, this.#identities);
    this.#workload = new Workload(this.#random.fork(), this.#traits);
    this.#clients = [...LETTERS.slice(0, clients)].map((name) => this.#newClient(name));
    this.diary.note(JSON.stringify(this.#traits));
    this.#queues = this.#clients.flatMap(({ queues }) => queues);
    const worlds = new Map(this.#clients.flatMap((client) => client.queues.map((queue) => [queue, client])));
    this.#settings = {
      segmentSize,
      cacheSize,
      sync,
      maxQueues: 1000,
      policy: (queue) => (worlds.get(queue) as Client).world.policyOf(queue),
    };
    this.#disk = new SimulatedDisk(this.#random.fork());
  }

  /** Throws a Violation when something is not as it has to be. */
  async run(): Promise<void> {
    try {
      let ending: Ending | undefined;
      for (let left = this.#random.between(1, 3); left > 0; left--) {
        const service = await this.#start(ending, true);
        ending = this.#end(service, await service.run());
      }
      for (;;) {
        const service = await this.#start(ending, false);
        if (await service.begin()) {
          await this.#finish(service.machine);
          return;
        }
        // By a crash that its start was to come upon.
        ending = this.#end(service, service.ending(true));
      }
    } finally {
      EventLoop.leave();
    }
  }

  /** `failed`: what the disk has failed at while it started. */
  #service(machine: Machine, mayFail: boolean, failed: Call | undefined): Service {
    const random = this.#random.fork();
    const plan = new Plan(random, this.#coverage, 'running');
    plan.failed = failed;
    this.#disk.faults = plan;
    if (mayFail && random.chance(0.75)) plan.crashSoon(random, random.pick([10, 50, 100, 300]));
    if (mayFail && this.#traits.getsFull && random.chance(0.4)) plan.failSoon(random, 60);
    const crowd = this.#crowd(machine, plan);
    return new Service(machine, crowd, plan, this.#workload, this.#traits, random, this.#clock);
  }

  /** A server has come to its end, whatever that is. */
  #end({ machine, plan }: Service, ending: Ending): Ending {
    this.diary.note(`${this.#clock.now} a server ends: ${JSON.stringify(ending)}`);
    this.#noteService(machine);
    this.#checkOffences();
    this.#leave(ending.hasPower, plan);
    if (!ending.isEarly && this.#random.chance(0.5)) this.#clock.now += 2 * this.#random.between(1, 4000);
    return ending;
  }

  /**
   * Starts a server until that succeeds, and has the clients find out what it has. It may crash again and again
   * meanwhile, which changes nothing.
   */
  async #start(ending: Ending | undefined, mayFail: boolean): Promise<Service> {
    const first = ending && (await this.#census(this.#disk.afterKill(this.#random.fork())));
    let hasPower = ending?.hasPower ?? true;
    for (let crashes = 0; ; crashes++) {
      const random = this.#random.fork();
      const plan = new Plan(random, this.#coverage, ending === undefined ? 'first start' : 'start');
      const mayCrash = crashes < MOST_CRASHED_STARTS;
      if (mayCrash && random.chance(0.4)) plan.crashSoon(random, 15);
      if (mayCrash && mayFail && this.#traits.getsFull && random.chance(0.1)) plan.failSoon(random, 4);
      this.#disk.faults = plan;
      this.#disk.speed = this.#traits.diskSpeed;
      this.#disk.syncMs = this.#traits.syncMs;
      const machine = new Machine(this.#disk, this.#clock);
      const isThere = await machine.start(this.#settings);
      this.diary.note(`${this.#clock.now} a server ${isThere ? 'starts' : 'does not start'}`);
      this.#checkOffences();
      if (isThere) {
        if (ending !== undefined && first !== undefined) {
          const isSafe = hasPower === ending.hasPower;
          const again = crashes > 0 || random.chance(0.2);
          const census = again ? await this.#census(this.#disk.afterKill(random)) : first;
          if (isSafe) this.#compare(first, census);
          await this.#judgeAll(census, { ...ending, hasPower });
          if (machine.engine.recovered.tornBytes > 0) this.#coverage.note('torn tails');
        }
        machine.loop.enter();
        this.#disk.capacity = Number.POSITIVE_INFINITY;
        return this.#service(machine, mayFail, plan.failed);
      }
      if (!this.#disk.isDead) this.#acceptProblem(machine, plan);
      const staysOn = random.chance(0.5);
      // What could not be synced may be gone.
      if (!staysOn || plan.failed?.startsWith('sync')) hasPower = false;
      this.#leave(staysOn, plan);
      if (!this.#disk.isDead) this.#disk.capacity = Number.POSITIVE_INFINITY;
    }
  }

  /** Everybody takes out what there is, of the server itself. */
  async #finish(machine: Machine): Promise<void> {
    const started = this.#clients.map(({ world }) => world.copy());
    const { now } = this.#clock;
    const censuses = await this.#take(machine);
    const end = this.#clock.now;
    this.#clock.now = now;
    for (const [index, client] of this.#clients.entries()) {
      await this.#judge.expect(client, started[index] as World, censuses.get(client) as Census);
    }
    this.#clock.now = end;
    const { messages } = machine.engine.stats();
    if (messages > 0) throw new Violation(`${messages} messages are left that nobody can have`);
    if (!(await machine.close()) || machine.problem)
      throw new Violation(`it does not end: ${machine.problem}`);
    this.#noteService(machine);
    this.#checkOffences();
    this.#leave(this.#random.chance(0.5), undefined);
    const empty = new Machine(this.#disk, this.#clock);
    if (!(await empty.start(this.#settings))) throw new Violation(`it does not start: ${empty.problem}`);
    if (empty.engine.stats().messages > 0) throw new Violation('what was taken comes again');
  }

  #newClient(name: string): Client {
    const random = this.#random.fork();
    const policies = ROLES.map((role) => [`${name}-${role}`, randomPolicy(random, name, role)] as const);
    const world = new World(new Map(policies), () => this.#clock.now);
    world.schedule = this.#traits.lines.filter(({ queue }) => queue.startsWith(name));
    return new Client(name, queuesOf(name), world);
  }

  #crowd(machine: Machine, plan: Plan): Crowd {
    return new Crowd(
      this.#clients,
      machine,
      this.#clock,
      this.#traits,
      this.#identities,
      this.#coverage,
      plan,
      this.diary,
    );
  }

  /** What a server that starts on a disk has, and gives away. */
  async #census(disk: SimulatedDisk): Promise<Map<Client, Census>> {
    disk.capacity = Number.POSITIVE_INFINITY;
    const machine = new Machine(disk, { now: this.#clock.now });
    if (!(await machine.start(this.#settings))) {
      throw new Violation(`it does not start: ${machine.problem?.stack}`);
    }
    ask(machine.engine, { type: 'schedule', lines: this.#traits.lines }, IGNORED);
    await machine.rest();
    return this.#take(machine);
  }

  async #take(machine: Machine): Promise<Map<Client, Census>> {
    const subject = new EngineSubject(machine, this.#queues, this.#traits.getsFull);
    const outlines = new Map<Client, Census['outline']>();
    for (const client of this.#clients) outlines.set(client, await outlineOf(subject, client.queues));
    const all = await messagesOf(subject, this.#queues);
    const censuses = new Map<Client, Census>();
    for (const client of this.#clients) {
      const messages = all.filter(({ queue }) => client.queues.includes(queue));
      censuses.set(client, { outline: outlines.get(client) as Census['outline'], messages });
    }
    return censuses;
  }

  /** A crash during a start leaves what there was. */
  #compare(first: ReadonlyMap<Client, Census>, last: ReadonlyMap<Client, Census>): void {
    for (const [client, { outline, messages }] of first) {
      const now = last.get(client) as Census;
      if (isSame(outline, now.outline) && isSame(messages, now.messages)) continue;
      const difference = differenceOf([...outline, ...messages], [...now.outline, ...now.messages]);
      throw new Violation(`a start that crashed has changed what ${client.name} finds:\n${difference}`);
    }
  }

  async #judgeAll(censuses: ReadonlyMap<Client, Census>, ending: Ending): Promise<void> {
    for (const client of this.#clients) {
      const { outline, messages } = censuses.get(client) as Census;
      for (const { text } of [...outline, ...messages]) this.diary.note(`${client.name} sees ${text}`);
      const world = await this.#judge.find(client, censuses.get(client) as Census, ending);
      client.world = world;
      for (const item of world.items) this.diary.note(`${client.name} finds ${describeItem(item)}`);
    }
  }

  /** The process has ended, and perhaps the power went. */
  #leave(hasPower: boolean, plan: Plan | undefined): void {
    if (this.#disk.isDead && plan !== undefined) {
      this.#coverage.notePlace(plan.place);
      this.diary.note(`crashed: ${plan.place}`);
    }
    const random = this.#random.fork();
    this.#coverage.note(hasPower ? 'processes that ended' : 'power cuts');
    this.#disk = hasPower ? this.#disk.afterKill(random) : this.#disk.afterPowerCut(random);
  }

  /** Why a start may fail. */
  #acceptProblem({ problem, disk }: Machine, plan: Plan): void {
    const isFull = problem instanceof DiskFullError && disk.capacity < Number.POSITIVE_INFINITY;
    const isIll =
      problem instanceof DiskError && !(problem instanceof DamagedError) && plan.failed !== undefined;
    if (!isFull && !isIll) throw new Violation(`it does not start: ${problem?.stack}`);
    this.#coverage.note(isFull ? 'starts that a full disk refused' : 'starts that a failing disk refused');
  }

  #noteService(machine: Machine): void {
    this.#coverage.note('segments freed', machine.detail('journal_freed_segments'));
    this.#coverage.note('bytes moved', machine.detail('journal_moved_bytes'));
    for (const [call, count] of machine.disk.calls) this.#coverage.note(`call: ${call}`, count);
    for (const queue of this.#queues) {
      const stats = machine.engine.queueStats(queue);
      this.#coverage.note('messages that expired', stats?.expired ?? 0);
      this.#coverage.note('messages that were dropped for others', stats?.dropped ?? 0);
    }
  }

  #checkOffences(): void {
    const [offence] = this.#disk.offences;
    if (offence !== undefined) throw new Violation(offence);
  }
}

function describeItem({ queue, number, body, state, attempts, due, jobId, reservation }: Item): string {
  const held = reservation && `under ${reservation.token} until ${reservation.deadline}`;
  return `${queue} number ${number}: ${nameOfBody(body)} ${state}, attempts ${attempts} ${due || ''} ${jobId} ${held ?? ''}`;
}
