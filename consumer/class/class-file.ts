import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Deferred } from '../../shared/deferred.ts';
import { ConfigError, errorCode, errorMessage, MemqError, NotAllowedError } from '../../shared/errors.ts';
import { PACKAGE_DIRECTORY } from '../../shared/version.ts';
import type { ClassSource } from '../config/worker-source.ts';
import { errorText } from '../reason.ts';
import { locationOf } from '../report/error-location.ts';
import { type Exports, explainExports, exportedWorker } from './exported-worker.ts';
import { findSyntaxError } from './syntax-error.ts';
import { narrow, type WorkerDefinition } from './worker-definition.ts';

/** Not known before Node.js 22. */
const RUNS_TYPESCRIPT = 'typescript' in process.features && Boolean(process.features.typescript);

/** Of classes that a program runs. */
const PROGRAM_ENDS = ['.php', '.py', '.rb'];

const ENDS = ['.js', '.mjs', '.cjs', ...(RUNS_TYPESCRIPT ? ['.ts'] : [])];

/**
 * The file with the class `name` when the configuration names none: beside the configuration, and named as the
 * class (Worker.js, worker.js, and the same with .mjs, .cjs and, where this Node.js runs TypeScript, .ts).
 *
 * @throws ConfigError when there is no such file
 */
export async function findClassFile(directory: string, name: string): Promise<string> {
  const stems = new Set([name, name.charAt(0).toLowerCase() + name.slice(1), name.toLowerCase()]);
  const named = (ends: readonly string[]) => [...stems].flatMap((stem) => ends.map((end) => stem + end));
  const candidates = named(ENDS);
  const candidate = await firstIn(directory, candidates);
  if (candidate !== undefined) return join(directory, candidate);
  const program = await firstIn(directory, named(PROGRAM_ENDS));
  const advice =
    program === undefined ? 'set classfile' : `${program} is run by a program: set command and methods`;
  throw new ConfigError(
    `no file with class ${name} in ${directory} (looked for ${candidates.join(', ')}): ${advice}`,
  );
}

/** The first of these files that there is. */
async function firstIn(directory: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) if (await exists(join(directory, name))) return name;
  return undefined;
}

/** The worker's class, with the methods of it that may be called; no instance is made. */
export async function loadWorker(source: ClassSource): Promise<WorkerDefinition> {
  const { file, className, methods, places } = source;
  return narrow(await loadClassFile(file, className, places.className), methods, places.methods);
}

/**
 * The same, for those who would wait for ever for a class that never finishes loading.
 *
 * @throws ConfigError when it has not within so many milliseconds
 */
export async function loadWorkerInTime(source: ClassSource, timeoutMs: number): Promise<WorkerDefinition> {
  const { promise: tooLate, resolve: give } = new Deferred<undefined>();
  const timer = setTimeout(() => give(undefined), timeoutMs).unref();
  // Nothing is left that it could wait for.
  const nothingLeft = () => give(undefined);
  process.once('beforeExit', nothingLeft);
  try {
    const definition = await Promise.race([loadWorker(source), tooLate]);
    if (definition !== undefined) return definition;
    throw new ConfigError(
      `classfile ${source.file} does not finish loading: what does it await outside of its class?`,
    );
  } finally {
    clearTimeout(timer);
    process.off('beforeExit', nothingLeft);
  }
}

/**
 * Loads the worker that `file` exports as default. `place`: where the name is written.
 *
 * @throws ConfigError when the file cannot be loaded, NotAllowedError when it is not a definition of class `name`
 */
export async function loadClassFile(file: string, name: string, place = ''): Promise<WorkerDefinition> {
  if (!(await exists(file))) throw new ConfigError(`classfile ${file} does not exist`);
  let exports: Exports;
  try {
    exports = await import(pathToFileURL(file).href);
  } catch (error) {
    throw await loadError(error, file);
  }
  const definition = exportedWorker(exports);
  if (definition === undefined) throw new NotAllowedError(explainExports(file, name, exports));
  if (definition.name !== name) {
    throw new NotAllowedError(
      `${place}classfile ${file} has class ${definition.name}, but classname is ${name}`,
    );
  }
  return definition;
}

/** Why a file cannot be loaded. */
async function loadError(error: unknown, file: string): Promise<Error> {
  // Also of another installed copy of this package.
  if (errorCode(error) === 'NOT_ALLOWED') {
    const place = locationOf(errorText(error)) ?? `classfile ${file}`;
    return new NotAllowedError(`${place}: ${errorMessage(error)}`);
  }
  if (error instanceof MemqError) return error;
  return new ConfigError(`classfile ${file} cannot be loaded: ${await explain(error, file)}`, {
    cause: error,
  });
}

async function explain(error: unknown, file: string): Promise<string> {
  const message = errorMessage(error);
  if (/^Cannot find (?:package|module) 'memq'/.test(message))
    return `it imports memq, which is not installed there: npm install ${PACKAGE_DIRECTORY} in ${dirname(file)}`;
  if (errorCode(error) === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[mc]?ts$/.test(file))
    return `Node.js ${process.version} does not run TypeScript: compile it, or use Node.js 22.18 or later`;
  const text = errorText(error);
  if (!(error instanceof SyntaxError) || locationOf(text) !== undefined) return text;
  const found = await findSyntaxError(file);
  return found === undefined ? text : `SyntaxError: ${message} in: ${found.code}\n    at ${found.place}`;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
