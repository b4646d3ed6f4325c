import type { LastRun } from '../../server/engine/api.ts';
import { historyOf } from '../../server/engine/records.ts';
import type { Recurrence } from '../../server/engine/recurrence.ts';
import { MessageState, row } from '../../server/engine/state/message-table.ts';
import type { Queue } from '../../server/engine/state/queue.ts';
import type { State } from '../../server/engine/state/state-machine.ts';
import { type Backoff, backoffText } from '../../shared/backoff.ts';
import type { TestEngine } from '../helpers/local-engine.ts';
import { type Item, inOrder, type Rhythm } from './item.ts';
import type { Numbers } from './numbers.ts';
import { same } from './same.ts';
import type { World } from './world.ts';

const STATES = Object.keys(MessageState);

/** A message of a queue: its id, or its number in the model, and what there is to compare. */
interface Line {
  readonly id: number;
  readonly text: string;
}

/**
 * Queues, messages, their order, states, times and ids in an engine's state are those of the model, their sizes those of
 * the engine.
 */
export function compareState(world: World, engine: TestEngine, numbers: Numbers): void {
  const { state } = engine;
  const actual = describeState(state, world.now());
  const expected = describeWorld(world, engine);
  same(actual, expected);
  for (const queue of state.queues.all()) {
    const known = linesOfModel(world, queue.name);
    for (const [index, { id, slot }] of linesOf(state, queue, world.now()).entries()) {
      numbers.check(known[index].id, id);
      compareHistory(engine, slot, known[index].history);
    }
    const size = (slot: number): number => state.sizeOf(slot);
    same(queue.bytes, sum(queue.all().map(size)));
    same(queue.readyBytes, sum(queue.ready.all().map(size)));
    same(queue.endedBytes, sum([...queue.ended].map(size)));
  }
  const { queues, messages, bytes } = engine.engine.stats();
  const all = sum([...state.queues.all()].map((queue) => queue.bytes));
  same(`${queues} ${messages} ${bytes}`, `${world.queues.size} ${world.items.length} ${all}`);
}

/** What its record tells, where that is in memory. */
function compareHistory({ state, log }: TestEngine, slot: number, history: Item['history']): void {
  const page = state.table.page(slot);
  const record = log.find(page.position[row(slot)], page.size[row(slot)]);
  if (record === undefined) return;
  same(JSON.stringify(historyOf(record, state, slot)), JSON.stringify(history));
}

function describeState(state: State, now: number): string {
  const queues = [...state.queues.all()].map((queue) =>
    describe(queue.name, queue.isPaused, queue.bytes, linesOf(state, queue, now)),
  );
  return queues.sort().join('\n');
}

/** The bytes are the engine's word. */
function describeWorld(world: World, engine: TestEngine): string {
  const queues = [...world.queues].map(([name, { paused }]) =>
    describe(name, paused, engine.statsOf(name)?.bytes ?? 0, linesOfModel(world, name)),
  );
  return queues.sort().join('\n');
}

function describe(name: string, isPaused: boolean, bytes: number, lines: readonly Line[]): string {
  const head = `${name}: ${bytes} bytes${isPaused ? ', paused' : ''}`;
  return [head, ...lines.map(({ text }) => text)].join('\n  ');
}

function linesOf(state: State, queue: Queue, now: number): (Line & { slot: number })[] {
  const { table } = state;
  const byPlace = (a: number, b: number): number => {
    const [x, y] = [table.page(a), table.page(b)];
    const byOrder = x.order[row(a)] - y.order[row(b)];
    return x.priority(row(a)) - y.priority(row(b)) || byOrder;
  };
  const isForgotten = (slot: number): boolean => {
    const page = table.page(slot);
    return page.state[row(slot)] === MessageState.ended && page.due(row(slot)) <= now;
  };
  const slots = queue.all().filter((slot) => !isForgotten(slot));
  return slots.sort(byPlace).map((slot) => {
    const page = table.page(slot);
    const i = row(slot);
    // That a delay is over has no record.
    const isDue = page.state[i] === MessageState.delayed && page.due(i) <= now;
    const text = line(
      isDue ? MessageState.ready : page.state[i],
      isDue ? 0 : page.due(i),
      (page.state[i] === MessageState.ended
        ? `${page.attempts[i]}`
        : attemptsText(page.attempts[i], page.deaths(i), page.diedSilently(i))) +
        rulesText(page.maxAttempts(i), page.backoff(i)),
      page.expires(i),
      page.jobId(i) ?? '',
      recurrenceText(state.repeating.get(slot)?.recurrence) +
        disabledText(state.repeating.get(slot)?.isDisabled),
      state.repeating.get(slot)?.lastRun,
      state.leases.of(slot).cancelledAt,
    );
    return { id: Math.abs(page.order[i]), slot, text };
  });
}

