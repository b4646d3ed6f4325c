import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { defineWorkerText, isWorkerDefinition, NO_LIST, type WorkerDefinition } from './worker-definition.ts';

/** What an import of a class file has; of CommonJS `default` is its `module.exports`. */
export type Exports = Readonly<Record<string, unknown>>;

/** The worker that a file exports as default; undefined when that is none. */
export function exportedWorker({ default: exported }: Exports): WorkerDefinition | undefined {
  if (isWorkerDefinition(exported)) return exported;
  // What compilers make of `export default` for CommonJS.
  const compiled = isObject(exported) && exported.__esModule === true ? exported.default : undefined;
  return isWorkerDefinition(compiled) ? compiled : undefined;
}

/** Why what a file exports is no worker, and what to write, in the file's own kind of module. */
export function explainExports(file: string, name: string, exports: Exports): string {
  const isCommon = isCommonJs(file);
  const named = firstByName(isCommon && isObject(exports.default) ? exports.default : exports);
  const problem =
    named === undefined || isClass(exports.default)
      ? `classfile ${file}: class ${name} ${NO_LIST}. Write:`
      : `classfile ${file} exports ${named} by name; what it needs is a default export that lists methods. Write:`;
  const lines = isCommon
    ? ["const { defineWorker } = require('memq');", `module.exports = ${defineWorkerText(name)};`]
    : ["import { defineWorker } from 'memq';", `export default ${defineWorkerText(name)};`];
  return [problem, ...lines.map((line) => `    ${line}`)].join('\n');
}

/** The first class or worker that is exported by a name. */
function firstByName(exports: Exports): string | undefined {
  return Object.keys(exports).find(
    (key) => key !== 'default' && (isClass(exports[key]) || isWorkerDefinition(exports[key])),
  );
}

function isClass(value: unknown): boolean {
  return typeof value === 'function' && typeof value.prototype === 'object';
}

/** Whether a file that was imported is CommonJS: then `require` knows it as well. */
function isCommonJs(file: string): boolean {
  return file.endsWith('.cjs') || realpathSync(file) in createRequire(file).cache;
}

function isObject(value: unknown): value is Exports {
  return typeof value === 'object' && value !== null;
}
