import { ConfigError, NotAllowedError } from '../../shared/errors.ts';
import { MAX_TIMER_S } from '../../shared/limits.ts';
import { nearestHint, orNearest } from '../../shared/nearest.ts';
import { checkOptions } from '../../shared/options.ts';

// biome-ignore lint/suspicious/noExplicitAny: a worker's methods take whatever their author declared
type Method = (...args: any[]) => unknown;

/** The names of the methods of `T` that a job may be allowed to call. */
export type MethodName<T> = { [K in keyof T]: T[K] extends Method ? K : never }[keyof T] & string;

/** How jobs may call a method. */
interface MethodOptions {
  /** How many seconds a call may take, in place of the configuration's `timeout`; 0: as long as it takes. */
  readonly timeout?: number;
  /** How many calls may run at a time in each process; else as many as the configuration's `concurrency`. */
  readonly concurrency?: number;
  /** The first argument of the method is the job's context, before those of the payload. */
  readonly context?: boolean;
}

/** A method of `T`, or one with its options. */
type MethodEntry<T> = MethodName<T> | (MethodOptions & { readonly name: MethodName<T> });

interface WorkerOptions<T> extends Pick<MethodOptions, 'context'> {
  readonly methods: readonly MethodEntry<T>[];
}

const WORKER_OPTIONS: readonly (keyof WorkerOptions<object>)[] = ['methods', 'context'];
const METHOD_OPTIONS: readonly (keyof MethodOptions | 'name')[] = [
  'name',
  'timeout',
  'concurrency',
  'context',
];

/** A method that jobs may call. */
export interface AllowedMethod {
  readonly method: Method;
  /** Milliseconds; undefined: what the configuration says; 0: as long as it takes. */
  readonly timeoutMs: number | undefined;
  /** Infinity where nothing is said. */
  readonly concurrency: number;
  readonly wantsContext: boolean;
}

/** A class, and the only methods of it that jobs can call. Made by `defineWorker`. */
export interface WorkerDefinition {
  /** The class's name, which the configuration's `classname` must equal. */
  readonly name: string;
  readonly methods: ReadonlyMap<string, AllowedMethod>;
  /** Called before and after each job, if the class has them. */
  readonly setUp: Method | undefined;
  readonly tearDown: Method | undefined;
  readonly wantsContext: boolean;
  readonly create: () => object;
}

/** Marks a definition, also one that another installed copy of this package has made. */
const DEFINITION = Symbol.for('memq.worker.1');

/**
 * Says which methods of a class jobs may call; a file with a worker has this as its default export:
 *
 *     export default defineWorker(Worker, { methods: ['saveToLocal', { name: 'report', timeout: 600 }] });
 *
 * Each must be a method in the body of the class or of a class that it extends. What is not listed cannot be
 * called, whatever a payload says. Where the class has `setUp` and `tearDown`, they are called before and after each
 * job. With `context: true` these and all methods get the job's context as their first argument.
 *
 * @throws NotAllowedError when a method is listed that the class does not have, or the list is empty; TypeError for an
 *   option that there is not
 */
export function defineWorker<T extends object>(
  Class: new () => T,
  options: WorkerOptions<T>,
): WorkerDefinition {
  if (typeof Class !== 'function' || typeof Class.prototype !== 'object') {
    throw new NotAllowedError('defineWorker takes a class and { methods: [...] }');
  }
  const entries: unknown = options?.methods;
  if (!Array.isArray(entries) || entries.length === 0)
    throw new NotAllowedError(`class ${Class.name} ${NO_LIST}. Write: ${defineWorkerText(Class.name)}`);
  checkOptions('defineWorker', options, WORKER_OPTIONS);
  const wantsContext = options.context === true;
  return Object.freeze({
    [DEFINITION]: true,
    name: Class.name,
    methods: allowAll(Class, entries, wantsContext),
    setUp: findMethod(Class, 'setUp'),
    tearDown: findMethod(Class, 'tearDown'),
    wantsContext,
    create: () => new Class(),
  });
}

