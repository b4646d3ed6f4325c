/** How attempts at a message have ended with those who made them. */
export interface Setbacks {
  /** In how many of its attempts whoever held it died, as far as is known. */
  readonly deaths: number;
  /** Whether its last attempt ended so without a word: with its connection or its lease. */
  readonly diedSilently: boolean;
}

export const NO_SETBACKS: Setbacks = { deaths: 0, diedSilently: false };

/** As many deaths are counted. */
export const MOST_DEATHS = 0x7fff;

/** Setbacks as 16 bits; 0 for none. */
export function packSetbacks(deaths: number, diedSilently: boolean): number {
  return (Math.min(deaths, MOST_DEATHS) << 1) | (diedSilently ? 1 : 0);
}

export function deathsIn(packed: number): number {
  return packed >> 1;
}

export function diedSilentlyIn(packed: number): boolean {
  return (packed & 1) !== 0;
}
