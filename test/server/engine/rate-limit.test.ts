import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../../server/engine/operations/rate-limit.ts';
import { parseRate, type Rate } from '../../../server/engine/policy.ts';

const BEGIN = 1_700_000_000_000;
/** What becomes of fractions of such numbers. */
const ROUNDING_MS = 0.01;

const anyRate = fc
  .record({
    starts: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5000 })),
    perMs: fc.constantFrom(1000, 60_000, 3_600_000),
    burst: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 5000 })),
  })
  .map(({ starts, perMs, burst }): Rate => ({ starts, perMs, burst: Math.min(burst, starts) }));

describe('a rate', () => {
  it('is exceeded in no window, whenever somebody asks, however late timers are and whatever is given back', () => {
    const step = fc.record({
      /** In parts of an interval. */
      pause: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3, noNaN: true }), fc.constant(40)),
      wanted: fc.integer({ min: 1, max: 30 }),
      latenessMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1500, noNaN: true })),
      returned: fc.oneof({ weight: 3, arbitrary: fc.constant(-1) }, fc.nat({ max: 20 })),
    });
    fc.assert(
      fc.property(anyRate, fc.boolean(), fc.array(step, { maxLength: 60 }), (rate, isEmpty, steps) => {
        let now = BEGIN;
        const limit = new RateLimit(rate, now, isEmpty);
        let starts: number[] = [];
        for (const { pause, wanted, latenessMs, returned } of steps) {
          now += (pause * rate.perMs) / rate.starts;
          for (let i = 0; i < wanted; i++) {
            if (limit.next > now) {
              now = limit.next + latenessMs;
              limit.wake(now);
            }
            limit.start(now);
            starts.push(now);
          }
          const index = starts.length - 1 - returned;
          if (returned < 0 || index < 0) continue;
          limit.giveBack(starts[index] as number, now);
          starts = starts.toSpliced(index, 1);
        }
        for (let i = rate.starts; i < starts.length; i++)
          expect(starts[i] - starts[i - rate.starts]).toBeGreaterThan(rate.perMs - ROUNDING_MS);
      }),
    );
  });

  it('spreads starts evenly where timers are on time', () => {
    fc.assert(
      fc.property(anyRate, (rate) => {
        const starts = saturate(rate, () => 0, Math.min(3 * rate.starts, 8000));
        const interval = rate.perMs / rate.starts;
        for (const distance of distances(starts.slice(rate.burst)))
          expect(distance).toBeGreaterThan(rate.starts <= 200 ? interval - ROUNDING_MS : 0 - ROUNDING_MS);
        // What may come at once comes so.
        expect(starts.filter((time) => time === BEGIN)).toHaveLength(rate.burst);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['10/s', 0.98],
    ['1000/s', 0.98],
    ['5000/s', 0.98],
    ['100/m burst 20', 0.98],
    ['1000/h', 0.98],
  ])('of %s is reached nearly though each timer is late by up to 3 ms', (text, least) => {
    const rate = parseRate(text) as Rate;
    let turn = 0;
    // Timers go by whole milliseconds.
    const starts = saturate(rate, () => 1 + (turn++ % 3), 6 * rate.starts);
    const windows = ((starts.at(-1) as number) - BEGIN) / rate.perMs;
    expect(starts.length / windows / rate.starts).toBeGreaterThan(least);
  });

  it('loses no starts by a timer that is late once', () => {
    const rate = parseRate('100/s') as Rate;
    const starts = saturate(rate, (count) => (count === 10 ? 300 : 0), 60);
    // Those that should have been by then come at once, and the others at their times.
    expect(starts.filter((time) => time === BEGIN + 400).length).toBe(31);
    expect((starts.at(-1) as number) - BEGIN).toBeCloseTo(590, 0);
  });

  it('has as many as its burst at once after idleness, and no more', () => {
    const limit = new RateLimit(parseRate('10/s burst 3') as Rate, BEGIN, false);
    expect(startsAt(limit, BEGIN)).toBe(3);
    expect(limit.next).toBeCloseTo(BEGIN + 100, 1);
    // One interval has passed, and another two.
    expect(startsAt(limit, BEGIN + 110)).toBe(1);
    expect(startsAt(limit, BEGIN + 310)).toBe(2);
    expect(startsAt(limit, BEGIN + 10_000)).toBe(3);
  });

  it('begins with a burst or, where nobody knows what was before, with a start after an interval', () => {
    const rate = parseRate('10/s burst 3') as Rate;
    expect(startsAt(new RateLimit(rate, BEGIN, false), BEGIN)).toBe(3);
    const limit = new RateLimit(rate, BEGIN, true);
    expect(limit.next).toBeCloseTo(BEGIN + 100, 1);
    expect(startsAt(limit, BEGIN + 101)).toBe(1);
    expect(limit.next).toBeCloseTo(BEGIN + 200, 1);
  });

  it('gives a start back that was none, as long as it counts', () => {
    const limit = new RateLimit(parseRate('2/m') as Rate, BEGIN, false);
    limit.start(BEGIN);
    expect(limit.next).toBe(BEGIN + 30_000);
    limit.giveBack(BEGIN, BEGIN + 1);
    expect(limit.next).toBeLessThanOrEqual(BEGIN + 1);
    limit.start(BEGIN + 2);
    const { next } = limit;
    // Out of the window, from before there was a limit, and what was never started.
    limit.giveBack(BEGIN - 100_000, BEGIN + 3);
    expect(limit.next).toBe(next);
    limit.start(BEGIN + 30_002);
    limit.giveBack(BEGIN + 2, BEGIN + 70_000);
    limit.start(BEGIN + 70_000);
    expect(limit.next).toBe(BEGIN + 100_000);
  });

  it('keeps its distance to what came after a start that is given back', () => {
    const limit = new RateLimit(parseRate('60/m') as Rate, BEGIN, false);
    limit.start(BEGIN);
    limit.start(BEGIN + 1000);
    limit.giveBack(BEGIN, BEGIN + 1100);
    expect(limit.next).toBe(BEGIN + 2000);
    limit.giveBack(BEGIN + 1000, BEGIN + 1100);
    expect(limit.next).toBeLessThanOrEqual(BEGIN + 1100);
    // Of a burst it is one more that may come at once.
    const burst = new RateLimit(parseRate('60/m burst 3') as Rate, BEGIN, false);
    expect(startsAt(burst, BEGIN)).toBe(3);
    burst.giveBack(BEGIN, BEGIN + 1);
    expect(startsAt(burst, BEGIN + 1)).toBe(1);
  });

  it('is idle once no start counts any more', () => {
    const limit = new RateLimit(parseRate('2/m') as Rate, BEGIN, false);
    expect(limit.idleAt).toBe(BEGIN);
    limit.start(BEGIN);
    expect(limit.idleAt).toBe(BEGIN + 60_000);
  });
});

/** So many starts of readers that always wait: when they were. `lateness`: of the timer behind so many starts. */
function saturate(rate: Rate, lateness: (count: number) => number, count: number): number[] {
  let now = BEGIN;
  const limit = new RateLimit(rate, now, false);
  const starts: number[] = [];
  while (starts.length < count) {
    if (limit.next > now) {
      now = limit.next + lateness(starts.length);
      limit.wake(now);
    }
    limit.start(now);
    starts.push(now);
  }
  return starts;
}

function startsAt(limit: RateLimit, now: number): number {
  let count = 0;
  for (; limit.next <= now; count++) limit.start(now);
  return count;
}

function distances(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => time - (times[index] as number));
}
