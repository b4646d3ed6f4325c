import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError, errorCode, MemqError, NotAllowedError } from '../../shared/errors.ts';
import type { ClassSource } from '../config/worker-source.ts';
import { explainList, isWorkerDefinition, narrow, type WorkerDefinition } from './worker-definition.ts';

/** Not known before Node.js 22. */
const RUNS_TYPESCRIPT = 'typescript' in process.features && Boolean(process.features.typescript);

const ENDS = ['.js', '.mjs', '.cjs', ...(RUNS_TYPESCRIPT ? ['.ts'] : [])];

/**
 * The file with the class `name` when the configuration names none: beside the configuration, and named as the
 * class (Worker.js, worker.js, and the same with .mjs, .cjs and, where this Node.js runs TypeScript, .ts).
 *
 * @throws ConfigError when there is no such file
 */
export async function findClassFile(directory: string, name: string): Promise<string> {
  const stems = new Set([name, name.charAt(0).toLowerCase() + name.slice(1), name.toLowerCase()]);
  const candidates = [...stems].flatMap((stem) => ENDS.map((end) => stem + end));
  for (const candidate of candidates) {
    const file = join(directory, candidate);
    if (await exists(file)) return file;
  }
  throw new ConfigError(
    `no file with class ${name} in ${directory} (looked for ${candidates.join(', ')}): set classfile`,
  );
}

/** The worker's class, with the methods of it that may be called; no instance is made. */
export async function loadWorker({
  file,
  className,
  methods,
  places,
}: ClassSource): Promise<WorkerDefinition> {
  return narrow(await loadClassFile(file, className, places.className), methods, places.methods);
}

/**
 * Loads the worker that `file` exports as default. `place`: where the name is written.
 *
 * @throws ConfigError when the file cannot be loaded, NotAllowedError when it is not a definition of class `name`
 */
export async function loadClassFile(file: string, name: string, place = ''): Promise<WorkerDefinition> {
  if (!(await exists(file))) throw new ConfigError(`classfile ${file} does not exist`);
  let exported: unknown;
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(file).href);
    exported = module.default;
  } catch (error) {
    if (error instanceof MemqError) throw error;
    throw new ConfigError(`classfile ${file} cannot be loaded: ${explain(error, file)}`, { cause: error });
  }
  if (!isWorkerDefinition(exported)) throw new NotAllowedError(`classfile ${file}: ${explainList(name)}`);
  if (exported.name !== name) {
    throw new NotAllowedError(
      `${place}classfile ${file} has class ${exported.name}, but classname is ${name}`,
    );
  }
  return exported;
}

function explain(error: unknown, file: string): string {
  if (!(error instanceof Error)) return String(error);
  if (/^Cannot find (?:package|module) 'memq'/.test(error.message))
    return `it imports memq, which is not installed there: npm install memq in ${dirname(file)}`;
  if (errorCode(error) === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[mc]?ts$/.test(file))
    return `Node.js ${process.version} does not run TypeScript: compile it, or use Node.js 22.18 or later`;
  return error.stack ?? error.message;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
