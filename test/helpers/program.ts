import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** What the simulation and the model are made of, and the engine that they try. */
const SOURCES = [
  'server/engine',
  'shared',
  'test/helpers',
  'test/model',
  'test/simulation',
  'test/server/engine/log/simulated',
];
const TESTS = ['test/model/model.test.ts'];
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

/** The few messages of a run lie on many pages, which come and go. */
const SMALL_PAGES = {
  file: 'server/engine/state/message-table.ts',
  text: 'PAGE_BITS = 12',
  replacement: 'PAGE_BITS = 2',
};

/** A text that is exactly once in a file, and is replaced. */
interface Replacement {
  readonly file: string;
  readonly text: string;
  readonly replacement: string;
}

/** A fault put into the engine. */
export interface Breakage extends Replacement {
  readonly what: string;
}

/** The first run of a program in which something was wrong, and what. */
export interface Finding {
  readonly run: number;
  readonly text: string;
}

/** Makes them a program in a directory, so that processes can run it. */
export function compileInto(directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(process.cwd(), 'node_modules'), join(directory, 'node_modules'));
  const paths = SOURCES.flatMap((source) => {
    const names = readdirSync(source, { recursive: true, encoding: 'utf8' });
    return names.map((name) => join(source, name));
  });
  const parts = paths.filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));
  for (const path of [...parts, ...TESTS]) compileFile(directory, path, readFileSync(path, 'utf8'));
  compileFile(directory, SMALL_PAGES.file, withReplacement(SMALL_PAGES));
}

/** Makes the program anew from a whole one, with the fault. */
export function breakInto(directory: string, whole: string, breakage: Breakage): void {
  cpSync(whole, directory, { recursive: true });
  compileFile(directory, breakage.file, withReplacement(breakage));
}

/** Throws when the text is not exactly once where it is to be replaced. */
export function withReplacement({ file, text, replacement }: Replacement): string {
  const parts = readFileSync(file, 'utf8').split(text);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, not once: ${text}`);
  return parts.join(replacement);
}

/** Puts one file of the program there, made of this text. */
function compileFile(directory: string, path: string, text: string): void {
  const target = join(directory, path.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, ts.transpileModule(text, { compilerOptions: OPTIONS }).outputText);
}
