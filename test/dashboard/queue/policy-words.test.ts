import { expect, it } from 'vitest';
import { queue as english } from '../../../dashboard/language/en/queue.ts';
import { configKey, policyValue, queuesOf } from '../../../dashboard/pages/queue/policy-words.ts';

it.each([
  ['max_items', 0, 'No limit'],
  ['max_items', 100_000, '100,000'],
  ['max_bytes', 1_048_576, '1 MiB'],
  ['ttl_ms', 604_800_000, '7 d'],
  ['keep_failed_ms', 0, 'Until somebody sees to it'],
  ['keep_done_ms', 0, 'Not at all'],
  ['when_full', 'drop_oldest', 'Discards what would be next'],
  ['backoff', 'exponential', '1 s, 2 s, 4 s, … up to 6 h'],
  ['backoff', 'fixed:10m', '10m, each time'],
  ['rate', '', 'No limit'],
  ['rate', '100/m', '100 a minute'],
  ['rate', '40/s burst 20', '40 a second, up to 20 at once'],
  ['group_turns', 'fair', 'Each group in turn'],
  ['dead_letter_to', '', 'None'],
] as const)('%s = %s is told in words', (key, value, words) => {
  expect(policyValue(key, value, english.policy, 'en')).toBe(words);
});

it('names the queues of a setting, and its key in the configuration', () => {
  expect(queuesOf('fanout_to', 'a,b')).toEqual(['a', 'b']);
  expect([queuesOf('fanout_to', ''), queuesOf('rate', '1/s')]).toEqual([undefined, undefined]);
  expect([configKey('ttl_ms'), configKey('rate')]).toEqual(['ttl', 'rate']);
});
