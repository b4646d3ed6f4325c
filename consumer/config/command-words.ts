/** A blank, or a word: pieces in single quotes, pieces in double quotes, and what is in none. */
const PIECE = /[ \t]+|'([^']*)'|"((?:\\["\\]|\\(?!["\\])|[^"\\])*)"|([^\s'"]+)/y;

/**
 * The words of a command: `php "my worker.php" --fast`. Words are parted by blanks; what is in quotes is kept
 * together. In double quotes `\"` and `\\` stand for `"` and `\`; a backslash elsewhere is itself. A word that begins
 * with `;` or `#` begins a comment. There is no shell: nothing else has a meaning.
 *
 * Throws an error that says what is wrong.
 */
export function commandWords(text: string): [string, ...string[]] {
  if (/\p{Cc}/u.test(text.replaceAll('\t', ' '))) throw new Error('it has a control character');
  const words: string[] = [];
  /** The pieces of the word that has begun. */
  let word: string | undefined;
  for (let start = 0; start < text.length; start = PIECE.lastIndex) {
    PIECE.lastIndex = start;
    const match = PIECE.exec(text);
    if (match === null) throw new Error('a quote is not closed');
    const [piece, single, double, bare] = match;
    const value = single ?? bare ?? double?.replace(/\\(["\\])/g, '$1');
    if (value !== undefined) {
      if (word === undefined && /^[;#]/.test(piece)) break;
      word = (word ?? '') + value;
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  const [program, ...args] = words;
  if (!program) throw new Error('it is empty');
  return [program, ...args];
}
