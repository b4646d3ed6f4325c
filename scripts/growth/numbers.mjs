const PREFIXES = ['', 'k', 'M', 'G'];
const WORDS = ['', ' thousand', ' million', ' billion'];

/**
 * @param {number} value @param {number} [digits]
 */
function rounded(value, digits = 3) {
  const short = Number(value.toPrecision(digits));
  return short >= 1000 ? short.toLocaleString('en-US') : String(short);
}

/**
 * Below a thousand, and how many thousands were taken off for that.
 * @param {number} value @param {number} base
 * @returns {[number, number]}
 */
function scaled(value, base) {
  let [rest, power] = [value, 0];
  for (; rest >= base && power < PREFIXES.length - 1; power++) rest /= base;
  return [rest, power];
}

/** 12.3 k @param {number} value */
export function count(value) {
  const [rest, power] = scaled(value, 1000);
  return `${rounded(rest)}${power === 0 ? '' : ` ${PREFIXES[power]}`}`;
}

/** 10 thousand @param {number} value */
export function inWords(value) {
  const [rest, power] = scaled(value, 1000);
  return value < 10_000 ? rounded(value) : `${rounded(rest)}${WORDS[power]}`;
}

/** 12.3 MB @param {number} value */
export function bytes(value) {
  const [rest, power] = scaled(value, 1000);
  return `${rounded(rest)} ${PREFIXES[power]}B`;
}

/** 64 kB, of powers of two @param {number} value */
export function powerOfTwo(value) {
  const [rest, power] = scaled(value, 1024);
  return `${rounded(rest)} ${PREFIXES[power]}B`;
}

/** 12.3 ms @param {number} value */
export function seconds(value) {
  return value < 1 ? `${rounded(value * 1000)} ms` : `${rounded(value)} s`;
}

/** The middle value, or the mean of the middle two. @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [below, above] = [sorted[middle - 1] ?? 0, sorted[middle] ?? 0];
  return sorted.length % 2 === 1 ? above : (below + above) / 2;
}
