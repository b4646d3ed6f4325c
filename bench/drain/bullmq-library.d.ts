/** The little that is used of BullMQ, which need not be installed. */
declare module 'bullmq' {
  interface ConnectionOptions {
    readonly connection: { readonly host: string; readonly port: number };
  }
  interface JobOptions {
    readonly removeOnComplete: boolean;
    readonly removeOnFail: boolean;
  }

  export class Queue {
    constructor(name: string, options: ConnectionOptions);
    addBulk(jobs: readonly { name: string; data: object; opts: JobOptions }[]): Promise<unknown>;
    close(): Promise<void>;
  }

  export class Worker {
    constructor(
      name: string,
      process: () => Promise<void>,
      options: ConnectionOptions & { readonly concurrency: number },
    );
    on(event: 'completed', listener: () => void): this;
    on(event: 'failed', listener: (job: unknown, error: Error) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    close(): Promise<void>;
  }
}
