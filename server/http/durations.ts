/** Milliseconds. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

export const DURATION_NEEDS = 'seconds, or a number with ms, s, m, h or d behind it';

/** How long something is to take, milliseconds: seconds, or a number and a unit; NaN for what is neither. */
export function durationMs(given: number | string): number {
  const [, digits, unit = ''] = /^(\d{1,15}(?:\.\d+)?)(ms|[smhd])?$/.exec(String(given)) ?? [];
  return digits === undefined ? Number.NaN : Math.round(Number(digits) * (UNITS.get(unit) as number));
}
