const FIRST_MS = 500;
const MOST_MS = 10_000;

/** How long to wait after so many failures in a row. Not all browsers at the same time: half of it is random. */
export function backoffMs(failures: number, random: number): number {
  return Math.min(MOST_MS, FIRST_MS * 2 ** (failures - 1)) * (0.5 + random / 2);
}
