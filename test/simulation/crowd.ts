import { type Delivery, IGNORED } from '../../server/engine/engine.ts';
import { DiskError, QueueFullError, StoppingError } from '../../shared/errors.ts';
import * as readers from '../model/readers.ts';
import type { Line } from '../model/schedule.ts';
import type { World } from '../model/world.ts';
import { checkAnswer, checkDelivery } from './answers.ts';
import type { Answer, Asked, Client, Wait } from './client.ts';
import type { Clock } from './clock.ts';
import type { Coverage } from './coverage.ts';
import { describeCounts, worldCounts } from './descriptions.ts';
import type { Diary } from './diary.ts';
import { ask } from './engine-side.ts';
import { retrySome } from './half-done.ts';
import type { Identities } from './identities.ts';
import { type Machine, Violation } from './machine.ts';
import { copyWithWaiters, heldBy, perform } from './model-side.ts';
import { nameOfBody, type Operation, type Read } from './operation.ts';
import { nextDue, passTime } from './passing-time.ts';
import type { Plan } from './plan.ts';
import { isSynced } from './promises.ts';
import { queueOf, ROLES, type Traits } from './traits.ts';

/** All clients, before one server from its start to its end. */
export class Crowd {
  readonly clients: readonly Client[];
  readonly #machine: Machine;
  readonly #clock: Clock;
  readonly #traits: Traits;
  readonly #identities: Identities;
  readonly #coverage: Coverage;
  /** Ascending with everything that is asked or answered. */
  #moment = 1;
  /** All that was written before this moment is on the disk. */
  durableMoment = 0;
  readonly #plan: Plan;
  readonly #diary: Diary;
  isFull = false;
  /** Something was refused after it had begun: only a look at all there is can tell what was done. */
  isUnclear = false;

  constructor(
    clients: readonly Client[],
    machine: Machine,
    clock: Clock,
    traits: Traits,
    identities: Identities,
    coverage: Coverage,
    plan: Plan,
    diary: Diary,
  ) {
    this.#plan = plan;
    this.#diary = diary;
    this.clients = clients;
    this.#machine = machine;
    this.#clock = clock;
    this.#traits = traits;
    this.#identities = identities;
    this.#coverage = coverage;
  }

  /** The disk is full, or has failed at something: messages may be refused, and other things wait. */
  get isShort(): boolean {
    return this.isFull || this.#plan.failed !== undefined;
  }

  /** The journal's failure, which is final. */
  get hasFailed(): boolean {
    return this.#machine.engine.stats().details.get('journal_failure') !== 'none';
  }

