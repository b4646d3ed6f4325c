import { expect, it } from 'vitest';
import { LiveBytes } from '../../../../server/engine/log/live-bytes.ts';
import { NamedReplay, NameReplay } from '../../../../server/engine/offline/named-replay.ts';
import { QueueNames } from '../../../../server/engine/offline/queue-names.ts';
import { encodePage } from '../../../../server/engine/state/checkpoint-page.ts';
import { ALL_QUEUES, Event, EventType } from '../../../../server/engine/state/events.ts';
import { MessageState } from '../../../../server/engine/state/message-table.ts';
import { State } from '../../../../server/engine/state/state-machine.ts';

type Told = Partial<Event> | 'gap';

/** A checkpoint that names these queues, by their numbers. */
function checkpoint(...names: (string | undefined)[]): Told {
  const entries = names.map((name) =>
    name === undefined ? undefined : { name, isPaused: name === 'paused' },
  );
  return { type: EventType.queues, queue: 0, target: ALL_QUEUES, page: encodePage(entries, 0) };
}

/** A message of that id in the queue of a number. */
function message(order: number, queue: number): Told {
  return { type: EventType.message, slot: order, order, queue, size: 80, state: MessageState.ready };
}

/** What a log with gaps is taken to say: the ids of the messages of each queue. */
function replay(told: readonly Told[]): { queues: Record<string, number[]>; doubtful: number; state: State } {
  const names = new QueueNames();
  const first = new NameReplay(names);
  for (const each of told) each === 'gap' ? names.gap() : first.apply(Object.assign(new Event(), each));
  names.restart();
  const state = new State(new LiveBytes());
  const second = new NamedReplay(names, state);
  for (const [position, each] of told.entries()) {
    if (each === 'gap') second.gap(position);
    else second.apply(Object.assign(new Event(), each), position);
  }
  const queues = [...state.queues.all()].map(({ name, ready }) => {
    return [name, ready.all().map((slot) => state.orderOf(slot))] as const;
  });
  return { queues: Object.fromEntries(queues), doubtful: second.doubtful, state };
}

it('a checkpoint names the queues of its numbers', () => {
  const { queues, state } = replay([
    checkpoint('a', undefined, 'paused'),
    message(1, 0),
    'gap',
    message(2, 2),
  ]);
  // Nothing behind the gap says whether it is still that queue.
  expect(queues).toEqual({ a: [1], paused: [2] });
  expect(state.queues.get('paused')!.isPaused).toBe(true);
});

it('a checkpoint behind a gap says of which queue the messages are that come before it', () => {
  expect(replay([checkpoint('a', 'b'), 'gap', message(1, 1), checkpoint('a', 'c')])).toMatchObject({
    queues: { a: [], c: [1] },
    doubtful: 0,
  });
});

it('a number that no checkpoint behind a gap lists has no queue any more, and the next one with it is another', () => {
  const { queues, doubtful } = replay([
    checkpoint('a', 'b'),
    message(1, 1),
    'gap',
    message(2, 1),
    checkpoint('a'),
    { type: EventType.queue, queue: 1, name: 'c' },
    message(3, 1),
  ]);
  // What was in the one that is gone stays where it was last seen.
  expect(queues).toEqual({ a: [], b: [1, 2], c: [3] });
  expect(doubtful).toBe(1);
});

it('a queue whose number changed in a gap keeps what came since', () => {
  const { queues } = replay([
    checkpoint('a', 'b'),
    message(1, 1),
    'gap',
    { type: EventType.queue, queue: 2, name: 'b' },
    message(2, 2),
    checkpoint('a', undefined, 'b'),
    message(3, 2),
  ]);
  expect(queues).toEqual({ a: [], b: [1, 2, 3] });
});
