import { type Completion, IGNORED } from '../../server/engine/api.ts';
import { StoppingError } from '../../shared/errors.ts';
import * as readers from '../model/readers.ts';
import { nextChange } from '../model/time.ts';
import { type Answer, type Asked, type Client, removeWaiter, type Wait } from './client.ts';
import { describeAnswer, describeCounts, describeOperation, worldCounts } from './descriptions.ts';
import { Digestion } from './digestion.ts';
import { ask } from './engine-side.ts';
import type { Life } from './life.ts';
import { Violation } from './machine.ts';
import type { Operation, Read } from './operation.ts';
import { passTime } from './passing-time.ts';
import { isSynced, isTelling } from './promises.ts';
import type { Run } from './run.ts';
import { queueOf, ROLES } from './traits.ts';

/** All clients before one server. */
export class Crowd {
  readonly clients: readonly Client[];
  readonly #run: Run;
  readonly #life: Life;
  readonly #digestion: Digestion;

  constructor(run: Run, life: Life) {
    this.clients = run.clients;
    this.#run = run;
    this.#life = life;
    this.#digestion = new Digestion(run, life);
  }

  ask(client: Client, operations: readonly Operation[]): void {
    const burst = operations.map((operation) => this.#begin(client, operation));
    this.#askOne(burst, 0);
  }

  /** Asks for one thing and, at once or behind its answer, for the next. */
  #askOne(burst: readonly Asked[], index: number): void {
    const asked = burst[index];
    if (asked === undefined || this.#life.isOver) return;
    const { resolve, reject } = this.#completion(asked);
    let isHeld = false;
    const answered = (): void => {
      if (isHeld) this.#askOne(burst, index + 1);
      isHeld = false;
    };
    const done: Completion<unknown> = {
      resolve: (value) => {
        resolve(value as never);
        answered();
      },
      reject: (error) => {
        reject(error);
        answered();
      },
    };
    isHeld = !ask(this.#life.machine.engine, asked.operation, done) && asked.answer === undefined;
    if (!isHeld) this.#askOne(burst, index + 1);
  }

  /** One thing that concerns everybody; nobody may have anything else under way. */
  askForAll(operation: Operation): void {
    const completions = this.clients.map((client) => this.#completion(this.#begin(client, operation)));
    ask(this.#life.machine.engine, operation, {
      resolve: (value) => {
        for (const { resolve } of completions) resolve(value);
      },
      reject: (error) => {
        for (const { reject } of completions) reject(error);
      },
    });
  }

  /** What the server itself asks for when it has started, and nobody waits for. */
  schedule(): void {
    ask(this.#life.machine.engine, { type: 'schedule', lines: this.#run.traits.lines }, IGNORED);
  }

  /** Has what has expired go, wherever it is next. False when it crashed. */
  async peekAll(): Promise<boolean> {
    const { machine } = this.#life;
    for (const role of ROLES) {
      for (const client of this.clients) {
        const queue = queueOf(client.name, role);
        readers.peek(client.world, queue, false);
        client.pushUnsure(client.world);
        machine.engine.peek({ queue, failed: false, jobId: '', watchList: undefined }, IGNORED);
      }
      await machine.rest();
      if (this.#life.isOver) return false;
    }
    return true;
  }

  wait(client: Client, read: Read): void {
    const [queue] = read.queues as [string];
    const note = (answer: Answer): void => {
      if (this.#life.isOver) return;
      wait.answer = answer;
      this.#note(`  ${client.name} has waited for ${queue}: ${describeAnswer(answer)}`);
    };
    const wait: Wait = {
      read,
      waiter: {
        ...read,
        queue,
        until: this.#run.clock.now + read.waitMs,
        answer: (value) => {
          wait.expected = { value };
        },
      },
      answer: undefined,
      expected: undefined,
      done: {
        resolve: (value) => note({ value, moment: this.#life.nextMoment() }),
        reject: (error) => note({ error, moment: this.#life.nextMoment() }),
      },
    };
    client.world.waiters.push(wait.waiter);
    client.waits.push(wait);
    this.#note(`${this.#run.clock.now} ${client.name} waits: ${describeOperation(read)}`);
    this.#run.coverage.note('asked: read that waits');
    ask(this.#life.machine.engine, read, wait.done as never);
  }

  /** Ends a wait: nothing comes any more, and unless the client `isGone` the engine says so. */
  endWait(client: Client, isGone: boolean): void {
    const wait = client.waits.find(({ expected }) => expected === undefined);
    if (wait === undefined) return;
    this.#note(`${client.name} waits no more for ${wait.read.queues}`);
    removeWaiter(client.world, wait);
    const { engine } = this.#life.machine;
    if (isGone) {
      client.waits = client.waits.filter((each) => each !== wait);
      engine.abandon(wait.done);
    } else {
      wait.expected = { value: undefined };
      engine.stopWaiting(wait.done);
    }
  }

  /** Has the model do what was answered, and compares. */
  digest(): void {
    for (const client of this.clients) this.#digestion.digest(client);
  }

  /** Turns until nothing is under way, and compares what can be seen of the queues. False when it crashed. */
  async rest(): Promise<boolean> {
    await this.#life.machine.rest();
    if (this.#life.isOver) return false;
    this.digest();
    if (this.#life.hasFailed) return true;
    for (const client of this.clients) {
      if (client.asked.length === 0) {
        client.mustRest = false;
        client.settleStages(this.#life.nextMoment());
      }
      if (!this.#life.isShort) this.#compare(client);
    }
    return true;
  }

  /** Lets time pass, from one thing that happens to the next. Everybody is at rest. False when it came to an end. */
  async advance(ms: number): Promise<boolean> {
    const { clock } = this.#run;
    const end = clock.now + ms;
    while (clock.now < end) {
      const due = Math.min(...this.clients.map(({ world }) => nextChange(world)));
      clock.now = Math.max(clock.now, Math.min(due, this.#life.machine.loop.nextTimer, end));
      this.pass();
      if (!(await this.rest()) || this.#life.hasFailed) return false;
    }
    return true;
  }

  /** What the model thinks happens at this moment by itself. */
  pass(): void {
    const { now } = this.#run.clock;
    const queues = this.#life.machine.engine.page(0, 1000).queues.map(({ name }) => name);
    for (const client of this.clients) {
      const { world } = client;
      const before = world.copy();
      for (const { queue, number, reservation } of world.items) {
        if ((reservation?.deadline || now + 1) > now) continue;
        this.#run.coverage.note('leases that were over');
        this.#note(`${now} a lease is over: ${queue}, number ${number}`);
      }
      passTime(world, (stage) => client.pushUnsure(stage), queues);
      this.#run.coverage.noteLife(before, world);
    }
  }

  #begin(client: Client, operation: Operation): Asked {
    const asked: Asked = { operation, moment: this.#life.nextMoment(), answer: undefined };
    client.asked.push(asked);
    this.#run.coverage.note(`asked: ${operation.type}`);
    this.#note(`${this.#run.clock.now} ${client.name} asks ${asked.moment}: ${describeOperation(operation)}`);
    return asked;
  }

  #completion(asked: Asked): { resolve(value: unknown): void; reject(error: Error): void } {
    const life = this.#life;
    return {
      resolve: (value) => {
        if (life.isOver) return;
        this.#noteAnswer(asked, { value, moment: life.nextMoment() });
        life.isTold ||= isTelling(asked.operation, value);
        if (!isSynced(asked.operation, value)) return;
        if (life.hasFailed)
          throw new Violation(`${asked.operation.type} is acknowledged after the disk has failed`);
        if (this.#run.traits.sync === 'always')
          life.durableMoment = Math.max(life.durableMoment, asked.moment);
      },
      reject: (error) => {
        if (life.isOver) return;
        // After a failure nobody knows what was done.
        const isKnown = error instanceof StoppingError || !life.hasFailed;
        if (isKnown) this.#noteAnswer(asked, { error, moment: life.nextMoment() });
      },
    };
  }

  #noteAnswer(asked: Asked, answer: Answer): void {
    if (asked.answer !== undefined) throw new Violation(`${asked.operation.type} is answered twice`);
    asked.answer = answer;
    this.#note(`  ${asked.moment} is answered: ${describeAnswer(answer)}`);
  }

  /** At rest: everything is answered, and the engine has as much in its queues as the client's world. */
  #compare(client: Client): void {
    const [unanswered] = client.asked;
    if (unanswered !== undefined) {
      throw new Violation(`${client.name}: ${unanswered.operation.type} is never answered`);
    }
    for (const { answer, expected, read } of client.waits) {
      if (answer === undefined && expected === undefined) continue;
      const which = answer === undefined ? 'gets nothing' : 'gets something';
      throw new Violation(`${client.name}: a read that waits for ${read.queues} ${which}, wrongly`);
    }
    for (const queue of client.queues) {
      const expected = describeCounts(worldCounts(client.world, queue));
      const actual = describeCounts(this.#life.machine.statsOf(queue));
      if (actual !== expected) throw new Violation(`${queue} has ${actual}, but should have ${expected}`);
    }
  }

  #note(line: string): void {
    this.#run.diary.note(line);
  }
}