  ask(client: Client, operations: readonly Operation[]): void {
    const burst = operations.map((operation) => this.#begin(client, operation));
    for (const asked of burst) this.#coverage.note(`asked: ${asked.operation.type}`);
    for (const asked of burst) ask(this.#machine.engine, asked.operation, this.#completion(asked));
  }

  /** One thing that concerns everybody; nobody may have anything else under way. */
  askForAll(operation: Operation): void {
    const all = this.clients.map((client) => this.#begin(client, operation));
    this.#coverage.note('asked for all');
    const completions = all.map((asked) => this.#completion(asked));
    ask(this.#machine.engine, operation, {
      resolve: (value) => {
        for (const { resolve } of completions) resolve(value);
      },
      reject: (error) => {
        for (const { reject } of completions) reject(error);
      },
    });
  }

  /** What everybody does at the start, and nobody waits for. */
  schedule(lines: readonly Line[]): void {
    ask(this.#machine.engine, { type: 'schedule', lines }, IGNORED);
  }

  /** Has what has expired go, wherever it is next. False when it crashed. */
  async peekAll(): Promise<boolean> {
    for (const role of ROLES) {
      for (const { name, world } of this.clients) {
        readers.peek(world, queueOf(name, role), false);
        this.#machine.engine.peek(queueOf(name, role), false, IGNORED);
      }
      for (const client of this.clients) {
        client.pushStage(client.world, undefined, Number.POSITIVE_INFINITY, false);
      }
      await this.#machine.rest();
      if (this.#machine.disk.isDead) return false;
    }
    return true;
  }

  wait(client: Client, read: Read): void {
    const [queue] = read.queues as [string];
    const note = (answer: Answer): void => {
      if (this.#machine.disk.isDead) return;
      wait.answer = answer;
      this.#diary.note(`  ${client.name} ends to wait for ${queue}: ${describeAnswer(answer)}`);
    };
    const wait: Wait = {
      read,
      waiter: {
        ...read,
        queue,
        until: this.#clock.now + read.waitMs,
        answer: (value) => {
          wait.expected = { value };
        },
      },
      answer: undefined,
      expected: undefined,
      done: {
        resolve: (value) => note({ value, moment: this.#moment++ }),
        reject: (error) => note({ error, moment: this.#moment++ }),
      },
    };
    client.world.waiters.push(wait.waiter);
    client.waits.push(wait);
    this.#diary.note(`${this.#clock.now} ${client.name} waits: ${describe(read)}`);
    this.#coverage.note('reads that wait');
    ask(this.#machine.engine, read, wait.done as never);
  }

  /** Ends a wait: nothing comes any more, and unless `isGone` the engine says so. */
  endWait(client: Client, isGone: boolean): void {
    const wait = client.waits.find(({ expected }) => expected === undefined);
    if (wait === undefined) return;
    this.#diary.note(`${client.name} waits no more for ${wait.read.queues}`);
    removeWaiter(client.world, wait);
    const { engine } = this.#machine;
    const [queue] = wait.read.queues as [string];
    if (isGone) {
      client.waits = client.waits.filter((each) => each !== wait);
      engine.abandon(queue, wait.done);
    } else {
      wait.expected = { value: undefined };
      engine.stopWaiting(queue, wait.done);
    }
  }

  /** Has the model do what was answered, and compares. */
  digest(): void {
    for (const client of this.clients) {
      const { asked } = client;
      if (asked.length > 0 && asked.every(({ answer }) => answer !== undefined)) {
        client.asked = [];
        this.#digest(client, asked);
      }
      this.#digestWaits(client);
      // Who waits may have to do so until there is room in the journal for what becomes of the message.
      client.mustRest ||= client.waits.some(({ expected }) => expected !== undefined);
    }
  }

  /** Turns until nothing is under way, and compares what can be seen of the queues. False when it crashed. */
  async rest(): Promise<boolean> {
    const { disk, engine } = this.#machine;
    await this.#machine.rest();
    if (disk.isDead) return false;
    this.digest();
    if (this.hasFailed) return true;
    for (const client of this.clients) {
      if (this.isShort && client.asked.length > 0) continue;
      if (client.asked.length > 0) {
        throw new Violation(`${client.name}: ${client.asked[0]?.operation.type} is never answered`);
      }
      client.mustRest = false;
      client.settleStages(this.#moment++);
      const late = client.waits.find(
        ({ answer, expected }) => answer !== undefined || expected !== undefined,
      );
      if (this.isShort) continue;
      if (late !== undefined) {
        const which = late.answer === undefined ? 'gets nothing' : 'gets something';
        throw new Violation(`${client.name}: a read that waits for ${late.read.queues} ${which}, wrongly`);
      }
      for (const queue of client.queues) {
        const counted = describeCounts(worldCounts(client.world, queue));
        const actual = describeCounts(engine.queueStats(queue));
        if (actual !== counted) throw new Violation(`${queue} has ${actual}, but should have ${counted}`);
      }
    }
    return true;
  }

  /** Lets time pass, from one thing that happens to the next. Everybody is at rest. False when it crashed. */
  async advance(ms: number): Promise<boolean> {
    const end = this.#clock.now + ms;
    while (this.#clock.now < end) {
      const due = Math.min(...this.clients.map(({ world }) => nextDue(world)));
      this.#clock.now = Math.max(this.#clock.now, Math.min(due, this.#machine.loop.nextTimer, end));
      this.pass();
      if (!(await this.rest()) || this.hasFailed) return false;
    }
    return true;
  }

  /** What the model thinks happens at this moment by itself. */
  pass(): void {
    for (const client of this.clients) {
      const { now } = this.#clock;
      const lapsed = client.world.items.filter(
        ({ reservation }) => (reservation?.deadline || now + 1) <= now,
      );
      this.#coverage.note('leases that were over', lapsed.length);
      for (const { queue, number } of lapsed)
        this.#diary.note(`${now} a lease is over: ${queue}, number ${number}`);
      passTime(client.world, (world) => client.pushStage(world, undefined, Number.POSITIVE_INFINITY, false));
    }
  }

  #begin(client: Client, operation: Operation): Asked {
    const asked: Asked = { operation, moment: this.#moment++, answer: undefined };
    client.asked.push(asked);
    this.#diary.note(`${this.#clock.now} ${client.name} asks ${asked.moment}: ${describe(operation)}`);
    return asked;
  }

  #completion(asked: Asked): { resolve(value: unknown): void; reject(error: Error): void } {
    const { disk } = this.#machine;
    return {
      resolve: (value) => {
        if (disk.isDead) return;
        this.#note(asked, { value, moment: this.#moment++ });
        if (this.#traits.sync === 'always' && isSynced(asked.operation, value)) {
          this.durableMoment = Math.max(this.durableMoment, asked.moment);
        }
      },
      reject: (error) => {
        if (disk.isDead) return;
        // After a failure nobody knows what was done.
        if (error instanceof StoppingError || !this.hasFailed)
          this.#note(asked, { error, moment: this.#moment++ });
      },
    };
  }

  #note(asked: Asked, answer: Answer): void {
    if (asked.answer !== undefined) throw new Violation(`${asked.operation.type} is answered twice`);
    asked.answer = answer;
    this.#diary.note(`  ${asked.moment} is answered: ${describeAnswer(answer)}`);
    if ('error' in answer || !this.hasFailed) return;
    if (isSynced(asked.operation, answer.value)) {
      throw new Violation(`${asked.operation.type} is acknowledged after the disk has failed`);
    }
  }

  #digest(client: Client, burst: readonly Asked[]): void {
    const isAlways = this.#traits.sync === 'always';
    const before = copyWithWaiters(client.world);
    let writtenAt = 0;
    let isDurable = isAlways;
    for (const { operation, answer } of burst as Answered[]) {
      if ('error' in answer && this.#isRefusal(operation, answer.error)) {
        if (operation.type === 'retryFailed') this.#digestPart(client, operation.queue, operation.delay);
        // What has expired may have gone before it was refused.
        this.isUnclear ||= client.world.items.some((item) => readers.isExpired(client.world, item));
        continue;
      }
      this.#digestOne(client, operation, answer);
      writtenAt = Math.max(writtenAt, answer.moment);
      isDurable &&= !('error' in answer) && isSynced(operation, answer.value);
    }
    // All of it was refused.
    if (writtenAt === 0) return;
    if (client.waits.some(({ expected, answer }) => expected !== undefined && answer === undefined)) {
      this.#pushUnserved(client, before, burst, writtenAt, isDurable);
    } else {
      client.pushStage(client.world, burst, writtenAt, isDurable);
    }
    if (isAlways) client.forgetStages(this.durableMoment);
  }

  /** What was asked is done, but those who wait for what it brings may have to wait for room. */
  #pushUnserved(
    client: Client,
    before: World,
    burst: readonly Asked[],
    writtenAt: number,
    isDurable: boolean,
  ): void {
    const unserved = before.copy();
    const half = copyWithWaiters(before, 'open');
    for (const { operation } of burst) {
      perform(unserved, operation);
      perform(half, operation);
    }
    client.pushStage(unserved, burst, writtenAt, isDurable);
    client.pushStage(half, undefined, Number.POSITIVE_INFINITY, false);
    client.pushStage(client.world, undefined, Number.POSITIVE_INFINITY, false);
  }

  #digestOne(client: Client, operation: Operation, answer: Answer): void {
    const { world } = client;
    const expired = world.items.filter((item) => readers.isExpired(world, item)).length;
    const held = 'token' in operation ? heldBy(world, operation.token)?.item : undefined;
    const isLast = held !== undefined && held.attempts >= world.policyOf(held.queue).maxAttempts;
    const prediction = perform(world, operation);
    checkAnswer(client, describe(operation), prediction, answer, this.#identities);
    // What expired, or has failed for the last time, may have to be read from the disk.
    client.mustRest ||= world.items.filter((item) => readers.isExpired(world, item)).length < expired;
    client.mustRest ||= isLast;
  }

  /** Some of the failed messages were put back, and then there was no room for the others. */
  #digestPart(client: Client, queue: string, delay: number): void {
    const left = this.#machine.engine.queueStats(queue)?.failed ?? 0;
    const part = retrySome(client.world, queue, delay, client.world.counts(queue).failed - left);
    client.world.items = part.items;
    client.pushStage(client.world, undefined, this.#moment, false);
  }

  #digestWaits(client: Client): void {
    client.waits = client.waits.filter((wait) => {
      if (wait.answer === undefined) return true;
      if ('error' in wait.answer) {
        if (!this.hasFailed && this.#isRefusal(wait.read, wait.answer.error))
          removeWaiter(client.world, wait);
        return false;
      }
      if (wait.expected === undefined) return true;
      const delivery = wait.answer.value as Delivery | undefined;
      checkDelivery(client, describe(wait.read), wait.expected.value, delivery, this.#identities);
      return false;
    });
  }

  /** Whether it was refused for want of room; and anything else that goes wrong is none of what can. */
  #isRefusal(operation: Operation, error: Error): boolean {
    if (error instanceof QueueFullError || error instanceof StoppingError)
      return error instanceof StoppingError;
    if (!(error instanceof DiskError) || !this.isShort || error.code === 'DAMAGED') {
      throw new Violation(`${operation.type} is refused: ${error.stack}`);
    }
    this.#coverage.note(
      error.code === 'DISK_FULL' ? 'refused by a full disk' : 'refused by a disk in trouble',
    );
    return true;
  }
}

type Answered = Asked & { readonly answer: Answer };

function removeWaiter(world: World, { waiter }: Wait): void {
  world.waiters = world.waiters.filter((each) => each !== waiter);
}

function describe(operation: Operation): string {
  if ('body' in operation) operation = { ...operation, body: nameOfBody(operation.body) };
  const text = JSON.stringify(operation);
  return text.length > 250 ? `${text.slice(0, 250)}...` : text;
}

function describeAnswer(answer: Answer): string {
  if ('error' in answer) return answer.error.message;
  const { value } = answer;
  if (typeof value !== 'object' || value === null) return String(value);
  const { id, token, queue, attempt, body, start, end } = value as Delivery;
  return `${queue} ${nameOfBody(body.toString('latin1', start, end))}, id ${id}, token ${token}, attempt ${attempt}`;
}
