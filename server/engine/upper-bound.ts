/** Index of the first item whose key is above `value`; the number of items when none is. Keys ascend. */
export function upperBound<T>(items: readonly T[], value: number, keyOf: (item: T) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(items[middle]) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The key of numbers. */
export const itself = (number: number): number => number;
