/**
 * Where the values of an axis are, and which of them are named.
 * @typedef {object} Axis
 * @property {(value: number) => number} share From 0, where it begins, to 1, where it ends.
 * @property {number[]} ticks The values that are named.
 */

const STEPS = [1, 2, 5];
/** How many ticks a linear axis has at most, the one at 0 not counted. */
const MOST_TICKS = 5;
/** An axis over so many powers of ten names these alone. */
const MANY_DECADES = 2;

/**
 * From zero to a round number.
 * @param {number[]} values @returns {Axis}
 */
export function linearAxis(values) {
  const most = Math.max(...values);
  const step = roundNumber((each) => each * MOST_TICKS >= most, most / MOST_TICKS);
  const count = Math.ceil(most / step);
  return {
    share: (value) => value / (count * step),
    ticks: Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12))),
  };
}

/**
 * From a round number to another one, the same distance for each factor of ten.
 * @param {number[]} values @returns {Axis}
 */
export function logAxis(values) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const decades = Math.floor(Math.log10(least));
  /** @type {number[]} */
  const candidates = [];
  for (let decade = decades; 10 ** (decade - 1) < most; decade++) {
    candidates.push(...STEPS.map((step) => Number((step * 10 ** decade).toPrecision(12))));
  }
  const first = candidates.findLastIndex((each) => each <= least);
  const last = candidates.findIndex((each) => each >= most);
  const inside = candidates.slice(first, Math.max(last, first + 1) + 1);
  const [from, to] = [Math.log10(inside[0] ?? least), Math.log10(inside.at(-1) ?? most)];
  const isLong = to - from >= MANY_DECADES;
  return {
    share: (value) => (Math.log10(value) - from) / (to - from),
    ticks: isLong ? inside.filter((each) => Number.isInteger(Math.log10(each))) : inside,
  };
}

/**
 * The same distance for each factor, named at the values themselves.
 * @param {number[]} values @returns {Axis}
 */
export function valuesAxis(values) {
  const [from, to] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  return {
    share: (value) => (from === to ? 0.5 : (Math.log(value) - from) / (to - from)),
    ticks: values,
  };
}

/**
 * The smallest of 1, 2, 5, 10, 20 and so on that will do, from below `least` on.
 * @param {(each: number) => boolean} isEnough @param {number} least
 */
function roundNumber(isEnough, least) {
  for (let decade = Math.floor(Math.log10(least)); ; decade++) {
    const found = STEPS.map((step) => step * 10 ** decade).find(isEnough);
    if (found !== undefined) return found;
  }
}
