import type { Slices } from './turns.ts';

/** So many are sorted, or merged, between two looks at the clock. */
const AT_ONCE = 500;

/** Sorts very many, in slices: a merge sort from short runs up. */
export async function sorted<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
  slices: Slices,
): Promise<readonly T[]> {
  let runs: T[][] = [];
  for (let from = 0; from < items.length; from += AT_ONCE) {
    runs.push(items.slice(from, from + AT_ONCE).sort(compare));
    if (slices.isOver) await slices.giveWay();
  }
  while (runs.length > 1) {
    const longer: T[][] = [];
    for (let i = 0; i < runs.length; i += 2) {
      longer.push(await merged(runs[i] as T[], runs[i + 1] ?? [], compare, slices));
    }
    runs = longer;
  }
  return runs[0] ?? [];
}

async function merged<T>(a: T[], b: T[], compare: (a: T, b: T) => number, slices: Slices): Promise<T[]> {
  if (b.length === 0) return a;
  const all: T[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const isFirst = j >= b.length || (i < a.length && compare(a[i] as T, b[j] as T) <= 0);
    all.push((isFirst ? a[i++] : b[j++]) as T);
    if (all.length % AT_ONCE === 0 && slices.isOver) await slices.giveWay();
  }
  return all;
}
