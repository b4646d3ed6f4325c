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

describe('on the days on which the clocks are changed, a cron line', () => {
  it('comes right after the hour that is left out, when it names a time in it', () => {
    const days = ['03-28T01:30', '03-29T01:00', '03-30T00:30'];
    expect(times('30 2 * * *', '2026-03-28T00:00Z', 3)).toEqual(days);
  });

  it('comes once in the hour that there is twice, when it names a time in it', () => {
    const days = ['10-24T00:30', '10-25T00:30', '10-26T01:30'];
    expect(times('30 2 * * *', '2026-10-24T00:00Z', 3)).toEqual(days);
  });

  it('comes each hour when it names none', () => {
    expect(times('0 * * * *', '2026-03-28T23:30Z', 3)).toEqual(['03-29T00:00', '03-29T01:00', '03-29T02:00']);
    expect(times('0 * * * *', '2026-10-24T23:30Z', 3)).toEqual(['10-25T00:00', '10-25T01:00', '10-25T02:00']);
  });
});
