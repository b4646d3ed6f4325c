import { Looks } from '../../../../../server/cluster/looks.ts';
import type { MessageRecord } from '../../../../../server/engine/log/codec/message-record.ts';
import { type Position, TrimmedError } from '../../../../../server/engine/log/log.ts';
import { LostRecordsError } from '../../../../../server/engine/log/replicated/cluster-log.ts';
import { ReplicatedLog } from '../../../../../server/engine/log/replicated/replicated-log.ts';
import { Event, EventType } from '../../../../../server/engine/state/events.ts';
import type { Account } from './account.ts';
import { type Chance, Process, type Scheduler } from './scheduler.ts';
import type { SimulatedDatabase } from './simulated-database.ts';

export const LEASE_MS = 1000;
const POLL_MS = 20;
const SEGMENT = 4096;
/** So little that most of what is looked at again has to be loaded. */
const CACHE = 4096;

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
