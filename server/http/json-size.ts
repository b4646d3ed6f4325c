/** What JSON may have: parsing what is nested very deep, or has very many values, holds up everybody. */
const DEEPEST = 600;
const MOST_VALUES = 20_000;

/** Why JSON is not to be parsed; undefined where it may be. A look at its characters, whether it is JSON or not. */
export function jsonSizeProblem(text: string): string | undefined {
  let depth = 0;
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i);
        break;
      case COMMA:
        values++;
        break;
      case BRACKET:
      case BRACE:
        values++;
        if (++depth > DEEPEST) return `is nested deeper than ${DEEPEST} levels`;
        break;
      case BRACKET + 2:
      case BRACE + 2:
        depth--;
    }
    if (values > MOST_VALUES) return `has more than ${MOST_VALUES} values`;
  }
  return undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** Where the string ends that begins at `start`; the end of all where it does not. */
function endOfString(text: string, start: number): number {
  for (let end = start; ; ) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let before = end;
    while (text.charCodeAt(before - 1) === BACKSLASH) before--;
    if ((end - before) % 2 === 0) return end;
  }
}
