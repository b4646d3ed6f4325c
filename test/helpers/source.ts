import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '../..');

export const sourceText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The strings that the `case`s of a source file name. */
export function caseLabels(path: string): string[] {
  const labels: string[] = [];
  visit(path, (node) => {
    if (ts.isCaseClause(node) && ts.isStringLiteral(node.expression)) labels.push(node.expression.text);
  });
  return labels;
}

/** A text of the source with what it is to match: anything where it has a value. */
interface Message {
  readonly text: string;
  readonly pattern: RegExp;
}

/** All texts of source files that have a blank in them: what is said to somebody. */
export function messages(paths: readonly string[]): Message[] {
  const all: Message[] = [];
  for (const path of paths)
    visit(path, (node) => {
      const parts = partsOf(node);
      if (parts?.some((part) => / \w/.test(part)))
        all.push({
          text: `${path}: ${node.getText()}`,
          pattern: new RegExp(parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*')),
        });
    });
  return all;
}

/** What stands between the values of a string or a template; undefined for all else. */
function partsOf(node: ts.Node): string[] | undefined {
  if (ts.isImportDeclaration(node.parent ?? node) || ts.isLiteralTypeNode(node.parent ?? node))
    return undefined;
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
}

function visit(path: string, look: (node: ts.Node) => void): void {
  const file = ts.createSourceFile(path, sourceText(path), ts.ScriptTarget.Latest, true);
  const go = (node: ts.Node): void => {
    look(node);
    ts.forEachChild(node, go);
  };
  go(file);
}
