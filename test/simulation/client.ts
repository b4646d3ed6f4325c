import type { Completion, Delivery } from '../../server/engine/api.ts';
import type { Policy } from '../../server/engine/policy.ts';
import type { Expected, Waiter } from '../model/item.ts';
import type { World } from '../model/world.ts';
import { copyWithWaiters } from './model-side.ts';
import type { Operation, Read } from './operation.ts';

export type Answer =
  | { readonly value: unknown; readonly moment: number }
  | { readonly error: Error; readonly moment: number };

/** An operation that the engine was asked for. */
export interface Asked {
  readonly operation: Operation;
  /** Ascending with everything that is asked or answered. */
  readonly moment: number;
  answer: Answer | undefined;
}

/** A read that waits: what the engine has answered, and what the model. */
export interface Wait {
  readonly read: Read;
  /** The same in the client's world. */
  readonly waiter: Waiter;
  readonly done: Completion<Delivery | undefined>;
  answer: Answer | undefined;
  expected: { readonly value: Expected | undefined } | undefined;
}

/** The world at a moment: a crash leaves one of them, or one between two of them. */
export interface Stage {
  readonly world: World;
  /** What led from the last one to here; undefined: the time. */
  readonly asked: readonly Asked[] | undefined;
  /** When that was, by the clock. */
  readonly at: number;
  /** The moment at which the system was known to have it; Infinity as long as it is not. */
  writtenAt: number;
  /** The disk is known to have it. */
  readonly isSynced: boolean;
  /** Worlds that may be there in its place: nobody can tell which it is. */
  readonly others: readonly World[];
}

/**
 * Someone who does one thing after the other, on queues that are nobody else's: so it is known what they hold, but for
 * what was asked last.
 */
export class Client {
  readonly name: string;
  readonly queues: readonly string[];
  world: World;
  /** What may be there in place of the world that was found. */
  others: readonly World[] = [];
  /** Since the last start, the first one being what that found. */
  stages: Stage[] = [];
  /** One operation, or a burst of them, not all of which are answered. */
  asked: Asked[] = [];
  waits: Wait[] = [];
  /** Something goes on behind the last answer, and nothing is to be asked before it is done. */
  mustRest = false;
  /** Tokens of reservations, also of those that are over. */
  tokens: number[] = [];

  constructor(name: string, queues: readonly string[], world: World) {
    this.name = name;
    this.queues = queues;
    this.world = world;
  }

  get isIdle(): boolean {
    return this.asked.length === 0 && !this.mustRest;
  }

  /** Begins before another server, with the world that it has found. */
  begin(): void {
    this.asked = [];
    this.waits = [];
    this.mustRest = false;
    this.stages = [];
    this.pushStage(this.world, undefined, 0, true, this.others);
  }

  /** What is asked from now on goes by another policy. */
  setPolicy(queue: string, policy: Policy): void {
    this.world.setPolicy(queue, policy);
    this.stages.at(-1)?.world.setPolicy(queue, policy);
  }

  pushStage(
    world: World,
    asked: readonly Asked[] | undefined,
    writtenAt: number,
    isSynced: boolean,
    others: readonly World[] = [],
  ): void {
    this.stages.push({ world: copyWithWaiters(world), asked, at: world.now(), writtenAt, isSynced, others });
  }

  /** A world that may not be on record yet. */
  pushUnsure(world: World, others: readonly World[] = []): void {
    this.pushStage(world, undefined, Number.POSITIVE_INFINITY, false, others);
  }

  /** What may be on record of something that is done to the world, and to what may be there in its place. */
  pushPart(act: (world: World) => void): void {
    const [world, ...others] = [this.world, ...this.others].map((each) => each.copy()) as [World, ...World[]];
    for (const each of [world, ...others]) act(each);
    this.pushUnsure(world, others);
  }

  /** Does to the world, and to what may be there in its place, what is not on record yet. */
  push(act: (world: World) => void): void {
    this.others = this.others.map((world) => world.copy());
    for (const world of [this.world, ...this.others]) act(world);
    this.pushUnsure(this.world, this.others);
  }

  /** What has happened by itself is on record by now. */
  settleStages(moment: number): void {
    for (let i = this.stages.length - 1; i >= 0; i--) {
      const stage = this.stages[i];
      if (stage.writtenAt < Number.POSITIVE_INFINITY) return;
      stage.writtenAt = moment;
    }
  }

  /** What is held under this number is held under this token, and has been all the time. */
  learnToken(number: number, token: number): void {
    this.tokens.push(token);
    for (const { world } of this.stages) {
      const reservation = world.items.find((item) => item.number === number)?.reservation;
      if (reservation?.token === 0) reservation.token = token;
    }
  }

  /** Forgets what can no longer come back, given that the disk has everything up to a moment. */
  forgetStages(durableMoment: number): void {
    this.stages.splice(0, this.durableStage(durableMoment));
  }

  /** The last stage that even a power cut leaves. */
  durableStage(durableMoment: number): number {
    return Math.max(
      0,
      this.stages.findLastIndex(({ writtenAt, isSynced }) => isSynced || writtenAt < durableMoment),
    );
  }

  /** The last stage that the end of the process leaves. */
  writtenStage(): number {
    return Math.max(
      0,
      this.stages.findLastIndex(({ writtenAt }) => writtenAt < Number.POSITIVE_INFINITY),
    );
  }
}

/** Who waits is served no more. */
export function removeWaiter(world: World, { waiter }: Wait): void {
  world.waiters = world.waiters.filter((each) => each !== waiter);
}
