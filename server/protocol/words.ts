/** Doubled and trailing blanks are common, and mean nothing. (String.split is slower: it looks parts up in a cache.) */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  for (let start = 0; start < line.length; ) {
    let end = line.indexOf(' ', start);
    if (end < 0) end = line.length;
    if (end > start) words.push(line.slice(start, end));
    start = end + 1;
  }
  return words;
}

/** A decimal number of up to 15 digits, so that it is exact. */
export function unsigned(word: string | undefined): number | undefined {
  if (word === undefined || word.length === 0 || word.length > 15) return undefined;
  let value = 0;
  for (let i = 0; i < word.length; i++) {
    const digit = word.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

export const UINT32_MAX = 4_294_967_295;

/** The same, up to 2^32 - 1. */
export function uint32(word: string | undefined): number | undefined {
  const value = unsigned(word);
  return value !== undefined && value <= UINT32_MAX ? value : undefined;
}

/** A decimal number of up to 15 digits, and there may be a minus before it. */
export function integer(word: string | undefined): number | undefined {
  if (word?.charCodeAt(0) !== 45) return unsigned(word);
  const value = unsigned(word.slice(1));
  return value === undefined ? undefined : -value;
}

/** A copy: a part of a line would keep the whole line in memory, as long as the part lives. */
export function ownText(part: string): string {
  return Buffer.from(part, 'latin1').toString('latin1');
}
