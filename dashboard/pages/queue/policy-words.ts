import { duration } from '../../format/durations.ts';
import { bytes, exactCount } from '../../format/numbers.ts';
import type { Texts } from '../../language/language.ts';

/** Where a setting belongs; its parts stand in this order. */
export const POLICY_PARTS = {
  limits: ['max_items', 'max_bytes', 'when_full', 'ttl_ms', 'exptime'],
  attempts: ['max_attempts', 'backoff', 'lease_ms', 'dead_letter_to'],
  kept: ['keep_done_ms', 'keep_failed_ms', 'max_failed'],
  flow: ['max_running', 'rate', 'group_running', 'group_turns', 'group_order', 'fanout_to'],
} as const;

export type PolicyPart = keyof typeof POLICY_PARTS;
export type PolicyKey = (typeof POLICY_PARTS)[PolicyPart][number];
type Words = Texts['queue']['policy'];

/** The key of a setting in the configuration: there times have no unit in their names. */
export function configKey(key: PolicyKey): string {
  return key.replace(/_ms$/, '');
}

/** The queues that a setting names; undefined where it names none. */
export function queuesOf(key: PolicyKey, value: string | number): readonly string[] | undefined {
  if ((key !== 'dead_letter_to' && key !== 'fanout_to') || value === '') return undefined;
  return String(value).split(',');
}

/** What a setting comes to, with its unit. */
export function policyValue(key: PolicyKey, value: string | number, words: Words, locale: string): string {
  const { zero, values } = words;
  if (key in zero && (value === 0 || value === '')) return zero[key as keyof typeof zero];
  if (key.endsWith('_ms')) return duration(Number(value), locale);
  if (key === 'max_bytes') return bytes(Number(value), locale).text;
  if (key === 'backoff') return backoffWords(String(value), words);
  if (key === 'rate') return rateWords(String(value), words);
  if (typeof value === 'number') return exactCount(value, locale);
  return values[value as keyof typeof values] ?? value;
}

function backoffWords(text: string, { backoff }: Words): string {
  if (text === 'exponential') return backoff.exponential;
  if (text === 'none') return backoff.none;
  return text.startsWith('fixed:') ? backoff.fixed(text.slice('fixed:'.length)) : text;
}

function rateWords(text: string, { rate }: Words): string {
  const [, starts, unit, burst] = /^(\S+)\/([smh])(?: burst (\d+))?$/.exec(text) ?? [];
  if (starts === undefined || unit === undefined) return text;
  const often = rate.often(starts, rate.units[unit as 's' | 'm' | 'h']);
  return burst === undefined || burst === '1' ? often : rate.burst(often, burst);
}
