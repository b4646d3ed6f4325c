import type { Unit } from './chart-data.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What people count time in from a second on, milliseconds. */
const TIME_STEPS = [
  ...[1, 2, 5, 10, 20, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 20, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
];

/**
 * Round values from 0 on, of which the last one is not below `max`: about `count` of them. The ticks up to the last one of them are
 * the same again.
 */
export function valueTicks(max: number, unit: Unit, count: number): number[] {
  const step = roundStep(max / count, unit);
  const steps = Math.max(1, Math.ceil(max / step - 1e-9));
  return Array.from({ length: steps + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** Powers of ten around what there is above 0. */
export function logTicks(min: number, max: number): number[] {
  const first = Math.floor(Math.log10(min) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(max) - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) => Number((10 ** (first + i)).toPrecision(12)));
}

function roundStep(least: number, unit: Unit): number {
  if (!(least > 0)) return 1;
  if (unit === 'seconds') return Math.max(1, timeStep(least * SECOND) / SECOND);
  if (unit === 'ms') return timeStep(least);
  const step = decimalStep(least);
  return unit === 'count' ? Math.max(1, step) : step;
}

function timeStep(least: number): number {
  if (least <= SECOND / 2) return decimalStep(least);
  return TIME_STEPS.find((step) => step >= least) ?? DAY * decimalStep(least / DAY);
}

/** The next of 1, 2 and 5 with noughts. */
function decimalStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((each) => each * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}
