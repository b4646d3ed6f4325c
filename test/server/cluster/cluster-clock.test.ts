import { expect, it } from 'vitest';
import { ClusterClock } from '../../../server/cluster/cluster-clock.ts';

const NOON = Date.UTC(2026, 0, 1, 12);

function clockAt(time: number) {
  const own = { now: time };
  return { own, clock: new ClusterClock(() => own.now) };
}

it("is the machine's own, as long as no other server was ahead", () => {
  const { own, clock } = clockAt(NOON);
  clock.begin(NOON - 10_000);
  own.now += 5;
  expect(clock.now()).toBe(NOON + 5);
  expect(clock.difference).toBe(0);
});

it('begins no earlier than the last batch, and never goes back, while it comes back to its own', () => {
  const { own, clock } = clockAt(NOON);
  clock.begin(NOON + 60_000);
  expect(clock.now()).toBe(NOON + 60_000);
  expect(clock.difference).toBe(60_000);
  let last = clock.now();
  for (let i = 0; i < 200; i++) {
    own.now += 60_000;
    expect(clock.now()).toBeGreaterThan(last);
    last = clock.now();
  }
  // A minute is caught up with in a hundred.
  expect(clock.now()).toBe(own.now);
  expect(clock.difference).toBe(0);
});

it('leads again no earlier than it has led before', () => {
  const { clock } = clockAt(NOON);
  clock.begin(NOON + 60_000);
  clock.begin(NOON + 30_000);
  expect(clock.now()).toBe(NOON + 60_000);
});

it('takes for the difference what is certain, however long a batch was on its way', () => {
  const { own, clock } = clockAt(NOON);
  // They were late; or the clocks are apart. They are 7 s apart where one was written after it was looked.
  clock.saw(own.now - 9000, own.now - 60_000);
  clock.saw(own.now - 7030, own.now - 8000);
  expect(clock.difference).toBe(0);
  clock.saw(own.now - 7030, own.now - 60);
  clock.saw(own.now - 7500, own.now - 5000);
  expect(clock.difference).toBe(-6970);
  own.now += 61_000;
  // It was set meanwhile.
  clock.saw(own.now - 20, own.now - 60);
  expect(clock.difference).toBe(0);
  clock.saw(own.now + 6000, own.now - 60_000);
  clock.saw(own.now + 7000, own.now - 60_000);
  expect(clock.difference).toBe(7000);
});
