import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

/** Files that are looked at, the class's and those that it imports. */
const MOST_FILES = 50;

/** Files of ours that a module imports. Where this takes something else for an import, that is just one file more. */
const IMPORT = /\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"\n]+)['"]/g;

/** What Node.js writes of a module on its standard input that it cannot parse. */
const ARROW = /^.*:(\d+)\n(.*)\n( *)\^+\s*\n/;

/**
 * Where the modules cannot be parsed of which `file` is the first, as `file:line:column`, with the line of code; undefined
 * where that is not found. The error of an import does not say it; Node.js prints it of what it is given to check, which
 * runs nothing.
 */
export async function findSyntaxError(file: string): Promise<{ place: string; code: string } | undefined> {
  const files = new Set([file]);
  for (const each of files) {
    const source = await readFile(each, 'utf8').catch(() => undefined);
    if (source === undefined) continue;
    // Of TypeScript Node.js says where when it takes the types out.
    const arrow = /ts$/.test(each) ? null : ARROW.exec(await checkModule(source));
    if (arrow !== null) {
      const [, line, code = '', blanks = ''] = arrow;
      return { place: `${each}:${line}:${blanks.length + 1}`, code: code.trim() };
    }
    for (const imported of importsOf(each, source)) if (files.size < MOST_FILES) files.add(imported);
  }
  return undefined;
}

function importsOf(file: string, source: string): string[] {
  const { resolve } = createRequire(file);
  return [...source.matchAll(IMPORT)].flatMap(([, name = '']) => {
    try {
      return /\.m?[jt]s$/.test(name) ? [resolve(name)] : [];
    } catch {
      return [];
    }
  });
}

/** What Node.js has to say against a module. */
async function checkModule(source: string): Promise<string> {
  const child = spawn(process.execPath, ['--check', '--input-type=module', '-'], {
    stdio: ['pipe', 'ignore', 'pipe'],
    // Flags of this process are not meant for it.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  // It may end before it has read all.
  child.on('error', () => {});
  child.stdin.on('error', () => {}).end(source);
  return text(child.stderr);
}
