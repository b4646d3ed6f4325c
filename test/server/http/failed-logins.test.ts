import { expect, it, vi } from 'vitest';
import { FailedLogins } from '../../../server/http/guard/failed-logins.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';

it('ten may fail at once, then one more every six seconds, for each address and name', () => {
  fakeTimers({ toFake: ['performance'] });
  const failed = new FailedLogins();
  for (let i = 0; i < 10; i++) {
    expect(failed.pauseMs('10.0.0.1', 'alice')).toBe(0);
    failed.add('10.0.0.1', 'alice');
  }
  expect(failed.pauseMs('10.0.0.1', 'alice')).toBe(6000);
  expect(failed.pauseMs('10.0.0.1', 'bob')).toBe(0);
  expect(failed.pauseMs('10.0.0.2', 'alice')).toBe(0);
  vi.advanceTimersByTime(5999);
  expect(failed.pauseMs('10.0.0.1', 'alice')).toBe(1);
  vi.advanceTimersByTime(1);
  expect(failed.pauseMs('10.0.0.1', 'alice')).toBe(0);
  failed.add('10.0.0.1', 'alice');
  expect(failed.pauseMs('10.0.0.1', 'alice')).toBe(6000);
  vi.advanceTimersByTime(60_000);
  for (let i = 0; i < 10; i++) failed.add('10.0.0.1', 'alice');
  expect(failed.pauseMs('10.0.0.1', 'alice')).toBe(6000);
});

it('what is remembered is bounded: who has failed last is', () => {
  const failed = new FailedLogins();
  for (let i = 0; i < 11; i++) failed.add('10.0.0.1', 'alice');
  for (let i = 0; i < 9999; i++) failed.add('10.0.0.2', `${i}`);
  expect(failed.pauseMs('10.0.0.1', 'alice')).toBeGreaterThan(0);
  failed.add('10.0.0.2', 'one more');
  expect(failed.pauseMs('10.0.0.1', 'alice')).toBe(0);
});
