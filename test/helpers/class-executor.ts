import { ClassExecutor } from '../../consumer/class/class-executor.ts';
import { defineWorker, type MethodName } from '../../consumer/class/worker-definition.ts';
import type { JobResult } from '../../consumer/executor.ts';
import { runInJob } from '../../consumer/pool/entry/job-context.ts';
import { createLogger } from '../../shared/logger.ts';

interface RunOptions {
  readonly context?: boolean;
  readonly timeoutMs?: number;
}

/** Runs methods of a class as its jobs are run, in this process: `await run('method', ...arguments)`. */
export async function runnerOf<T extends object>(
  Class: new () => T,
  methods: readonly MethodName<T>[],
  { context = false, timeoutMs = 0 }: RunOptions = {},
): Promise<(method: MethodName<T>, ...args: unknown[]) => Promise<JobResult>> {
  const definition = defineWorker(Class, { methods, context });
  const executor = new ClassExecutor(
    async () => definition,
    () => createLogger('test', 'silent'),
  );
  await executor.start();
  const { signal } = new AbortController();
  const about = { queue: 'q', id: '1', attempt: 1, enqueued: 0, deaths: 0, isLast: false };
  const job = { ...about, payload: Buffer.alloc(0), flags: 0 };
  return async (method, ...args) =>
    runInJob({ row: 0, serial: 1, job }, () =>
      executor.execute({
        info: job,
        call: { method, args },
        timeoutMs,
        stopping: signal,
        signal,
        progress: () => {},
      }),
    );
}
