import type { Delivery } from '../../server/engine/api.ts';
import { DiskError, QueueFullError, StoppingError } from '../../shared/errors.ts';
import { isExpired } from '../model/readers.ts';
import type { World } from '../model/world.ts';
import { checkAnswer, checkDelivery } from './answers.ts';
import { type Answer, type Asked, type Client, removeWaiter } from './client.ts';
import { describeOperation } from './descriptions.ts';
import { halfMoved, retrySome, unexpired } from './half-done.ts';
import type { Life } from './life.ts';
import { Violation } from './machine.ts';
import { copyWithWaiters, heldBy, perform } from './model-side.ts';
import type { Operation } from './operation.ts';
import { isSynced } from './promises.ts';
import type { Run } from './run.ts';

type Answered = Asked & { readonly answer: Answer };

/** Has the worlds of the clients follow what the engine answers, and compares. */
export class Digestion {
  readonly #run: Run;
  readonly #life: Life;

  constructor(run: Run, life: Life) {
    this.#run = run;
    this.#life = life;
  }

  digest(client: Client): void {
    const { asked } = client;
    if (asked.length > 0 && asked.every(({ answer }) => answer !== undefined)) {
      client.asked = [];
      this.#digestBurst(client, asked as Answered[]);
    }
    this.#digestWaits(client);
    // Who waits may have to do so until there is room in the journal for what becomes of the message.
    client.mustRest ||= client.waits.some(({ expected }) => expected !== undefined);
  }

  #digestBurst(client: Client, burst: readonly Answered[]): void {
    const isAlways = this.#run.traits.sync === 'always';
    const before = copyWithWaiters(client.world);
    let writtenAt = 0;
    let isDurable = isAlways;
    for (const { operation, answer } of burst) {
      if ('error' in answer && this.#isRefusal(operation, answer.error)) {
        this.#digestRefusal(client, operation);
        continue;
      }
      this.#digestOne(client, operation, answer);
      writtenAt = Math.max(writtenAt, answer.moment);
      isDurable &&= !('error' in answer) && isSynced(operation, answer.value);
    }
    this.#run.coverage.noteLife(before, client.world);
    // All of it was refused.
    if (writtenAt === 0) return;
    if (client.waits.some(({ expected }) => expected !== undefined))
      this.#pushUnserved(client, before, burst, writtenAt, isDurable);
    else this.#pushDone(client, before, burst, writtenAt, isDurable);
    if (isAlways) client.forgetStages(this.#life.durableMoment);
  }

  #digestOne(client: Client, operation: Operation, answer: Answer): void {
    const { world } = client;
    const expired = expiredCount(world);
    const held = 'token' in operation ? heldBy(world, operation.token)?.item : undefined;
    const isLast = held !== undefined && held.attempts >= world.attemptLimit(held);
    const prediction = perform(world, operation);
    const { identities, traits } = this.#run;
    checkAnswer(client, describeOperation(operation), prediction, answer, identities, traits.getsFull);
    // What expired, or has failed for the last time, may have to be read from the disk.
    client.mustRest ||= isLast || expiredCount(world) < expired;
  }

  #digestRefusal(client: Client, operation: Operation): void {
    // What has expired may have gone before it was refused.
    this.#life.isUnclear ||= expiredCount(client.world) > 0;
    if (operation.type === 'move') this.#digestPartOfMove(client, operation);
    if (operation.type !== 'retryFailed') return;
    // Some were put back, and then there was no room for the others.
    const { world } = client;
    const { queue } = operation;
    const left = this.#life.machine.statsOf(queue)?.failed ?? 0;
    world.items = retrySome(world, operation, world.counts(queue).failed - left).items;
    client.pushStage(world, undefined, this.#life.nextMoment(), false);
  }

  /** Some have moved, and then there was no room for what the others take. */
  #digestPartOfMove(client: Client, { queue, to }: Extract<Operation, { type: 'move' }>): void {
    const { world } = client;
    const left = this.#life.machine.statsOf(queue);
    const { ready, delayed } = world.counts(queue);
    if ((left?.ready ?? 0) + (left?.delayed ?? 0) === ready + delayed) return;
    this.#life.isUnclear = true;
    for (const part of halfMoved(copyWithWaiters(world), queue, to)) client.pushUnsure(part);
  }

  /** What was asked is done, but what has expired may have to be read from the disk first. */
  #pushDone(
    client: Client,
    before: World,
    burst: readonly Asked[],
    writtenAt: number,
    isDurable: boolean,
  ): void {
    const [{ operation }] = burst as [Asked];
    const [first, ...others] = unexpired(before, operation);
    client.pushStage(first ?? client.world, burst, writtenAt, isDurable);
    for (const world of others) client.pushUnsure(world);
    if (first !== undefined) client.pushUnsure(client.world);
  }

  /**
   * What was asked is done, but those who wait for what it brings may have to wait for room. That they are served is no
   * part of what it promises.
   */
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
    client.pushUnsure(half);
    const served = client.waits.filter(({ expected }) => expected !== undefined);
    const moments = served.map(({ answer }) => answer?.moment ?? Number.POSITIVE_INFINITY);
    client.pushStage(client.world, undefined, Math.max(...moments), false);
  }

  #digestWaits(client: Client): void {
    client.waits = client.waits.filter((wait) => {
      if (wait.answer === undefined) return true;
      if ('error' in wait.answer) {
        const isRefused = !this.#life.hasFailed && this.#isRefusal(wait.read, wait.answer.error);
        if (isRefused) removeWaiter(client.world, wait);
        return false;
      }
      if (wait.expected === undefined) return true;
      const delivery = wait.answer.value as Delivery | undefined;
      const what = describeOperation(wait.read);
      checkDelivery(client, what, wait.expected.value, delivery, this.#run.identities);
      return false;
    });
  }

  /** Whether it was refused for want of room, or since the server stops; nothing else than a full queue may be. */
  #isRefusal(operation: Operation, error: Error): boolean {
    if (error instanceof QueueFullError) return false;
    if (error instanceof StoppingError) return true;
    if (!(error instanceof DiskError) || !this.#life.isShort || error.code === 'DAMAGED') {
      throw new Violation(`${operation.type} is refused: ${error.stack}`);
    }
    const why = error.code === 'DISK_FULL' ? 'a full disk' : 'a disk in trouble';
    this.#run.coverage.note(`refused by ${why}`);
    return true;
  }
}

function expiredCount(world: World): number {
  return world.items.filter((item) => isExpired(world, item)).length;
}
