/** Most letters that may be wrong. */
const MOST_CHANGES = 3;

/**
 * The word that `text` was most likely meant to be: one that has it in it, else the one with the fewest letters to
 * change. Undefined when none is near. Case does not count.
 */
export function nearest(text: string, words: readonly string[]): string | undefined {
  const wrong = text.toLowerCase();
  if (wrong.length > 1) {
    const longer = words.find((word) => word.toLowerCase().includes(wrong));
    if (longer !== undefined) return longer;
  }
  let best: string | undefined;
  let least = Math.min(MOST_CHANGES, wrong.length >> 1) + 1;
  for (const word of words) {
    const changes = distance(wrong, word.toLowerCase());
    if (changes >= least) continue;
    least = changes;
    best = word;
  }
  return best;
}

/** What helps who has written `text` where one of `words` has to be: the nearest of them, else `otherwise`. */
export function nearestHint(text: string, words: readonly string[], otherwise: string): string {
  const meant = nearest(text, words);
  return meant === undefined ? otherwise : `is it ${meant}?`;
}

/** What a sentence about such a mistake ends with: the nearest of the words, or nothing. */
export function orNearest(text: string, words: readonly string[]): string {
  const meant = nearest(text, words);
  return meant === undefined ? '' : `; is it ${meant}?`;
}

/** How many letters have to be put in, taken out or changed to make `b` of `a` (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 0; i < a.length; i++) {
    let diagonal = i;
    let left = i + 1;
    const next = [left];
    for (const [j, above] of row.slice(1).entries()) {
      left = Math.min(diagonal + (a[i] === b[j] ? 0 : 1), above + 1, left + 1);
      diagonal = above;
      next.push(left);
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
