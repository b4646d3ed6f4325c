import type { Position } from '../../../../../server/engine/log/log.ts';
import { Account } from './account.ts';
import { Chance, Scheduler } from './scheduler.ts';
import { LEASE_MS, Server } from './server.ts';
import { FAIR, ROUGH, SimulatedDatabase } from './simulated-database.ts';

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
