export type { JobContext } from './consumer/class/context.ts';
export { Discard, Fail } from './consumer/class/verdict.ts';
export { defineWorker, type MethodName, type WorkerDefinition } from './consumer/class/worker-definition.ts';
export { formatCall, type Literal } from './shared/call.ts';
export {
  type ConnectOptions,
  connect,
  type EnqueueOptions,
  type JobStatus,
  type Producer,
  type RetryOptions,
} from './shared/client.ts';
export {
  ConfigError,
  MemqError,
  NotAllowedError,
  PayloadError,
  ServerError,
  TryLaterError,
  UnreachableError,
  UsageError,
} from './shared/errors.ts';
export type { FailedJob } from './shared/failed-job.ts';
export { VERSION } from './shared/version.ts';
