import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** What the simulation is made of. */
const SOURCES = ['server/engine', 'shared', 'test/model', 'test/simulation'];
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

/** What a process has to say of its seeds. */
export interface Report {
  readonly runs: number;
  /** The first seed that failed. */
  readonly failure: { readonly seed: number; readonly text: string } | undefined;
  readonly counts: [string, number][];
  readonly places: [string, number][];
}

/** Some of the seeds from `first` up to `first + count`: every `step`th. */
export interface Share {
  readonly first: number;
  readonly count: number;
  readonly step: number;
}

/** Makes the simulation a program in a directory, so that processes can run it. */
export function compileInto(directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(process.cwd(), 'node_modules'), join(directory, 'node_modules'));
  for (const source of SOURCES) {
    for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
      const path = join(source, name);
      if (path.endsWith('.ts') && !path.endsWith('.test.ts')) {
        compileFile(directory, path, readFileSync(path, 'utf8'));
      }
    }
  }
}

/** Puts one file of the program there, made of this text. */
export function compileFile(directory: string, path: string, text: string): void {
  const target = join(directory, path.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, ts.transpileModule(text, { compilerOptions: OPTIONS }).outputText);
}

/** Runs a share of the seeds in a process of their own. Undefined when it takes longer than `timeoutMs`, or dies. */
export async function runShare(
  directory: string,
  { first, count, step }: Share,
  timeoutMs?: number,
): Promise<Report | undefined> {
  const args = [first, count, step].map(String);
  const child = fork(join(directory, 'test/simulation/process.js'), args, { stdio: 'inherit', execArgv: [] });
  let report: Report | undefined;
  child.on('message', (message) => {
    report = message as Report;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs ?? 2 ** 31 - 1);
  await once(child, 'exit');
  clearTimeout(timer);
  return report;
}
