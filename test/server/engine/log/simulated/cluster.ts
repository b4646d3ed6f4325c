import { Looks } from '../../../../../server/cluster/looks.ts';
import type { MessageRecord } from '../../../../../server/engine/log/codec/message-record.ts';
import { type Position, TrimmedError } from '../../../../../server/engine/log/log.ts';
import { LostRecordsError } from '../../../../../server/engine/log/replicated/cluster-log.ts';
import { ReplicatedLog } from '../../../../../server/engine/log/replicated/replicated-log.ts';
import { Event, EventType } from '../../../../../server/engine/state/events.ts';
import { Chance, Process, Scheduler } from './scheduler.ts';
import { FAIR, ROUGH, SimulatedDatabase } from './simulated-database.ts';

const LEASE_MS = 1000;
const POLL_MS = 20;
const SEGMENT = 4096;
/** So little that most of what is looked at again has to be loaded. */
const CACHE = 4096;

/** What must hold over all servers of a cluster, and what they did. */
export class Account {
  /** What anybody was told that is at a position. */
  readonly #told = new Map<Position, string>();
  /** Messages that were sent, acknowledged, asked to be done, and done for certain. */
  readonly sent = new Set<number>();
  readonly stored = new Set<number>();
  readonly ending = new Set<number>();
  readonly done = new Set<number>();
  /** When batches of an engine time were written. */
  readonly written = new Map<number, number>();
  /** What went wrong where nobody waits for it. */
  problem: Error | undefined;
  /** The newest epoch in which anybody has led. */
  led = 0;
  looks = 0;
  doubts = 0;
  loads = 0;
  dated = 0;
  takeovers = 0;
  depositions = 0;
  handovers = 0;
  trims = 0;
  /** Followers that began anew, since what came next was freed, or what they had was lost. */
  trimmed = 0;
  lost = 0;

  readonly #isLossy: boolean;

  /** `isLossy`: the database loses what it had acknowledged, so that who has it cannot be held to it. */
  constructor(isLossy: boolean) {
    this.#isLossy = isLossy;
  }

