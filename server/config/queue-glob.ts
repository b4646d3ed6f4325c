import { readableName, utf8AsLatin1 } from '../../shared/latin1.ts';

/**
 * Where in a name a part of a glob may end, of the places where it may begin. So a match takes time that grows with
 * the name and the glob only: names come from clients, and what a regular expression with several `*` takes grows
 * with a power of their number.
 */
type Part = (name: readonly string[], starts: ReadonlySet<number>) => ReadonlySet<number>;

/** What makes a name a glob. */
const SPECIAL = /[*?[\]{}]/;
/** What globs elsewhere take for more than itself; and ranges in braces. */
const REFUSED = /[()|\\"]|\{[^{}]*\.\.[^{}]*\}/;
/** A set of characters, several `*`, or any one character. A `]` that comes first in a set is one of its characters. */
const TOKEN = /\[[!^]?\]?[^\]]*\]|\*+|./gsu;

/**
 * A test for queue names: `*` is any characters, `?` is one, `[a-z]` and `[!a-z]` one of these or of the others,
 * `{a,b}` one of the two; dots are ordinary. What has none of them is the name itself. Throws an error that says what
 * is wrong with the glob.
 */
export function queueGlob(glob: string): (queue: string) => boolean {
  if (isPlainName(glob)) {
    const name = utf8AsLatin1(glob);
    return (queue) => queue === name;
  }
  const refused = REFUSED.exec(glob);
  if (refused !== null)
    throw new Error(`a glob may not have ${refused[0]} in it ("?" stands for any character)`);
  const whole = new GlobParser(glob).parse();
  // Most globs and names part here. What is not ASCII may be written in other bytes.
  const beginning = glob.slice(0, glob.search(/[*?[\]{}\u0080-\uffff]/));
  const inside = /[[\]{}]/.test(glob) ? [] : glob.split(/[*?\u0080-\uffff]+/).filter((text) => text !== '');
  return (queue) => {
    if (!queue.startsWith(beginning) || !inside.every((text) => queue.includes(text))) return false;
    const name = [...readableName(queue)];
    return whole(name, new Set([0])).has(name.length);
  };
}

export function isPlainName(glob: string): boolean {
  return !SPECIAL.test(glob);
}

class GlobParser {
  readonly #glob: string;
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(glob: string) {
    this.#glob = glob;
    this.#tokens = glob.match(TOKEN) ?? [];
  }

  parse(): Part {
    const part = this.#sequence(false);
    if (this.#next < this.#tokens.length) throw this.#problem('"}" has no "{"');
    return part;
  }

  /** Up to the end, or to what ends an alternative. */
  #sequence(isAlternative: boolean): Part {
    const parts: Part[] = [];
    for (let token = this.#tokens[this.#next]; token !== undefined; token = this.#tokens[++this.#next]) {
      if (token === '}' || (isAlternative && token === ',')) break;
      parts.push(token === '{' ? this.#braces() : this.#part(token));
    }
    return (name, starts) => {
      let ends = starts;
      for (const part of parts) {
        if (ends.size === 0) break;
        ends = part(name, ends);
      }
      return ends;
    };
  }

  /** From `{` to its `}`, which is the token that it leaves as the next one. */
  #braces(): Part {
    const alternatives: Part[] = [];
    do {
      this.#next++;
      alternatives.push(this.#sequence(true));
    } while (this.#tokens[this.#next] === ',');
    if (this.#tokens[this.#next] !== '}') throw this.#problem('"{" has no "}"');
    if (alternatives.length === 1) throw this.#problem('"{" has no ","');
    return (name, starts) => new Set(alternatives.flatMap((part) => [...part(name, starts)]));
  }

  #part(token: string): Part {
    if (token.startsWith('*')) return anyCharacters;
    if (token === '?') return oneCharacter(() => true);
    if (token === '[') throw this.#problem('"[" has no "]"');
    if (token === ']') throw this.#problem('"]" has no "["');
    return oneCharacter(token.length > 1 && token.startsWith('[') ? this.#set(token) : (is) => is === token);
  }

  /** `[a-z]`, `[!a-z]` or `[^a-z]`. */
  #set(token: string): (character: string) => boolean {
    const isNegated = /^\[[!^]/.test(token);
    const written = token.slice(isNegated ? 2 : 1, -1);
    if (written === '') throw this.#problem('"[" has no "]"');
    if (/\[[:=.]/.test(written)) throw this.#problem('a set has the characters themselves, as in "[a-z0-9]"');
    const ranges = [...written.matchAll(/(.)-(.)|./gsu)].map(([one, first = one, last = one]) => {
      const range = [codePoint(first), codePoint(last)] as const;
      if (range[0] > range[1]) throw this.#problem(`"${one}" goes backwards`);
      return range;
    });
    return (character) => {
      const code = codePoint(character);
      return ranges.some(([first, last]) => first <= code && code <= last) !== isNegated;
    };
  }

  #problem(why: string): Error {
    return new Error(`"${this.#glob}" is not a glob: ${why}`);
  }
}

function anyCharacters(name: readonly string[], starts: ReadonlySet<number>): ReadonlySet<number> {
  const ends = new Set<number>();
  for (let end = Math.min(...starts); end <= name.length; end++) ends.add(end);
  return ends;
}

function oneCharacter(isOne: (character: string) => boolean): Part {
  return (name, starts) => {
    const ends = new Set<number>();
    for (const start of starts) {
      const character = name[start];
      if (character !== undefined && isOne(character)) ends.add(start + 1);
    }
    return ends;
  };
}

function codePoint(character: string): number {
  return character.codePointAt(0) as number;
}
