import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepTrackOf, makeDirectory, removeDirectory } from '../children.ts';
import { collectFindings } from './findings.ts';

/** Milliseconds after which a memq-consume that has not ended is taken to hang. */
const TIME_LIMIT = 300_000;

const entry = fileURLToPath(new URL('../../consumer/main.js', import.meta.url));

interface ConsumerSpec {
  readonly port: number;
  readonly queue: string;
  readonly className: string;
  readonly classFile: string;
  /** Jobs at a time in its one process. */
  readonly concurrency: number;
  /** Whether it stays until it is stopped, or ends when no job waits. */
  readonly isWatching: boolean;
}

/** A memq-consume started for the benchmark, in a directory of its own, where its worker can leave what it found. */
export class RunningConsumer {
  readonly #directory: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown[]>;

  constructor(spec: ConsumerSpec, baseDirectory: string) {
    this.#directory = makeDirectory(baseDirectory);
    writeFileSync(join(this.#directory, 'config.ini'), configuration(spec));
    const log = openSync(join(this.#directory, 'log'), 'a');
    this.#child = keepTrackOf(
      spawn(process.execPath, [entry, '--config', 'config.ini', ...(spec.isWatching ? ['--watch'] : [])], {
        cwd: this.#directory,
        stdio: ['ignore', log, log],
        detached: true,
        timeout: TIME_LIMIT,
        killSignal: 'SIGKILL',
      }),
    );
    closeSync(log);
    this.#exited = once(this.#child, 'exit');
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when it has ended; rejects with its last words unless it has ended well. */
  async ended(): Promise<void> {
    const [code, signal] = await this.#exited;
    if (code === 0) return;
    const lastWords = readFileSync(join(this.#directory, 'log'), 'utf8').slice(-2000).trim();
    throw new Error(`memq-consume ended with ${code ?? signal}:\n${lastWords}`);
  }

  /** Asks it to end. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.ended();
  }

  /** What its worker has left, once it has ended. */
  findings<T>(): T {
    return collectFindings<T>(this.#directory);
  }

  remove(): void {
    this.#child.kill('SIGKILL');
    removeDirectory(this.#directory);
  }
}

function configuration({ port, queue, className, classFile, concurrency }: ConsumerSpec): string {
  const lines = [
    `queuename = ${queue}`,
    `queueport = ${port}`,
    `classname = ${className}`,
    `classfile = ${classFile}`,
    `concurrency = ${concurrency}`,
  ];
  return `${lines.join('\n')}\n`;
}
