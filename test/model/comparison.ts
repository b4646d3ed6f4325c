import { expect } from 'vitest';
import type { MessageRef } from '../../server/engine/api.ts';
import { QueueFullError } from '../../shared/errors.ts';
import { WatchList } from '../../shared/watch-list.ts';
import { act, chosen, hasText, isKnown, selectedBy } from './actions.ts';
import { lookAtEnds } from './end-waits.ts';
import { enqueue, FULL } from './enqueue.ts';
import type { Expected, Item, Reservation } from './item.ts';
import * as lifecycle from './lifecycle.ts';
import type { Crash, Logs } from './logs.ts';
import * as operator from './operator.ts';
import { Pair, TAKE } from './pair.ts';
import { POLICIES } from './policies.ts';
import * as readers from './readers.ts';
import { dropSurplusFailures } from './retention.ts';
import { runNow, setDisabled } from './schedule.ts';
import type { Step } from './steps.ts';
import type { Tally } from './tally.ts';
import { nextChange, resetCounters } from './time.ts';
import { World } from './world.ts';

/** A queue that nothing is in. */
const EMPTY = 'empty';

/**
 * Has the engine and the model do the same.
 *
 * The model does everything at once, while the engine may have to read from the disk first. So there are turns of
 * the event loop between any two moments at which something happens, and no two such moments are the same: steps
 * come, and delays and leases end, at even milliseconds, and waits end at odd ones.
 */
export class Comparison {
  readonly #pair: Pair;
  #bodies = 0;
  /** What was acted on last. */
  #acted: readonly { readonly ref: MessageRef; readonly number: number }[] = [];
  /** Whether the last answer has promised that all there is is on the disk. */
  #isDurable = false;
  /** Whether no read waited before this step: what it gets is not promised. */
  #isCalm = true;

  constructor(logs: Logs, tally: Tally) {
    this.#pair = new Pair(new World(POLICIES, Date.now), logs, tally);
  }

  start(): Promise<void> {
    return this.#pair.start();
  }

  async run(step: Step): Promise<void> {
    const pair = this.#pair;
    // Leases that are over are not written to the disk at once.
    if (nextChange(pair.world) <= Date.now() + 2) this.#isDurable = false;
    if (await pair.advance(2)) this.#isDurable = false;
    await pair.settle();
    await this.#do(step);
    await pair.settle();
    await pair.compareShadow();
    await pair.compareJobs();
    pair.compareState();
    await pair.compareLists();
  }

  /** Takes out everything that is left, as it becomes ready. */
  async finish(): Promise<void> {
    const pair = this.#pair;
    await this.#do({ type: 'schedule', lines: [] });
    await this.#do({ type: 'reopen', downMs: 0 });
    for (const { queue, jobId, rhythm } of pair.world.items) {
      if (rhythm !== undefined) await this.#do({ type: 'cancel', queue, jobId });
    }
    for (const queue of pair.world.queues.keys()) await this.#do({ type: 'resume', queue });
    await pair.settle();
    for (;;) {
      await pair.takeAll();
      const due = nextChange(pair.world);
      if (due === Number.POSITIVE_INFINITY) break;
      await pair.advance(due - Date.now());
      await pair.settle();
    }
    await pair.finish();
  }

