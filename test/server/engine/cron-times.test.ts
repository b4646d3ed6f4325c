import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { cronTimes } from '../../../server/engine/cron-times.ts';
import { amount } from '../../helpers/amount.ts';
import { Clocks, reckon } from './cron-reckoning.ts';

const HOUR = 3_600_000;
const YEAR = 2026;
/** By an hour in the night; by half an hour; at midnight; never. */
const CHANGING = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Africa/Cairo',
];
const FIXED = ['Asia/Kathmandu', 'UTC'];

/** A night in which clocks are set, or any night. */
interface Night {
  readonly zone: string;
  readonly at: number;
}

const NIGHTS: readonly Night[] = [
  ...CHANGING.flatMap((zone) => new Clocks(zone).changes(YEAR).map((at) => ({ zone, at }))),
  ...FIXED.map((zone) => ({ zone, at: Date.UTC(YEAR, 2, 29, 1) })),
];

/** Looked up once for each instant: that takes longest. */
const clocksOf = new Map(
  [...CHANGING, ...FIXED].map((zone) => {
    const clocks = new Clocks(zone);
    const known = new Map<number, ReturnType<Clocks['shown']>>();
    const shown = (instant: number) => {
      const found = known.get(instant) ?? clocks.shown(instant);
      known.set(instant, found);
      return found;
    };
    return [zone, Object.assign(Object.create(clocks) as Clocks, { shown })];
  }),
);

const LINES = [
  // Single values, lists, ranges, and steps within ranges name their times.
  '30 2 * * *',
  '0 0 * * *',
  '59 23 * * *',
  '15,45 1,2,3 * * *',
  '0 1-5 * * *',
  '0-59 2 * * *',
  '0-59/20 0-3 * * *',
  '5 0-23 * * *',
  '0 0-23/2 * * *',
  '0 22,23,0,1,2 * * *',
  '30 2 * * 0',
  '0 3 * 3,4,10,11 *',
  // These go by the clock.
  '* * * * *',
  '0 * * * *',
  '0,30 * * * *',
  '0 */2 * * *',
  '30 */3 * * *',
  '*/30 2 * * *',
  '*/7 * * * *',
  '* 1-3 * * *',
  '*/15 0 * * *',
  '*/20 23,0,2 * * 0,6',
];

/** All times at which a line comes from one instant on, and before another. */
function times(pattern: string, timezone: string, from: number, to: number): number[] {
  const next = cronTimes({ pattern, timezone });
  const found: number[] = [];
  for (let time = next(from - 1); time < to; time = next(time)) found.push(time);
  return found;
}

function expectRight(pattern: string, { zone, at }: Night, hours: number): void {
  const [from, to] = [at - hours * HOUR, at + hours * HOUR];
  const expected = reckon(pattern, clocksOf.get(zone) as Clocks, from, to);
  const iso = (all: readonly number[]): string => all.map((time) => new Date(time).toISOString()).join(' ');
  expect(iso(times(pattern, zone, from, to)), `${pattern} in ${zone}`).toBe(iso(expected));
}

it('there are nights to try: two in each zone that changes its clocks', () => {
  expect(NIGHTS).toHaveLength(2 * CHANGING.length + FIXED.length);
});

describe.each(LINES)('%s', (pattern) => {
  it('comes when a daemon that looks at the clock would have it come, in all nights', () => {
    for (const night of NIGHTS) expectRight(pattern, night, 8);
  });

  it('has the right next time at each minute of these nights', () => {
    for (const [night, { zone, at }] of NIGHTS.entries()) {
      const from = at - 3 * HOUR;
      const next = cronTimes({ pattern, timezone: zone });
      const expected = reckon(pattern, clocksOf.get(zone) as Clocks, from, at + 28 * HOUR);
      const step = amount(3, 1);
      const minutes = Array.from(
        { length: 360 / step },
        (_, i) => from + (step * i + (night % step)) * 60_000,
      );
      const wrong = minutes.find((now) => {
        const coming = expected.find((time) => time > now);
        return coming !== undefined && next(now) !== coming;
      });
      expect(wrong, `${pattern} in ${zone}`).toBeUndefined();
    }
  });
});

