import type { QueueStats } from '../engine/api.ts';
import { QUEUE_CONDITIONS } from './schemas/queues.ts';

export type QueueCondition = (typeof QUEUE_CONDITIONS)[number];

const HOLDS: Readonly<Record<QueueCondition, (stats: QueueStats) => boolean>> = {
  paused: ({ paused }) => paused,
  'no-readers': ({ ready, reserved, waiters }) => ready > 0 && reserved === 0 && waiters === 0,
  failing: ({ failed }) => failed > 0,
};

/** Conditions as a set of bits. */
export function bitsOf(conditions: readonly QueueCondition[]): number {
  return conditions.reduce((bits, name) => bits | (1 << QUEUE_CONDITIONS.indexOf(name)), 0);
}

/** Those of a queue. */
export function conditionsOf(stats: QueueStats): number {
  let bits = 0;
  for (const [place, holds] of TESTS.entries()) if (holds(stats)) bits |= 1 << place;
  return bits;
}

/** By the places of their bits. */
const TESTS = QUEUE_CONDITIONS.map((name) => HOLDS[name]);
