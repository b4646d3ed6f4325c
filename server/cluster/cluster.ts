import { setTimeout as delay } from 'node:timers/promises';
import { Condition } from '../../shared/condition.ts';
import { DatabaseError, errorMessage } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { VERSION } from '../../shared/version.ts';
import type { Clock } from '../engine/clock.ts';
import { Engine, type EngineOptions } from '../engine/engine.ts';
import { type Position, TrimmedError } from '../engine/log/log.ts';
import {
  type ClusterLog,
  LostRecordsError,
  UnknownEventError,
} from '../engine/log/replicated/cluster-log.ts';
import type { ClusterMembers, Member } from '../engine/log/replicated/cluster-members.ts';
import { State } from '../engine/state/state-machine.ts';
import type { ClusterClock } from './cluster-clock.ts';
import { Follower } from './follower.ts';
import { Roster } from './roster.ts';
import { isSameRoute, type Route, routeTo } from './route.ts';

/** What a server is in its cluster: see `Cluster`. */
export type Role = 'joining' | 'following' | 'taking-over' | 'leading' | 'handing-over' | 'stuck';

/** Before it is tried again what failed at once, and between two looks of one that cannot follow, milliseconds. */
const PAUSE_MS = 1000;
/** Between two looks whether a leader was deposed, milliseconds. */
const LOOK_MS = 20;
/** How long a handover waits to see who is there now, milliseconds. */
const LOOK_AGAIN_MS = 100;
/** How far clocks may be apart before somebody is told, milliseconds. */
const FAR_APART_MS = 5000;

/** The server around this member of the cluster. */
export interface ClusterHost {
  /** What an engine works by. */
  readonly engine: EngineOptions;
  /** This server leads: it answers from this engine. Rejects when the log fails meanwhile. */
  serve(engine: Engine): Promise<void>;
  /** It does not any more. */
  stopServing(): void;
  /** Closes all that is served or passed: what these clients were told is of an epoch that is over. */
  closeConnections(): void;
  /** What becomes of clients that come. */
  route(route: Route): void;
}

export interface ClusterOptions {
  readonly name: string;
  /** Of this member, a new one at each start. */
  readonly id: string;
  /** HOST:PORT at which the others reach it. */
  readonly address: string;
  /** The newest format of events that it can read. */
  readonly format: number;
  readonly clock: ClusterClock;
  /** `onFailure`: it leads no more. */
  readonly openLog: (clock: Clock, onFailure: () => void) => ClusterLog;
  readonly members: ClusterMembers;
  readonly host: ClusterHost;
  readonly logger: Logger;
}

/**
 * This server as a member of a cluster: it follows the log, leads when it may, and follows again when it is deposed.
 *
 *     joining -> following        it has come to the end of the log: its state is warm
 *     following -> taking-over    nobody has led for a lease, or it was named the successor: the epoch is its own
 *     taking-over -> leading      it has applied the rest, and serves
 *     leading -> handing-over     it is to end: answers what is in flight, names its successor, and is gone
 *     any -> joining              deposed; or the log was trimmed, or lost by the database, where it had applied it
 *     any -> stuck                it cannot read what a newer leader writes: it passes clients on, and never leads
 *
 * A log serves for one such life. Whatever ends it, engine and state are thrown away with it: they may hold what was never
 * committed.
 */
export class Cluster {
  /** Resolves when it follows or leads for the first time. */
  readonly ready: Promise<void>;
  readonly #options: ClusterOptions;
  readonly #roster: Roster;
  readonly #apart: Condition;
  readonly #shared: Condition;
  #role: Role = 'joining';
  #epoch = 0;
  #route: Route = { kind: 'hold' };
  #log: ClusterLog;
  #follower: Follower | undefined;
  /** While it leads. */
  #engine: Engine | undefined;
  #lostRecords = 0;
  /** It is to end soon, and has looked who is there. */
  #looked: Promise<void> | undefined;
  #isStopping = false;
  #isReady = (): void => {};
  #wake = (): void => {};
  readonly #running: Promise<void>;

