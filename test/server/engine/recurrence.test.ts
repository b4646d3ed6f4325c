import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTime } from '../../../server/engine/recurrence.ts';

/** The next `count` times of a cron line in Berlin, in UTC. */
function times(pattern: string, from: string, count: number): string[] {
  const recurrence = { kind: 'cron', cron: { pattern, timezone: 'Europe/Berlin' } } as const;
  const found: string[] = [];
  for (let time = Date.parse(from); found.length < count; ) {
    time = nextTime(recurrence, time);
    found.push(new Date(time).toISOString().slice(5, 16));
  }
  return found;
}

it('the next time of a period is always to come, also at one of its times, whatever is rounded', () => {
  const time = fc.double({ min: 1.7e12, max: 1.8e12, noNaN: true });
  const period = fc.double({ min: 1, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(time, period, fc.nat(100_000), (firstAt, everyMs, count) => {
      const now = firstAt + count * everyMs;
      const next = nextTime({ kind: 'every', everyMs, firstAt }, now);
      expect(next).toBeGreaterThan(now);
      expect(next - now).toBeLessThanOrEqual(everyMs * 1.001);
    }),
  );
});

/** What docs/configuration.md says. */
describe('on the days on which the clocks are changed in Berlin', () => {
  it.each([
    ['30 2 * * *', '01:00 00:30', '00:30 01:30'],
    ['0 1-5 * * *', '00:00 01:00 02:00 03:00', '23:00 00:00 02:00 03:00 04:00'],
    ['*/30 2 * * *', '00:00 00:30', '00:00 00:30 01:00 01:30 01:00'],
    ['0 */2 * * *', '23:00 02:00 04:00', '22:00 00:00 01:00 03:00'],
    ['0 * * * *', '23:00 00:00 01:00 02:00', '22:00 23:00 00:00 01:00 02:00'],
  ])('%s comes at %s, and at %s, in UTC', (pattern, spring, autumn) => {
    const from = { '*/30 2 * * *': '2026-03-29T00:00Z' }[pattern] ?? '2026-03-28T22:30Z';
    const clock = (start: string, expected: string): string =>
      times(pattern, start, expected.split(' ').length)
        .map((time) => time.slice(6))
        .join(' ');
    expect(clock(from, spring)).toBe(spring);
    expect(clock('2026-10-24T21:30Z', autumn)).toBe(autumn);
  });
});
