import { ConfigError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { checkCall } from '../allowed-call.ts';
import { siblingIntro } from '../error-text/part-line.ts';
import type { Execution, Executor, JobResult, MethodRules } from '../executor.ts';
import type { JobInfo } from '../job-info.ts';
import { Limit } from '../limit.ts';
import { ownContext } from '../own-context.ts';
import { errorText, joinReasons, reasonOf } from '../reason.ts';
import { Context } from './context.ts';
import { finished } from './unfinished.ts';
import { verdictOf } from './verdict.ts';
import type { AllowedMethod, WorkerDefinition } from './worker-definition.ts';

const DONE: JobResult = { kind: 'done' };
const NONE: readonly unknown[] = [];

/** How long a job may go on after its deadline, to end in order. Milliseconds. */
const ABORT_GRACE_MS = 500;

/** Runs jobs on the one instance that this process has of the worker's class. */
export class ClassExecutor implements Executor {
  readonly #load: () => Promise<WorkerDefinition>;
  readonly #openLog: () => Logger;
  #log: Logger | undefined;
  readonly #rules = new Map<string, MethodRules>();
  /** Of the jobs that run. */
  readonly #controllers = new Map<JobInfo, AbortController>();
  #stopping: AbortSignal | undefined;
  // Both are set by `start`.
  #definition!: WorkerDefinition;
  #instance!: object;

  /** `openLog` is called once a job logs. */
  constructor(load: () => Promise<WorkerDefinition>, openLog: () => Logger) {
    this.#load = load;
    this.#openLog = openLog;
  }

  async start(): Promise<void> {
    this.#definition = await ownContext().runInAsyncScope(this.#load);
    for (const [name, { concurrency, timeoutMs }] of this.#definition.methods) {
      const limit = Number.isFinite(concurrency) ? new Limit(concurrency) : undefined;
      this.#rules.set(name, { timeoutMs, limit });
    }
    try {
      this.#instance = ownContext().runInAsyncScope(this.#definition.create);
    } catch (error) {
      throw new ConfigError(`new ${this.#definition.name}() threw ${errorText(error)}`);
    }
  }

  rules(method: string): MethodRules | undefined {
    return this.#rules.get(method);
  }

  execute(execution: Execution): JobResult | Promise<JobResult> {
    const { name, methods } = this.#definition;
    try {
      checkCall(execution.call, name, methods);
    } catch (error) {
      return { kind: 'rejected', reason: reasonOf(error) };
    }
    const allowed = methods.get(execution.call.method) as AllowedMethod;
    const { info, timeoutMs, stopping } = execution;
    // By nothing but its context can a job see its signal.
    const controller = this.#wantsContext(allowed) ? this.#follow(info, stopping) : undefined;
    const result = this.#call(execution, allowed, controller?.signal);
    if (!(result instanceof Promise)) {
      this.#controllers.delete(info);
      return result;
    }
    const inItsTime = timeoutMs > 0 ? inTime(result, timeoutMs, controller) : result;
    return controller === undefined ? inItsTime : inItsTime.finally(() => this.#controllers.delete(info));
  }

  /** What does not listen to its signal is ended by nothing but the end of this process. */
  cancel(info: JobInfo): void {
    this.#controllers.get(info)?.abort(new DOMException('the job was cancelled', 'CancelledError'));
  }

  /** A controller for a job, which the stop aborts as well. (AbortSignal.any would keep a trace of each job for ever.) */
  #follow(info: JobInfo, stopping: AbortSignal): AbortController {
    const controller = new AbortController();
    this.#controllers.set(info, controller);
    if (stopping.aborted) controller.abort(stopping.reason);
    if (this.#stopping === stopping) return controller;
    this.#stopping = stopping;
    stopping.addEventListener('abort', () => {
      for (const each of this.#controllers.values()) each.abort(stopping.reason);
    });
    return controller;
  }

  async close(): Promise<void> {}

  /** Each job logs to a child of it. */
  readonly #logOfAll = (): Logger => {
    this.#log ??= ownContext().runInAsyncScope(this.#openLog);
    return this.#log;
  };

  #wantsContext(allowed: AllowedMethod): boolean {
    return allowed.wantsContext || this.#definition.wantsContext;
  }

  /** Never throws or rejects. */
  #call(execution: Execution, allowed: AllowedMethod, signal?: AbortSignal): JobResult | Promise<JobResult> {
    const { setUp, tearDown, wantsContext } = this.#definition;
    const { method, args } = execution.call;
    const context =
      signal && this.#wantsContext(allowed) ? [new Context(execution, signal, this.#logOfAll)] : NONE;
    const given = allowed.wantsContext ? [...context, ...args] : args;
    const run = () => Reflect.apply(allowed.method, this.#instance, given);
    if (setUp !== undefined || tearDown !== undefined)
      return this.#callBetween(method, run, wantsContext ? context : NONE);
    try {
      const value = run();
      return isThenable(value) ? ended(method, value) : doneWith(method, value);
    } catch (error) {
      return resultOf(error);
    }
  }

  /** The same between setUp and tearDown, which are given `general`. */
  async #callBetween(method: string, run: () => unknown, general: readonly unknown[]): Promise<JobResult> {
    const { setUp, tearDown } = this.#definition;
    let result: JobResult;
    try {
      if (setUp !== undefined) finished('setUp', await Reflect.apply(setUp, this.#instance, general));
    } catch (error) {
      return resultOf(error);
    }
    try {
      result = doneWith(method, await run());
    } catch (error) {
      result = resultOf(error);
    }
    try {
      if (tearDown !== undefined)
        finished('tearDown', await Reflect.apply(tearDown, this.#instance, general));
    } catch (error) {
      result = withTearDown(result, error);
    }
    return result;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isObject && 'then' in value && typeof value.then === 'function';
}

/** What becomes of a job whose method returned a promise. */
async function ended(method: string, value: PromiseLike<unknown>): Promise<JobResult> {
  try {
    return doneWith(method, await value);
  } catch (error) {
    return resultOf(error);
  }
}

/** What becomes of a job that returned. @throws Fail when it has not run */
function doneWith(method: string, returned: unknown): JobResult {
  const value = finished(method, returned);
  return value === undefined ? DONE : { kind: 'done', value };
}

/** What becomes of a job that threw. */
function resultOf(error: unknown): JobResult {
  const verdict = verdictOf(error);
  if (verdict === 'discard') return DONE;
  const reason = errorText(error);
  return verdict === 'fail' ? { kind: 'rejected', reason, isThrown: true } : { kind: 'failed', reason };
}

/** What becomes of a job whose tearDown threw: what the method threw says more. */
function withTearDown(result: JobResult, error: unknown): JobResult {
  if (result.kind === 'done') return resultOf(error);
  const also = `${siblingIntro(2, 2)}tearDown: ${errorText(error)}`;
  return { ...result, reason: joinReasons(result.reason, also) };
}

/** The result; or, when the job does not end with its deadline either, that it is stuck. */
async function inTime(
  result: Promise<JobResult>,
  timeoutMs: number,
  controller: AbortController | undefined,
): Promise<JobResult> {
  const reason = `it ran longer than its timeout of ${timeoutMs / 1000} s`;
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const stuck = new Promise<JobResult>((resolve) => {
    const give = () => resolve({ kind: 'failed', reason, isStuck: true });
    timer = setTimeout(() => {
      isLate = true;
      controller?.abort(new DOMException(reason, 'TimeoutError'));
      timer = setTimeout(give, ABORT_GRACE_MS);
    }, timeoutMs);
  });
  try {
    const ended = await Promise.race([result, stuck]);
    if (!isLate || ended.kind !== 'failed' || ended.isStuck) return ended;
    return { kind: 'failed', reason: joinReasons(reason, ended.reason) };
  } finally {
    clearTimeout(timer);
  }
}
