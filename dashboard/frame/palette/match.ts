/**
 * How well a text is what was typed; 0: not at all. All words have to be in it, in any order; that its words begin with them, and
 * that it begins so itself, makes it better.
 */
export function scoreOf(typed: string, text: string): number {
  const wanted = wordsOf(typed);
  const lower = text.toLowerCase();
  let score = 1;
  for (const word of wanted) {
    const place = lower.indexOf(word);
    if (place < 0) return 0;
    if (place === 0) score += 2;
    else if (isWordStart(lower, word)) score += 1;
  }
  return score;
}

/** Those that match, the best first; of those that match as well as each other the order stays. */
export function bestOf<T>(typed: string, all: readonly T[], textOf: (each: T) => string): T[] {
  return all
    .map((each) => ({ each, score: scoreOf(typed, textOf(each)) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ each }) => each);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

function isWordStart(text: string, word: string): boolean {
  for (let place = text.indexOf(word); place >= 0; place = text.indexOf(word, place + 1)) {
    if (!/[\p{L}\p{N}]/u.test(text[place - 1] ?? ' ')) return true;
  }
  return false;
}
