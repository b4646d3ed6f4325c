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
/** Of other rooms. */
const FILES = ['server/cluster/looks.ts'];
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

/** A text that is exactly once in a file, and is replaced. */
interface Replacement {
  readonly file: string;
  readonly text: string;
  readonly replacement: string;
}

/** The few messages of a run lie on many pages, which come and go, and are so many that all is done in slices. */
const SMALL: readonly Replacement[] = [
  ['state/message-table.ts', 'PAGE_BITS = 12', 'PAGE_BITS = 2'],
  ['state/sweep.ts', 'DISCARDED_AT_ONCE = 1000', 'DISCARDED_AT_ONCE = 3'],
  ['background/sweeper.ts', 'SLOTS_PER_SLICE = 2048', 'SLOTS_PER_SLICE = 3'],
  ['operations/move.ts', 'MOVED_AT_ONCE = 1000', 'MOVED_AT_ONCE = 2'],
  ['operations/move.ts', 'MOVED_PER_TURN = 1000', 'MOVED_PER_TURN = 1'],
  ['operations/retry-failed.ts', 'RETRIED_PER_TURN = 100', 'RETRIED_PER_TURN = 1'],
  ['background/retention.ts', 'QUEUES_PER_TURN = 1000', 'QUEUES_PER_TURN = 1'],
  ['views/message-actions.ts', 'ACTED_PER_TURN = 100', 'ACTED_PER_TURN = 1'],
  ['background/retention.ts', 'DROPPED_PER_TURN = 250', 'DROPPED_PER_TURN = 1'],
  ['state/sorted-list.ts', 'MOST_IN_PIECE = 512', 'MOST_IN_PIECE = 2'],
].map(([file, text, replacement]) => ({ file: `server/engine/${file}`, text, replacement }) as Replacement);

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
  for (const path of [...parts, ...TESTS, ...FILES]) compileFile(directory, path, readFileSync(path, 'utf8'));
  for (const file of new Set(SMALL.map((each) => each.file))) compileFile(directory, file, smallText(file));
}

/** Makes the program anew from a whole one, with the fault. */
export function breakInto(directory: string, whole: string, breakage: Breakage): void {
  cpSync(whole, directory, { recursive: true });
  compileFile(directory, breakage.file, replaced(smallText(breakage.file), breakage));
}

/** Throws when the text is not exactly once where it is to be replaced. */
export function withReplacement(replacement: Replacement): string {
  return replaced(readFileSync(replacement.file, 'utf8'), replacement);
}

function replaced(whole: string, { file, text, replacement }: Replacement): string {
  const parts = whole.split(text);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, not once: ${text}`);
  return parts.join(replacement);
}

/** The text of a file, for runs of few messages. */
function smallText(file: string): string {
  return SMALL.filter((each) => each.file === file).reduce(replaced, readFileSync(file, 'utf8'));
}

/** Puts one file of the program there, made of this text. */
function compileFile(directory: string, path: string, text: string): void {
  const target = join(directory, path.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, ts.transpileModule(text, { compilerOptions: OPTIONS }).outputText);
}
