/** Control characters, ends of lines, marks that turn the direction of text, halves of characters. */
const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/gu;

/**
 * The text on one line, and without anything that a terminal would obey, or that would show it as something else:
 * such characters are written as JavaScript's escapes.
 */
export function printable(text: string): string {
  return text.replace(HARMFUL, escaped);
}

/** The same, with line ends kept. */
export function printableLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => printable(line.replaceAll('\t', '    ')))
    .join('\n');
}

/** At most so many characters of the text, with `...` where some are left out. */
export function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).replace(/\p{Cs}$/u, '')}...`;
}

function escaped(character: string): string {
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  return short ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
