export { Discard, Fail } from './consumer/class/verdict.ts';
export { defineWorker, type MethodName, type WorkerDefinition } from './consumer/class/worker-definition.ts';
export type { JobContext } from './consumer/job-info.ts';
export { formatCall, type Literal } from './shared/call.ts';
export { connect, type JobStatus, type Producer } from './shared/client.ts';
export type { ConnectOptions, TlsOptions } from './shared/connect-options.ts';
export {
  ClosedError,
  ConfigError,
  MemqError,
  NotAllowedError,
  PayloadError,
  ServerError,
  TryLaterError,
  UnreachableError,
  UsageError,
  WrongServerError,
} from './shared/errors.ts';
export type { FailedJob } from './shared/failed-job.ts';
export type { EnqueueOptions, JobBackoff, RetryOptions, WaitOptions } from './shared/job-key.ts';
export { VERSION } from './shared/version.ts';