/** @throws NotAllowedError that tells all that is wrong */
function allowAll(
  Class: new () => object,
  entries: readonly unknown[],
  wantsContext: boolean,
): Map<string, AllowedMethod> {
  const methods = new Map<string, AllowedMethod>();
  const problems: string[] = [];
  for (const entry of entries) {
    const options: MethodOptions & { readonly name?: unknown } =
      typeof entry === 'object' && entry !== null ? entry : { name: entry };
    const name = String(options.name);
    checkOptions(`method ${name}`, options, METHOD_OPTIONS);
    const method = findMethod(Class, name);
    const problem = method === undefined ? noMethod(Class, name) : optionProblem(name, options);
    if (problem !== undefined) problems.push(problem);
    if (method !== undefined) methods.set(name, allowed(method, options, wantsContext));
  }
  if (problems.length > 0) throw new NotAllowedError(problems.join('\n'));
  return methods;
}

function allowed(method: Method, options: MethodOptions, wantsContext: boolean): AllowedMethod {
  const { timeout, concurrency = Number.POSITIVE_INFINITY, context = wantsContext } = options;
  const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
  return { method, timeoutMs, concurrency, wantsContext: context };
}

function noMethod(Class: new () => object, name: string): string {
  return `${JSON.stringify(name)} is not a method of class ${Class.name}${orNearest(name, methodNames(Class))}`;
}

function optionProblem(name: string, { timeout, concurrency }: MethodOptions): string | undefined {
  if (timeout !== undefined && !(timeout >= 0 && timeout <= MAX_TIMER_S))
    return `the timeout of ${name} must be 0 to ${MAX_TIMER_S} seconds, not ${timeout}`;
  if (concurrency !== undefined && !(concurrency >= 1))
    return `the concurrency of ${name} must be 1 or more, not ${concurrency}`;
  return undefined;
}

/** Whether `value` comes from `defineWorker`. */
export function isWorkerDefinition(value: unknown): value is WorkerDefinition {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, DEFINITION);
}

/** What is wrong with a class that has no list of methods. */
export const NO_LIST = 'does not say which of its methods jobs may call';

/** What to write then. */
export function defineWorkerText(name: string): string {
  return `defineWorker(${name}, { methods: ['aMethod'] })`;
}

/** Looks on the prototypes of the class and of those that it extends, never on Object's. */
function findMethod(Class: new () => object, name: string): Method | undefined {
  if (name === 'constructor') return undefined;
  for (const prototype of prototypes(Class)) {
    const property = Object.getOwnPropertyDescriptor(prototype, name);
    if (property !== undefined) return typeof property.value === 'function' ? property.value : undefined;
  }
  return undefined;
}

function methodNames(Class: new () => object): string[] {
  const names = [...prototypes(Class)].flatMap((prototype) => Object.getOwnPropertyNames(prototype));
  return names.filter((name) => findMethod(Class, name) !== undefined);
}

function* prototypes(Class: new () => object): Iterable<object> {
  let prototype: object | null = Class.prototype;
  while (prototype !== null && prototype !== Object.prototype) {
    yield prototype;
    prototype = Object.getPrototypeOf(prototype);
  }
}

/**
 * The definition with only some of its methods; `undefined` keeps all. `place`: where they are written.
 *
 * @throws ConfigError that tells all of `names` that the definition does not have
 */
export function narrow(
  definition: WorkerDefinition,
  names: readonly string[] | undefined,
  place = '',
): WorkerDefinition {
  if (names === undefined) return definition;
  const allowed = [...definition.methods.keys()];
  const wrong = names.filter((name) => !definition.methods.has(name));
  if (wrong.length > 0) {
    const texts = wrong.map((name) => {
      const hint = nearestHint(name, allowed, `it allows ${allowed.join(', ')}`);
      return `${place}methods has ${name}, which class ${definition.name} does not allow; ${hint}`;
    });
    throw new ConfigError(texts.join('\n'));
  }
  const methods = [...definition.methods].filter(([name]) => names.includes(name));
  return { ...definition, methods: new Map(methods) };
}
