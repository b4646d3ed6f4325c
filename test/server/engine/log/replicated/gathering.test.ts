import { expect, test } from 'vitest';
import { Gathering } from '../../../../../server/engine/log/replicated/gathering.ts';
import { Scheduler } from '../simulated/scheduler.ts';

const FAST_MS = 2;
const SLOW_MS = 12;
/** A quarter of that. */
const PAUSE_MS = 3;

/** A batch to which somebody comes at moments, milliseconds after the last commit; when it was sent, and with how many. */
function sentAfter(
  comes: readonly number[],
  gathering: Gathering,
  scheduler: Scheduler,
  asked: { again: boolean },
) {
  const start = scheduler.now;
  let size = 0;
  for (const ms of comes) {
    scheduler.after(ms, () => {
      size++;
      asked.again = true;
    });
  }
  for (;;) {
    if (asked.again) {
      asked.again = false;
      if (!gathering.putsOff(size)) return { ms: scheduler.now - start, size };
    } else if (!scheduler.step()) throw new Error('nobody sends it');
  }
}

function newGathering() {
  const scheduler = new Scheduler();
  const asked = { again: false };
  const gathering = new Gathering(scheduler, () => {
    asked.again = true;
  });
  const sent = (...comes: number[]) => sentAfter(comes, gathering, scheduler, asked);
  return { gathering, scheduler, sent };
}

test('a batch on which as many wait as did before is sent at once', () => {
  const { gathering, sent } = newGathering();
  gathering.begin(3, SLOW_MS);
  expect(sent(0, 0, 0)).toEqual({ ms: 0, size: 3 });
});

test('a batch waits for those who were just answered, no longer than a quarter of what the commit took', () => {
  const { gathering, sent } = newGathering();
  gathering.begin(3, SLOW_MS);
  expect(sent(0, 1, 2)).toEqual({ ms: 2, size: 3 });
  gathering.begin(3, SLOW_MS);
  expect(sent(0, 1, PAUSE_MS + 1)).toEqual({ ms: PAUSE_MS, size: 2 });
});

test('after a commit that stood for seconds nobody waits for a part of that', () => {
  const { gathering, sent } = newGathering();
  gathering.begin(2, 60_000);
  expect(sent(0, 100).ms).toBe(5);
});

test('after a fast commit a batch waits for some turns only', () => {
  const { gathering, sent } = newGathering();
  gathering.begin(2, FAST_MS);
  expect(sent(0, FAST_MS)).toEqual({ ms: 0, size: 1 });
});

test('who comes long after a commit is not put off for those who came before it', () => {
  const { gathering, sent } = newGathering();
  gathering.begin(2, SLOW_MS);
  expect(sent(PAUSE_MS + 1, 100)).toEqual({ ms: PAUSE_MS + 1, size: 1 });
});

test('where few come in a pause the next batches go without one, and then it is tried again', () => {
  const { gathering, sent } = newGathering();
  const each = [PAUSE_MS, 0, 0, 0, 0, PAUSE_MS];
  for (const ms of each) {
    gathering.begin(10, SLOW_MS);
    expect(sent(0).ms).toBe(ms);
  }
});

test('where most come in a pause the next batch has one as well', () => {
  const { gathering, sent } = newGathering();
  for (let i = 0; i < 3; i++) {
    gathering.begin(4, SLOW_MS);
    expect(sent(0, 1, 2)).toEqual({ ms: PAUSE_MS, size: 3 });
  }
});