function linesOfModel(world: World, queue: string): (Line & Pick<Item, 'history'>)[] {
  const now = world.now();
  const items = world.items.filter((item) => item.queue === queue);
  const ended = [...world.ended.values()].filter(
    ({ item, forgetAt }) => item.queue === queue && forgetAt > now,
  );
  const lines = [
    ...items.map((item) => ({ item, text: lineOfItem(item) })),
    ...ended.map(({ item, forgetAt }) => {
      return {
        item,
        text: line(
          MessageState.ended,
          forgetAt,
          `${item.attempts}${rulesText(item.maxAttempts, item.backoff)}`,
          0,
          item.jobId,
          '',
          undefined,
        ),
      };
    }),
  ];
  return lines
    .sort((x, y) => inOrder(x.item, y.item))
    .map(({ item, text }) => {
      return { id: item.number, text, history: item.history };
    });
}

function lineOfItem({
  state,
  cancelledAt,
  due,
  reservation,
  failedAt,
  attempts,
  deaths,
  diedSilently,
  maxAttempts,
  backoff,
  expires,
  jobId,
  rhythm,
  lastRun,
  isDisabled,
}: Item): string {
  return line(
    cancelledAt > 0 ? MessageState.cancelled : MessageState[state as keyof typeof MessageState],
    state === 'failed' ? failedAt : (reservation?.deadline ?? due),
    attemptsText(attempts, deaths, diedSilently) + rulesText(maxAttempts, backoff),
    expires === Number.POSITIVE_INFINITY ? 0 : expires / 1000,
    jobId,
    rhythmText(rhythm) + disabledText(isDisabled),
    lastRun,
    cancelledAt,
  );
}

/** `time`: when it is due, its lease ends, it has failed, or its status is forgotten. */
function line(
  state: number,
  time: number,
  attempts: string,
  expires: number,
  jobId: string,
  rhythm: string,
  lastRun: LastRun | undefined,
  cancelledAt = 0,
): string {
  const run = lastRun === undefined ? '' : ` after ${JSON.stringify(lastRun)}`;
  const cancel = cancelledAt > 0 ? ` cancelled at ${cancelledAt}` : '';
  return `${STATES[state]} until ${time}, attempts ${attempts}, expires ${expires}, id "${jobId}" ${rhythm}${run}${cancel}`;
}

function attemptsText(attempts: number, deaths: number, diedSilently: boolean): string {
  return `${attempts} with ${deaths} deaths${diedSilently ? ', the last one silent' : ''}`;
}

function rulesText(maxAttempts: number, backoff: Backoff | undefined): string {
  const limit = maxAttempts === 0 ? '' : `, at most ${maxAttempts}`;
  return backoff === undefined ? limit : `${limit}, backoff ${backoffText(backoff)}`;
}

function recurrenceText(recurrence: Recurrence | undefined): string {
  if (recurrence?.kind === 'cron') return recurrence.cron.pattern;
  return rhythmText(recurrence && { ...recurrence, cron: '' });
}

function rhythmText(rhythm: Rhythm | undefined): string {
  if (rhythm === undefined) return '';
  return rhythm.cron === '' ? `every ${rhythm.everyMs} from ${rhythm.firstAt}` : rhythm.cron;
}

function disabledText(isDisabled = false): string {
  return isDisabled ? ', disabled' : '';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
