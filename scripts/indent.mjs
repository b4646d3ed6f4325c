import ts from 'typescript';

/**
 * The code with a tab in place of four blanks at the beginning of a line, as the compiler writes them: a package that is
 * smaller by a sixteenth. What is text, in templates of several lines, stays as it is.
 * @param {string} code
 */
export function indentByTabs(code) {
  const source = ts.createSourceFile('.js', code, ts.ScriptTarget.Latest);
  /** @type {Set<number>} */
  const text = new Set();
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isTemplateLiteralToken(node)) {
      const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
      const last = source.getLineAndCharacterOfPosition(node.getEnd()).line;
      for (let line = first + 1; line <= last; line++) text.add(line);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const lines = code.split('\n');
  const tabs = (/** @type {string} */ blanks) => '\t'.repeat(blanks.length / 4);
  return lines.map((line, i) => (text.has(i) ? line : line.replace(/^(?: {4})+/, tabs))).join('\n');
}
