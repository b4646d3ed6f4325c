import { expect, it } from 'vitest';
import { byAttempts } from '../../../dashboard/pages/failed/attempts.ts';
import { paceOf } from '../../../dashboard/pages/failed/pace.ts';

it('an error happens now, has happened lately, or is quiet', () => {
  const now = Date.parse('2026-11-29T12:00:00.000Z');
  expect(paceOf('2026-11-29T11:59:30.000Z', now)).toBe('now');
  expect(paceOf('2026-11-29T12:00:02.000Z', now)).toBe('now');
  expect(paceOf('2026-11-29T11:20:00.000Z', now)).toBe('lately');
  expect(paceOf('2026-11-29T10:59:59.000Z', now)).toBe('quiet');
  expect(paceOf(null, now)).toBe('quiet');
});

it('messages are counted by their attempts', () => {
  const messages = [3, 1, 25, 1].map((attempts) => ({ attempts }));
  expect(byAttempts(messages)).toEqual([
    { attempts: 1, messages: 2 },
    { attempts: 3, messages: 1 },
    { attempts: 25, messages: 1 },
  ]);
  expect(byAttempts([])).toEqual([]);
});