  async #do(step: Step): Promise<void> {
    await this.#ask(step);
    // Whatever it was, it may have been what a group waited for.
    const { world } = this.#pair;
    for (const { queue } of world.waiters) readers.serve(world, queue);
    lookAtEnds(world);
  }

  async #ask(step: Step): Promise<void> {
    const pair = this.#pair;
    const { world, engine } = pair;
    const wasDurable = this.#isDurable;
    this.#isDurable = false;
    this.#isCalm = world.waiters.length === 0;
    switch (step.type) {
      case 'enqueue':
        await this.#findExpired(this.#fullOfExpired(step.queue));
        return this.#enqueue(step);
      case 'reserve':
        return pair.expectDelivery(
          engine.reserve(step.queue, step),
          readers.reserve(world, [step.queue], step),
        );
      case 'watch': {
        await this.#findExpired(step.queues);
        const watchList = WatchList.parse(step.queues.join()) as WatchList;
        return pair.expectDelivery(
          engine.take('', { ...TAKE, watchList }),
          readers.reserve(world, step.queues, TAKE),
        );
      }
      case 'watchAll':
        return this.#takeAny();
      case 'burst':
        return this.#burst(step.steps);
      case 'peek':
        return pair.expectDelivery(
          engine.peek(step.queue, step.failed, step.jobId),
          readers.peek(world, step.queue, step.failed, step.jobId),
        );
      case 'purge':
        operator.purge(world, step.queue);
        return pair.expectValue(engine.purge(step.queue), undefined);
      case 'drop':
        this.#expectDurable(engine.drop(step.queue), operator.drop(world, step.queue));
        // What is scheduled for it comes again.
        this.#isDurable &&= !world.queues.has(step.queue);
        return;
      case 'wait': {
        const read = engine.reserve(step.queue, step);
        const until = world.now() + step.waitMs;
        const answer = (expected: Expected | undefined) => pair.expectDelivery(read, expected);
        return readers.wait(world, { ...step, until, answer });
      }
      case 'awaitEnd':
        return pair.expectEnd(step.queue, step.jobId, step.waitMs);
      case 'complete':
        return this.#end(step.which, (held) => [
          engine.complete(held.token, step.result),
          lifecycle.complete(world, held, step.result),
        ]);
      case 'release':
        return this.#end(step.which, (held) => [
          engine.release(held.token, step.reason),
          lifecycle.release(world, held, step.reason),
        ]);
      case 'fail': {
        const held = pair.held(step.which);
        if (held === undefined) return;
        return this.#expectDurable(
          engine.fail(held.token, step.error, step.final, step.died),
          lifecycle.fail(world, held, step),
        );
      }
      case 'extend':
        return this.#end(step.which, (held) => [
          engine.extend(held.token, step.leaseMs),
          lifecycle.extend(world, held, step.leaseMs),
        ]);
      case 'progress':
        return this.#end(step.which, (held) => [
          engine.progress(held.token, step.text),
          lifecycle.progress(held, step.text),
        ]);
      case 'takeFailed':
        return pair.expectDelivery(
          engine.take(step.queue, { ...TAKE, failed: true, jobId: step.jobId }),
          readers.takeFailed(world, step.queue, step.jobId),
        );
      case 'retryFailed':
        return this.#expectDurable(
          engine.retryFailed(step.queue, step.delay, step.jobId),
          lifecycle.retryFailed(world, step.queue, step.jobId, step.delay),
        );
      case 'discardFailed':
        return this.#expectDurable(
          engine.discardFailed(step.queue, step.jobId),
          operator.discardFailed(world, step.queue, step.jobId),
        );
      case 'cancel':
        return this.#expectDurable(
          engine.cancel(step.queue, step.jobId),
          operator.cancel(world, step.queue, step.jobId),
        );
      case 'pause':
        operator.pause(world, step.queue);
        this.#isDurable = this.#isCalm;
        return pair.expectValue(engine.pause(step.queue), undefined);
      case 'resume':
        return this.#expectDurable(engine.resume(step.queue), operator.resume(world, step.queue));
      case 'move':
        return this.#expectDurable(
          engine.move(step.queue, step.to),
          operator.move(world, step.queue, step.to),
        );
      case 'act':
        return this.#act(step);
      case 'policy':
        world.setPolicy(step.queue, step.policy);
        dropSurplusFailures(world, step.queue);
        engine.policiesChanged();
        return readers.serve(world, step.queue);
      case 'resetStats':
        resetCounters(world);
        return engine.engine.resetStats();
      case 'advance':
        await pair.advance(step.ms);
        return;
      case 'schedule':
        return pair.setSchedule(step.lines);
      case 'runNow':
        return this.#expectDurable(engine.engine.schedules.runNow(step.jobId), runNow(world, step.jobId));
      case 'setDisabled':
        return this.#expectDurable(
          engine.engine.schedules.setDisabled(step.jobId, step.isDisabled),
          setDisabled(world, step.jobId, step.isDisabled),
        );
      case 'reopen':
        return pair.lasts ? pair.reopen(step.downMs) : undefined;
      case 'kill':
        return this.#crash({ hasPower: true, seed: 0 }, step.downMs, wasDurable);
      case 'powerCut':
        return this.#crash({ hasPower: false, seed: step.seed }, step.downMs, wasDurable);
    }
  }

  #enqueue(step: Extract<Step, { type: 'enqueue' }>): void {
    const { engine, world } = this.#pair;
    const number = ++this.#bodies;
    const body = `${number}:${String.fromCharCode(97 + (number % 26)).repeat(step.size)}`;
    const answer = engine.enqueue(step.queue, body, step).catch((problem: Error) => {
      expect(problem).toBeInstanceOf(QueueFullError);
      return FULL;
    });
    const { dropped } = world;
    const stored = enqueue(world, step.queue, { ...step, body });
    this.#pair.expectStored(answer, stored);
    // What is discarded for it may be a run, of which the end is not awaited.
    this.#isDurable = stored !== 0 && stored !== FULL && this.#isCalm && world.dropped === dropped;
  }

  /** To what was chosen by handles, some of which may be of messages that are gone, or by a filter. */
  #act(step: Extract<Step, { type: 'act' }>): void {
    const { world, engine } = this.#pair;
    const { queue, verb, state, group, text, delayMs, to } = step;
    const candidates = state === undefined ? chosen(world, step) : selectedBy(world, { ...step, state });
    const known = candidates.flatMap((item) => {
      const ref = this.#pair.refOf(item);
      return ref === undefined ? [] : [{ ref, number: item.number }];
    });
    if (known.length < candidates.length) return;
    const gone = this.#acted.filter(({ number }) => !isKnown(world, number));
    this.#acted = known;
    const isMove = verb === 'move' && candidates.length + (state === undefined ? gone.length : 0) > 0;
    // That it was asked for is no use that any counter tells of.
    if (isMove) world.queue(to).seen = '';
    const select =
      state === undefined
        ? { refs: [...known, ...gone].map(({ ref }) => ref) }
        : { filter: { queue, state, text, ...(group === '' ? {} : { group }) } };
    const begun = engine.engine.actions.begin({ verb, select, delayMs, to });
    const items = state === undefined ? candidates : candidates.filter((item) => hasText(world, item, text));
    const { done, why } = act(world, items, step, state === undefined ? gone.length : 0);
    this.#expectDurable(
      begun.then((action) => {
        const told = action.skipped.map((each) => each.why).join();
        return `${action.state}: ${action.done} of ${action.total}; ${told}`;
      }),
      `done: ${done} of ${done + why.length}; ${why.join()}`,
    );
  }

  /** From whichever queue the engine likes best. */
  async #takeAny(): Promise<void> {
    const pair = this.#pair;
    await this.#findExpired([...pair.world.queues.keys()]);
    const isAny = [...pair.world.queues].some(
      ([name]) => pair.world.mayRun(name, 'take') && pair.world.first(name, 'free') !== undefined,
    );
    const delivery = await pair.engine.take('', { ...TAKE, watchList: WatchList.parse('*') as WatchList });
    expect(delivery !== undefined).toBe(isAny);
    const queues = delivery === undefined ? [] : [delivery.queue];
    pair.expectDelivery(Promise.resolve(delivery), readers.reserve(pair.world, queues, TAKE));
  }

  /**
   * Of the queues that get what is set on one: those with a limit and with something that has expired, and that may have
   * to be read from the disk before it makes room.
   */
  #fullOfExpired(queue: string): string[] {
    const { world } = this.#pair;
    return [queue, ...world.policyOf(queue).fanoutTo].filter((each) => {
      const { maxItems, deadLetterTo } = world.policyOf(each);
      const isStored = ({ jobId }: Item): boolean => deadLetterTo !== undefined || jobId !== '';
      const ready = world.list(each, 'ready');
      return maxItems > 0 && ready.some((item) => readers.isExpired(world, item) && isStored(item));
    });
  }

  /** What expired in one queue may be on its way to another one, which is to be looked at as well. */
  async #findExpired(queues: readonly string[]): Promise<void> {
    const pair = this.#pair;
    const { world } = pair;
    for (const queue of queues) {
      if (this.#isQuick(queue)) continue;
      await this.#do({ type: 'peek', queue, failed: false, jobId: '' });
      await pair.settle();
      const first = world.first(queue, 'any');
      if (first === undefined || !readers.isExpired(world, first)) continue;
      // Its group may not go on, and another one may: nobody comes upon it before the next second.
      await pair.advance(world.second + 1000 - world.now());
      await pair.settle();
    }
  }

  async #burst(steps: Extract<Step, { type: 'burst' }>['steps']): Promise<void> {
    for (const step of steps) {
      const isQuick = this.#isQuick(step.queue);
      await this.#do(step);
      if (!isQuick) await this.#pair.settle();
    }
    this.#isDurable = false;
  }

  /**
   * Whether what comes next to a queue finds all that is under way as it will be. Not so where messages count until
   * they have been read from the disk, or go elsewhere then.
   */
  #isQuick(queue: string): boolean {
    const { world } = this.#pair;
    return (
      !world.items.some((item) => readers.isExpired(world, item)) &&
      [queue, ...world.policyOf(queue).fanoutTo].every((each) => {
        const { maxItems, maxRunning } = world.policyOf(each);
        return maxItems === 0 && maxRunning === 0;
      })
    );
  }

  async #crash(crash: Crash, downMs: number, wasDurable: boolean): Promise<void> {
    if (!this.#pair.lasts) return;
    if (!wasDurable) await this.#makeDurable();
    await this.#pair.settle();
    await this.#pair.crash(crash, downMs);
    await this.#makeDurable();
    const fork = await this.#pair.fork();
    if (fork === undefined) return;
    await fork.compareJobs();
    await fork.takeAll();
    await fork.stop();
  }

  /** Changes what matters to nobody. When it is answered everything before it is on the disk, too. */
  async #makeDurable(): Promise<void> {
    const isPaused = this.#pair.world.isPaused(EMPTY);
    await this.#do({ type: isPaused ? 'resume' : 'pause', queue: EMPTY });
    await this.#pair.settle();
  }

  /** An answer that comes after the disk has all of it; also where nothing was changed, for it has seen what was. */
  #expectDurable<T>(answer: Promise<T>, expected: T): void {
    this.#isDurable = this.#isCalm;
    this.#pair.expectValue(answer, expected);
  }

  #end(which: number, act: (held: Reservation) => [Promise<boolean>, boolean]): void {
    const held = this.#pair.held(which);
    if (held !== undefined) this.#pair.expectValue(...act(held));
  }
}
