import { ConfigError, NotAllowedError } from '../shared/errors.ts';

// biome-ignore lint/suspicious/noExplicitAny: a worker's methods take whatever their author declared
export type Method = (...args: any[]) => unknown;

/** The names of the methods of `T` that a job may be allowed to call. */
export type MethodName<T> = { [K in keyof T]: T[K] extends Method ? K : never }[keyof T] & string;

/** A class, and the only methods of it that jobs can call. Made by `defineWorker`. */
export interface WorkerDefinition {
  /** The class's name, which the configuration's `classname` must equal. */
  readonly name: string;
  readonly methods: ReadonlyMap<string, Method>;
  readonly create: () => object;
}

/** Marks a definition, also one that another installed copy of this package has made. */
const DEFINITION = Symbol.for('memq.worker.1');

/**
 * Says which methods of a class jobs may call; a file with a worker has this as its default export:
 *
 *     export default defineWorker(Worker, { methods: ['saveToLocal'] });
 *
 * Each must be a method in the body of the class or of a class that it extends. What is not listed cannot be
 * called, whatever a payload says.
 *
 * @throws NotAllowedError when a method is listed that the class does not have, or the list is empty
 */
export function defineWorker<T extends object>(
  Class: new () => T,
  options: { readonly methods: readonly MethodName<T>[] },
): WorkerDefinition {
  if (typeof Class !== 'function' || typeof Class.prototype !== 'object') {
    throw new NotAllowedError('defineWorker takes a class and { methods: [...] }');
  }
  const names: unknown = options?.methods;
  if (!Array.isArray(names) || names.length === 0) throw new NotAllowedError(explainList(Class.name));
  const methods = new Map(names.map((name) => [String(name), findMethod(Class, String(name))]));
  return Object.freeze({ [DEFINITION]: true, name: Class.name, methods, create: () => new Class() });
}

/** Whether `value` comes from `defineWorker`. */
export function isWorkerDefinition(value: unknown): value is WorkerDefinition {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, DEFINITION);
}

/** What to write when a class does not say which of its methods may be called. */
export function explainList(name: string): string {
  return (
    `class ${name} does not say which of its methods jobs may call. Write: ` +
    `import { defineWorker } from 'memq'; export default defineWorker(${name}, { methods: ['aMethod'] });`
  );
}

/** Looks on the prototypes of the class and of those that it extends, never on Object's. */
function findMethod(Class: new () => object, name: string): Method {
  let prototype: object | null = Class.prototype;
  while (prototype !== null && prototype !== Object.prototype && name !== 'constructor') {
    const property = Object.getOwnPropertyDescriptor(prototype, name);
    if (typeof property?.value === 'function') return property.value;
    if (property !== undefined) break;
    prototype = Object.getPrototypeOf(prototype);
  }
  throw new NotAllowedError(`${JSON.stringify(name)} is not a method of class ${Class.name}`);
}

/**
 * The definition with only some of its methods; `undefined` keeps all.
 *
 * @throws ConfigError when `names` has one that the definition does not
 */
export function narrow(definition: WorkerDefinition, names: readonly string[] | undefined): WorkerDefinition {
  if (names === undefined) return definition;
  const methods = names.map((name): [string, Method] => {
    const method = definition.methods.get(name);
    if (method !== undefined) return [name, method];
    throw new ConfigError(`methods has ${name}, which class ${definition.name} does not allow`);
  });
  return { ...definition, methods: new Map(methods) };
}

/**
 * The method that a job names.
 *
 * @throws NotAllowedError when jobs may not call it
 */
export function findAllowed(definition: WorkerDefinition, name: string): Method {
  const method = definition.methods.get(name);
  if (method !== undefined) return method;
  const allowed = [...definition.methods.keys()].join(', ');
  throw new NotAllowedError(`method ${JSON.stringify(name)} may not be called (allowed: ${allowed})`);
}