  told({ type, order }: Event, position: Position): void {
    if (this.#isLossy) return;
    const what = `${type} ${order}`;
    const known = this.#told.get(position);
    if (known !== undefined && known !== what) {
      throw new Error(`at ${position} one server was told ${known}, another one ${what}`);
    }
    this.#told.set(position, what);
  }

  /** Whether who leads has what was acknowledged, and nothing that is done, or was never sent. */
  check(alive: ReadonlyMap<number, Position>): void {
    if (this.#isLossy) return;
    const { sent, stored, ending, done } = this;
    none(
      'acknowledged and lost',
      [...stored].filter((order) => !alive.has(order) && !ending.has(order)),
    );
    none(
      'done, and there again',
      [...done].filter((order) => alive.has(order)),
    );
    none(
      'there, and never sent',
      [...alive.keys()].filter((order) => !sent.has(order)),
    );
  }

  /** What is new in the log was written after a time, as somebody takes it. */
  seen(since: number | undefined, time: number): void {
    if (since === undefined || this.#isLossy) return;
    this.dated++;
    if ((this.written.get(time) as number) < since)
      throw new Error(`a batch was written before ${since}, at ${this.written.get(time)}`);
  }

  /** What was loaded is what was asked for. Who has not noticed yet what is lost may find others there, and compares. */
  loaded(order: number, asked: number): void {
    this.loads++;
    if (order !== asked && !this.#isLossy) this.problem ??= new Error(`${asked} is ${order}`);
  }

  /** Whether a leader of that epoch may not answer any more what is asked from now on. */
  isOver(epoch: number): boolean {
    return this.led > epoch && !this.#isLossy;
  }
}

function none(what: string, some: readonly number[]): void {
  if (some.length > 0) throw new Error(`${what}: ${some.join(', ')}`);
}

/** The messages of a log that live, and where. */
class Contents {
  readonly alive = new Map<number, Position>();
  readonly sizes = new Map<number, number>();
  readonly #log: ReplicatedLog;
  readonly #account: Account;

  constructor(log: ReplicatedLog, account: Account) {
    this.#log = log;
    this.#account = account;
  }

  apply(event: Event, position: Position): void {
    this.#account.told(event, position);
    this.happens(event, position);
  }

  happens({ type, order, size }: Event, position: Position): void {
    if (type !== EventType.message && type !== EventType.done) return;
    const known = this.alive.get(order);
    if (known !== undefined) this.#log.live.remove(known, this.sizes.get(order)!);
    this.alive.delete(order);
    if (type === EventType.done) return;
    this.alive.set(order, position);
    this.sizes.set(order, size);
    this.#log.live.add(position, size);
  }
}

/** A server: it follows, leads when it can, and then does what clients ask for. */
export class Server {
  readonly process: Process;
  readonly #log: ReplicatedLog;
  readonly #account: Account;
  readonly #chance: Chance;
  readonly #event = new Event();
  readonly id: string;
  contents: Contents;
  isLeading = false;
  #leads = false;
  #isFreeing = false;

  constructor(
    scheduler: Scheduler,
    database: SimulatedDatabase,
    chance: Chance,
    account: Account,
    id: number,
  ) {
    this.id = `server ${id}`;
    this.#chance = chance;
    this.#account = account;
    this.process = new Process(scheduler);
    const skew = chance.below(60_000) - 30_000;
    this.#log = ReplicatedLog.open({
      database: database.connect(this.process),
      timing: this.process,
      member: this.id,
      cacheSize: CACHE,
      clock: () => {
        account.written.set(scheduler.now + skew, scheduler.now);
        return scheduler.now + skew;
      },
      leaseMs: LEASE_MS,
      segmentSize: SEGMENT,
      batchSize: 2048,
      random: () => chance.part(),
    });
    this.contents = new Contents(this.#log, account);
    void this.#log.lead().then(() => {
      this.#leads = true;
      account.led = Math.max(account.led, this.#log.epoch);
    });
    this.#follow().catch((error: Error) => {
      // Whoever is deposed while it starts is done for, like any other.
      if (error !== this.#log.failure) account.problem ??= error;
    });
  }

  get hasFailed(): boolean {
    return this.#log.failure !== undefined;
  }

  /** Whether it has failed since the database had lost what it has. */
  get hasLost(): boolean {
    return this.#log.failure instanceof LostRecordsError;
  }

  get applied(): Position {
    return this.#log.applied;
  }

  async #follow(): Promise<void> {
    let looks = new Looks();
    for (let end: Position | undefined; ; ) {
      const leads = this.#leads;
      const lookedAt = this.process.now;
      try {
        end = await this.#log.replay(this.contents, end);
      } catch (error) {
        if (this.hasFailed) throw error;
        if (error instanceof TrimmedError) this.#account.trimmed++;
        else if (error instanceof LostRecordsError) this.#account.lost++;
        else throw error;
        this.contents = new Contents(this.#log, this.#account);
        looks = new Looks();
        end = undefined;
        continue;
      }
      this.#account.seen(looks.saw(lookedAt, end), this.#log.newestTime);
      if (leads) break;
      await new Promise<void>((resolve) => this.process.after(POLL_MS, resolve));
    }
    this.#log.checkpointBytes = 32;
    this.#log.onSegment = () => this.#append(EventType.identifiers, 1);
    await this.#log.start();
    // Of one that was paused before it heard of that others know more.
    if (!this.#account.isOver(this.#log.epoch)) this.#account.check(this.contents.alive);
    this.isLeading = true;
    this.#account.takeovers++;
  }

  /** Something that clients ask of a leader. */
  act(): void {
    const log = this.#log;
    if (!this.isLeading || log.failure !== undefined || this.process.isPaused) return;
    if (this.#chance.is(0.3)) this.#look();
    if (this.#chance.is(0.3)) this.#load();
    if (!log.admit(300, 'message')) return;
    if (this.#chance.is(0.6)) this.#store();
    const { alive } = this.contents;
    if (alive.size > 5 && this.#chance.is(0.7))
      this.#finish([...alive.keys()][this.#chance.below(alive.size)]);
    if (log.compaction === 'due' && !this.#isFreeing) {
      this.#isFreeing = true;
      void this.#free().catch(() => {});
    }
  }

  /** Goes on after a pause: what clients have asked meanwhile comes before timers and answers of the database. */
  resume(): void {
    this.process.resume();
    if (this.isLeading && !this.hasFailed) this.#look();
  }

  #store(): void {
    const { sent, stored } = this.#account;
    const order = sent.size + 1;
    sent.add(order);
    this.#append(EventType.message, order);
    this.#log.when('durable', { resolve: () => stored.add(order), reject() {} }, undefined);
  }

  #finish(order: number): void {
    const { ending, done } = this.#account;
    ending.add(order);
    this.#append(EventType.done, order);
    this.#log.when('written', { resolve: () => done.add(order), reject() {} }, undefined);
  }

  /** What was asked after another server led may not be answered by one that has not heard of it. */
  #look(): void {
    const account = this.#account;
    const { epoch } = this.#log;
    const isDeposed = account.isOver(epoch);
    let isAtOnce = true;
    const resolve = (): void => {
      if (isAtOnce) account.looks++;
      else account.doubts++;
      if (isDeposed) throw new Error(`a leader of ${epoch} answered, and ${account.led} had begun`);
    };
    const asked = { resolve, reject() {} };
    // What was appended is not waited for by everybody.
    if (this.#chance.is(0.3)) this.#log.whenCertain(asked, undefined);
    else this.#log.when('durable', asked, undefined);
    isAtOnce = false;
  }

  /** What a message says is what it said, from memory or not. */
  #load(): void {
    const { alive, sizes } = this.contents;
    const orders = [...alive.keys()];
    const order = orders[this.#chance.below(orders.length || 1)];
    if (order === undefined) return;
    const check = (record: MessageRecord) => {
      this.#account.loaded(record.order, order);
    };
    // What is freed meanwhile has another place.
    this.#log.load(alive.get(order)!, sizes.get(order)!).then(check, () => {});
  }

  /** Another server is to lead. */
  handOver(successor: string | undefined): void {
    const done = () => {
      this.#account.handovers++;
    };
    this.#log.handOver(successor).then(done, () => {});
  }

  async #free(): Promise<void> {
    const log = this.#log;
    const oldest = log.oldest();
    const isLive = ({ order }: MessageRecord, position: Position) =>
      this.contents.alive.get(order) === position;
    for await (const { order } of log.survivors(oldest, isLive)) this.#append(EventType.message, order);
    if (log.live.of(oldest) === 0) {
      await log.freeOldest();
      this.#account.trims++;
    }
    this.#isFreeing = false;
  }

  #append(type: EventType, order: number): void {
    const event = this.#event;
    const isHead = type === EventType.identifiers;
    const own = isHead ? new Event() : event;
    Object.assign(own, { type, order, slot: order, body: Buffer.alloc(200), bodyStart: 0, bodyEnd: 100 });
    const position = this.#log.append(own);
    if (!isHead) this.contents.happens(own, position);
  }
}

/** A cluster of servers, in which everything goes wrong that can, by a seed. */
export class Cluster {
  readonly scheduler = new Scheduler();
  readonly account: Account;
  readonly database: SimulatedDatabase;
  readonly #chance: Chance;
  readonly #isLossy: boolean;
  #servers: Server[] = [];
  #count = 0;

  /** `isLossy`: the database loses what it had acknowledged now and then. */
  constructor(seed: number, isLossy = false) {
    this.#chance = new Chance(seed);
    this.#isLossy = isLossy;
    this.account = new Account(isLossy);
    this.database = new SimulatedDatabase(this.scheduler, this.#chance);
    this.database.weather = ROUGH;
    for (let i = 0; i < 3; i++) this.#add();
  }

  #add(): Server {
    const server = new Server(this.scheduler, this.database, this.#chance, this.account, ++this.#count);
    this.#servers.push(server);
    return server;
  }

  /** Goes on for so many steps; `turn` lets promises have their turn. */
  async run(steps: number, turn: () => Promise<void>): Promise<void> {
    for (let i = 0; i < steps; i++) {
      for (let k = 0; k < 4; k++) this.scheduler.step();
      await turn();
      for (const server of this.#servers) server.act();
      if (this.account.problem !== undefined) throw this.account.problem;
      this.#misfortune();
      this.#replaceFailed();
    }
  }

  /** What is there in the end, when everything is well again and another server leads. */
  async contents(turn: () => Promise<void>): Promise<ReadonlyMap<number, Position>> {
    this.#calm();
    for (const server of this.#servers) server.process.end();
    const last = this.#add();
    for (let i = 0; i < 10_000 && !last.isLeading; i++) {
      this.scheduler.step();
      await turn();
    }
    if (!last.isLeading) throw new Error('nobody leads in the end');
    return last.contents.alive;
  }

  /** What each server has in the end, when everything is well again, one that comes only then included. */
  async allContents(turn: () => Promise<void>): Promise<ReadonlyMap<number, Position>[]> {
    this.#calm();
    for (const server of this.#servers) server.resume();
    this.#add();
    // Who has not looked yet notices nothing.
    const from = this.scheduler.now + 2 * LEASE_MS + ROUGH.largestMs;
    for (let i = 0; i < 20_000; i++) {
      this.scheduler.step();
      await turn();
      this.#replaceFailed();
      if (this.scheduler.now < from) continue;
      const haveAll = this.#servers.every(({ applied }) => applied === this.database.row.position);
      if (haveAll && this.#servers.some(({ isLeading }) => isLeading)) {
        return this.#servers.map(({ contents }) => contents.alive);
      }
    }
    throw new Error('they do not come to an end');
  }

  #calm(): void {
    this.database.weather = { ...FAIR, latestMs: 60 };
    this.database.release();
  }

  #replaceFailed(): void {
    for (const server of this.#servers.filter(({ hasFailed }) => hasFailed)) {
      if (server.hasLost) this.account.lost++;
      this.account.depositions++;
      this.#end(server);
    }
  }

  #misfortune(): void {
    const server = this.#anyServer();
    switch (this.#chance.below(120)) {
      case 0:
        this.#pause(server);
        break;
      case 1:
        this.#end(server);
        break;
      case 2:
        this.database.failOver();
        break;
      case 4:
        if (server.isLeading && !server.hasFailed) {
          server.handOver(this.#chance.is(0.8) ? this.#anyServer().id : undefined);
          if (this.#chance.is(0.5)) this.scheduler.after(this.#chance.below(100), () => this.#pause(server));
        }
        break;
      case 5:
        if (this.#isLossy) this.database.lose();
        break;
      case 3:
        this.database.hold();
        this.scheduler.after(this.#chance.below(2 * LEASE_MS), () => this.database.release());
        break;
    }
  }

  /** Longer than a lease, sometimes. */
  #pause(server: Server): void {
    server.process.pause();
    this.scheduler.after(this.#chance.below(3 * LEASE_MS), () => server.resume());
  }

  #anyServer(): Server {
    return this.#servers[this.#chance.below(this.#servers.length)];
  }

  /** Another one comes in its place. */
  #end(server: Server): void {
    server.process.end();
    this.#servers = this.#servers.filter((other) => other !== server);
    this.#add();
  }
}
