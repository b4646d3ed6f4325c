/** A piece of a text: as it is, or a mark that stands for a character that would not be seen, or moves others. */
export interface Segment {
  readonly text: string;
  readonly isMark: boolean;
}

/**
 * What hides, or makes a text look like another one: controls (C0, DEL, C1) but tab and line feed, all of format (bidi controls, zero
 * width, tags), separators of lines, half pairs, and what has no shape. What joins pictographs to one is a part of it, and stays.
 */
const HIDDEN =
  /(?<=\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?)\u200D(?=\p{Extended_Pictographic})|(?<=\p{Extended_Pictographic})\uFE0F|([\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800])/gu;

/** As long as names are: longer ones are a layout of something. */
const ONLY_BLANKS = /^\p{White_Space}{1,250}$/u;

/** A text in which nothing is hidden: marks such as [U+202E] stand for what cannot be seen. */
export function visibleText(text: string): Segment[] {
  if (ONLY_BLANKS.test(text)) return [...text].map((blank) => ({ text: markOf(blank), isMark: true }));
  const segments: Segment[] = [];
  let end = 0;
  for (const match of text.matchAll(HIDDEN)) {
    const hidden = match[1];
    if (hidden === undefined || hidden === '\n' || hidden === '\t') continue;
    if (match.index > end) segments.push({ text: text.slice(end, match.index), isMark: false });
    segments.push({ text: markOf(hidden), isMark: true });
    end = match.index + hidden.length;
  }
  if (end < text.length) segments.push({ text: text.slice(end), isMark: false });
  return segments;
}

/** The same as one string: for titles and labels, where nothing can be rendered. */
export function visibleString(text: string): string {
  return visibleText(text)
    .map((segment) => segment.text)
    .join('');
}

function markOf(character: string): string {
  const code = character.codePointAt(0) as number;
  return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
}