  constructor(options: ClusterOptions) {
    const { members, logger } = options;
    this.#options = options;
    this.#roster = new Roster(
      members,
      () => this.#self(),
      () => this.#look(),
    );
    this.#apart = new Condition(
      (seconds) =>
        logger.warn({ seconds }, "the leader's clock and that of this machine are apart: set them right"),
      () => logger.info('the clocks agree again'),
    );
    this.#shared = new Condition(
      (address) =>
        logger.error(
          { address },
          'another server says the same address: each needs an --advertise of its own',
        ),
      () => logger.info('no other server says the same address any more'),
    );
    this.ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
    this.#log = this.#openLog();
    this.#roster.start();
    this.#running = this.#run();
  }

  get name(): string {
    return this.#options.name;
  }

  get role(): Role {
    return this.#role;
  }

  /** The last one that was seen; 0: nobody ever led. */
  get epoch(): number {
    return this.#epoch;
  }

  /** HOST:PORT of the one that leads, for other servers; undefined where that is not known. */
  get leader(): string | undefined {
    if (this.#role === 'leading') return this.#options.address;
    return this.#route.kind === 'pass' ? this.#roster.addressOf(this.#route.leader.id) : undefined;
  }

  /** Bytes that are committed and not applied here. */
  get lag(): number {
    return this.#log.lag;
  }

  /** The newest format of events that all members can read. */
  get format(): number {
    return this.#roster.format;
  }

  get members(): readonly Member[] {
    return this.#roster.all;
  }

  /** How far the leader's clock is ahead of this machine's, milliseconds. */
  get clockDifference(): number {
    return this.#options.clock.difference;
  }

  /** How often the database came back without what it had acknowledged. */
  get lostRecords(): number {
    return this.#lostRecords;
  }

  /** Whether it leads, and the database does not commit anything. */
  get isStalled(): boolean {
    return this.#role === 'leading' && this.#log.isStalled;
  }

  /** It is to end soon: a follower does not begin to lead any more, and a leader sees who is there to do so. */
  prepareStop(): void {
    if (this.#looked !== undefined) return;
    if (this.#role === 'following') this.#log.withdraw();
    this.#looked = this.#roster.refresh();
  }

  /**
   * Ends: a leader hands over, once all is committed that is under way, and clients have their answers. Rejects with a
   * DatabaseError when the database tells nothing of that in time.
   */
  async stop(graceMs: number): Promise<void> {
    const patience = new AbortController();
    const late = delay(graceMs, undefined, patience).then(() => {
      throw new DatabaseError(
        'the database does not answer: nobody knows what has become of what was in flight',
      );
    });
    const ended = this.#end().finally(() => patience.abort());
    await Promise.race([ended, late]);
  }

  async #end(): Promise<void> {
    this.prepareStop();
    this.#isStopping = true;
    this.#follower?.stop();
    this.#wake();
    await this.#running;
    try {
      if (this.#engine === undefined) await this.#log.close();
      else await this.#handOver(this.#engine);
    } finally {
      await this.#roster.leave();
    }
  }

  async #handOver(engine: Engine): Promise<void> {
    const { logger } = this.#options;
    this.#role = 'handing-over';
    // Somebody may have come to the end of the log just now.
    await Promise.race([this.#looked, delay(LOOK_AGAIN_MS)]);
    const { successor } = this.#roster;
    // Who starts later waits for no lease either.
    await engine.handOver(() => this.#log.handOver(successor?.id));
    const next = successor?.address;
    logger.info({ epoch: this.#epoch, ...(next !== undefined && { successor: next }) }, 'has led to the end');
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const began = performance.now();
      try {
        await this.#live();
        if (this.#isStopping) return;
      } catch (error) {
        if (this.#isStopping) return;
        this.#tellEnd(error as Error);
      }
      await this.#leave();
      if (performance.now() - began < PAUSE_MS) await this.#pause(PAUSE_MS);
      if (!this.#isStopping) this.#log = this.#openLog();
    }
  }

  /** One life: from the beginning of the log to its failure, with which this rejects, or to the stop. */
  async #live(): Promise<void> {
    const { host, clock, logger } = this.#options;
    const log = this.#log;
    log.onLeadership = () => this.#look();
    const state = new State(log.live);
    const began = performance.now();
    this.#follower = new Follower(log, state, {
      joined: () => {
        this.#enter('following');
        const seconds = Math.round((performance.now() - began) / 100) / 10;
        logger.info({ cluster: this.name, messages: state.messageCount, seconds }, 'has read the log');
        this.#isReady();
      },
      now: () => clock.own,
      saw: (time, since) => {
        clock.saw(time, since);
        this.#tellClocks();
      },
    });
    try {
      if (!(await this.#follower.run())) return;
    } catch (error) {
      // One that leads already gives that up, and comes here again as one that follows.
      if (!(error instanceof UnknownEventError) || log.epoch > 0) throw error;
      log.withdraw();
      await this.#lookOn(log, this.#follower.end, error);
      return;
    }
    this.#enter('taking-over');
    clock.begin(log.newestTime);
    this.#tellClocks();
    state.rebuild();
    const engine = await Engine.serve(log, state, host.engine);
    this.#engine = engine;
    await host.serve(engine);
    if (log.failure !== undefined) throw log.failure;
    this.#enter('leading');
    logger.info({ cluster: this.name, epoch: this.#epoch, ...engine.recovered }, 'leads');
    await this.#untilFailed(log);
  }

  /** Follows no more, but who leads: until it is to stop. Rejects when the log is not there any more. */
  async #lookOn(log: ClusterLog, end: Position | undefined, why: Error): Promise<void> {
    this.#options.logger.fatal({ error: why.message }, 'cannot follow a newer server: upgrade this one');
    this.#enter('stuck');
    while (!this.#isStopping) {
      const problem: unknown = await log.replay({ apply() {} }, end).catch((error: unknown) => error);
      if (problem instanceof LostRecordsError || problem instanceof TrimmedError) throw problem;
      await this.#pause(PAUSE_MS);
    }
  }

  /** Resolves when it is to stop. Rejects with the failure. */
  async #untilFailed(log: ClusterLog): Promise<void> {
    while (!this.#isStopping) {
      await this.#pause(LOOK_MS);
      if (log.failure !== undefined) throw log.failure;
    }
  }

  /** What it knows is worth nothing any more. */
  async #leave(): Promise<void> {
    const { host } = this.#options;
    const engine = this.#engine;
    const log = this.#log;
    this.#engine = undefined;
    this.#follower = undefined;
    this.#enter('joining');
    if (engine === undefined) {
      await log.close().catch(() => {});
      return;
    }
    host.closeConnections();
    host.stopServing();
    // It may still wait for the database, which nobody waits for.
    engine.close().catch(() => {});
  }

  #openLog(): ClusterLog {
    const { openLog, clock, host } = this.#options;
    const log = openLog(clock.now, () => {
      if (log !== this.#log || this.#engine === undefined || this.#isStopping) return;
      // Before anybody is answered from what may never have been.
      host.closeConnections();
      this.#look();
    });
    return log;
  }

  #enter(role: Role): void {
    this.#role = role;
    this.#look();
    void this.#roster.refresh();
  }

  /** Somebody else leads, or is reached elsewhere; or this one does. */
  #look(): void {
    const { host, id, logger } = this.#options;
    this.#shared.is(this.#roster.sharedAddress);
    const { leadership } = this.#log;
    const epoch = Math.max(leadership.epoch, this.#log.epoch);
    // One that was just opened has seen nothing yet. A database that has lost something may go back to a smaller one.
    const isNew = epoch !== 0 && epoch !== this.#epoch;
    if (isNew) {
      this.#epoch = epoch;
      host.closeConnections();
      void this.#roster.refresh();
    }
    const leads = this.#role === 'leading' && this.#log.failure === undefined;
    const route: Route = leads ? { kind: 'serve' } : routeTo(leadership, this.#roster, id);
    if (this.#role === 'leading' && !leads) this.#wake();
    if (isSameRoute(route, this.#route) && !isNew) return;
    this.#route = route;
    host.route(route);
    if (route.kind === 'pass')
      logger.info({ epoch, leader: this.#roster.addressOf(route.leader.id) }, 'follows');
  }

  #self(): Omit<Member, 'seenMs'> {
    const { id, address, format } = this.#options;
    const { applied } = this.#log;
    return { id, address, version: VERSION, format, applied, isJoining: !this.#mayLead };
  }

  /** Whether others may count on it to lead next. */
  get #mayLead(): boolean {
    return this.#role !== 'joining' && this.#role !== 'stuck' && this.#looked === undefined;
  }

  #pause(ms: number): Promise<void> {
    if (this.#isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #tellClocks(): void {
    const { difference } = this.#options.clock;
    const seconds = Math.round(difference / 1000);
    this.#apart.is(Math.abs(difference) > FAR_APART_MS ? String(seconds) : undefined);
  }

  #tellEnd(error: Error): void {
    const { logger } = this.#options;
    const line = { epoch: this.#epoch, error: errorMessage(error) };
    if (error instanceof LostRecordsError) {
      this.#lostRecords++;
      logger.fatal(
        line,
        'THE DATABASE HAS LOST what it had acknowledged: the queues are as its log has them now',
      );
    } else if (error instanceof TrimmedError) {
      logger.warn(line, 'what was not applied yet is freed: reads the log from the beginning');
    } else if (this.#engine !== undefined || this.#role === 'taking-over') {
      logger.warn(line, 'does not lead any more: its clients are closed, and it follows');
    } else
      logger.error({ ...line, stack: error.stack }, 'following failed: reads the log from the beginning');
  }
}
