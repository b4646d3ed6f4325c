/** The little that is used of graphile-worker and pg-boss, which need not be installed. */
declare module 'graphile-worker' {
  import type { Pool } from 'pg';

  export class Logger {
    constructor(factory: () => () => void);
  }
  interface Options {
    readonly pgPool: Pool;
    readonly logger: Logger;
  }
  export function makeWorkerUtils(options: Options): Promise<{
    migrate(): Promise<void>;
    addJob(task: string, payload: object): Promise<unknown>;
    release(): Promise<void>;
  }>;
  export function runOnce(
    options: Options & {
      readonly concurrency: number;
      readonly noHandleSignals: boolean;
      readonly taskList: Readonly<Record<string, () => void>>;
    },
  ): Promise<void>;
}

declare module 'pg-boss' {
  export default class PgBoss {
    constructor(options: { readonly connectionString: string; readonly max: number });
    on(event: 'error', listener: (error: Error) => void): this;
    start(): Promise<this>;
    createQueue(name: string): Promise<void>;
    send(name: string, data: object): Promise<string | null>;
    fetch(name: string): Promise<readonly { readonly id: string }[]>;
    complete(name: string, id: string): Promise<void>;
    stop(options: { readonly graceful: boolean }): Promise<void>;
  }
}