it('any line comes when a daemon that looks at the clock would have it come', () => {
  const field = (from: number, to: number): fc.Arbitrary<string> => {
    const value = fc.integer({ min: from, max: to });
    const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
    const step = fc.integer({ min: 1, max: to - from });
    const part = fc.oneof(
      value.map(String),
      range,
      fc.tuple(range, step).map(([range, step]) => `${range}/${step}`),
      step.map((step) => `*/${step}`),
    );
    return fc.oneof(
      { weight: 2, arbitrary: fc.constant('*') },
      { weight: 3, arbitrary: part },
      fc.array(part, { minLength: 2, maxLength: 4 }).map((parts) => parts.join()),
    );
  };
  const rarely = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.oneof({ weight: 4, arbitrary: fc.constant('*') }, arbitrary);
  // Most of them in the night.
  const hour = fc.oneof({ weight: 2, arbitrary: field(0, 4) }, field(0, 23));
  const line = fc
    .tuple(field(0, 59), hour, rarely(field(1, 31)), rarely(field(1, 12)), rarely(field(0, 6)))
    .map((fields) => fields.join(' '));
  fc.assert(
    fc.property(line, fc.constantFrom(...NIGHTS), (pattern, night) => expectRight(pattern, night, 8)),
    { numRuns: amount(60, 150) },
  );
});

it.each(['*/20 30 2 * * *', '0,30 0 1-3 * * *', '15 */30 2 * * *', '45 59 23 * * *'])(
  '%s, with seconds, comes when a daemon that looks at the clock would have it come',
  (pattern) => {
    for (const night of NIGHTS.slice(0, 2)) expectRight(pattern, night, 2);
  },
);

it('a line that comes seldom comes at its time, however the clocks are set until then', () => {
  const first = (pattern: string, from: string): string =>
    new Date(cronTimes({ pattern, timezone: 'Europe/Berlin' })(Date.parse(from))).toISOString();
  expect(first('*/15 12 29 2 *', '2026-03-01T00:00Z')).toBe('2028-02-29T11:00:00.000Z');
  expect(first('0 12 1 7 *', '2026-01-01T00:00Z')).toBe('2026-07-01T10:00:00.000Z');
  expect(first('* 12 1 7 *', '2026-01-01T00:00Z')).toBe('2026-07-01T10:00:00.000Z');
  expect(first('30 2 29 3 *', '2025-04-01T00:00Z')).toBe('2026-03-29T01:00:00.000Z');
  // Then it is left out.
  expect(first('*/30 2 29 3 *', '2025-04-01T00:00Z')).toBe('2027-03-29T00:00:00.000Z');
  expect(first('@daily', '2026-10-25T00:30Z')).toBe('2026-10-25T23:00:00.000Z');
  expect(first('@hourly', '2026-10-25T00:30Z')).toBe('2026-10-25T01:00:00.000Z');
  expect(cronTimes({ pattern: '* 2 30 2 *', timezone: 'Europe/Berlin' })(0)).toBe(Number.POSITIVE_INFINITY);
});

it('without a time zone goes by that of the machine', () => {
  const [night] = NIGHTS;
  const from = (night?.at ?? 0) - 26 * HOUR;
  for (const timezone of ['Europe/Berlin', 'America/New_York']) {
    vi.stubEnv('TZ', timezone);
    for (const pattern of LINES) {
      const [next, expected] = [undefined, timezone].map((zone) => cronTimes({ pattern, timezone: zone }));
      for (let time = from, i = 0; i < 50; i++) {
        const found = next!(time);
        expect(found).toBe(expected!(time));
        time = found;
      }
    }
  }
});
