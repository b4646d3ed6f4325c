// Runs in a child.
import { StringDecoder } from 'node:string_decoder';
import type { JobResult } from '../../executor.ts';
import type { JobInfo } from '../../job-info.ts';
import type { StreamName } from '../../report/report.ts';
import type { PrintedWriter } from '../printed-records.ts';
import { currentJob } from './job-context.ts';

type Write = typeof process.stdout.write;
type Chunk = Parameters<Write>[0];

/** They keep what was half a character in the last bytes. */
type Decoders = { readonly [K in StreamName]: StringDecoder };

/**
 * Sends what jobs print to the parent, with their names on it, whoever prints it: a job that runs, what it left
 * behind, or its program. What does not come through `process.stdout` and `process.stderr`, such as that of native code
 * and other processes, goes into this process's own standard streams.
 */
export class JobOutput {
  /** Undefined: all goes into the standard streams. */
  readonly #writer: PrintedWriter | undefined;
  /** By id. */
  readonly #running = new Map<string, JobInfo>();
  /** Those that run and have printed something. */
  readonly #printing = new Map<JobInfo, Decoders>();
  /** Of what is no job's. */
  readonly #others = createDecoders();

  constructor(writer: PrintedWriter | undefined) {
    this.#writer = writer;
  }

  /** From now on all that is written to `process.stdout` and `process.stderr` comes here. Once. */
  install(): void {
    for (const name of ['stdout', 'stderr'] as const) {
      block(process[name]);
      if (this.#writer !== undefined) this.#wrap(name, this.#writer);
    }
  }

  /** Runs a job. What it prints has its name, also when it waits, or others run at the same time. */
  run(job: JobInfo, execute: () => JobResult | Promise<JobResult>): JobResult | Promise<JobResult> {
    this.#running.set(job.id, job);
    const result = execute();
    return result instanceof Promise
      ? result.then((late) => this.#ended(job, late))
      : this.#ended(job, result);
  }

  #ended(job: JobInfo, result: JobResult): JobResult {
    this.#running.delete(job.id);
    if (this.#printing.delete(job)) this.#writer?.end(job, result.kind === 'done');
    return result;
  }

  /** A line that the program of a job has printed; `id`: the job's, where there is one. */
  printedLine(id: string | undefined, stream: StreamName, line: string): void {
    const job = id === undefined ? undefined : this.#running.get(id);
    if (this.#writer === undefined) process[stream].write(`${line}\n`);
    else this.#print(this.#writer, job, stream, `${line}\n`);
  }

  #wrap(name: StreamName, writer: PrintedWriter): void {
    const stream = process[name];
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    const wrapped = (chunk: Chunk, ...rest: unknown[]): boolean => {
      // It throws what is thrown for that.
      if (!isText(chunk)) return write(chunk, ...rest);
      const job = currentJob()?.job ?? this.#onlyOne();
      const encoding = typeof rest[0] === 'string' ? (rest[0] as BufferEncoding) : undefined;
      this.#print(writer, job, name, chunk, encoding);
      const done = rest.find((argument) => typeof argument === 'function');
      if (done !== undefined) process.nextTick(done as () => void);
      return true;
    };
    stream.write = wrapped as Write;
  }

  /** Where only one job runs, it is its output, whatever called. */
  #onlyOne(): JobInfo | undefined {
    if (this.#running.size !== 1) return undefined;
    const [job] = this.#running.values();
    return job;
  }

  #print(
    writer: PrintedWriter,
    job: JobInfo | undefined,
    name: StreamName,
    chunk: Chunk,
    encoding?: BufferEncoding,
  ): void {
    const text = textOf(chunk, encoding, this.#decodersOf(job)[name]);
    // After the end of a job nothing tells that no more of a line comes.
    const isWhole = job === undefined || this.#isRunning(job) || text.endsWith('\n');
    writer.print(job, name, isWhole ? text : `${text}\n`);
  }

  #decodersOf(job: JobInfo | undefined): Decoders {
    if (job === undefined) return this.#others;
    const known = this.#printing.get(job);
    if (known !== undefined) return known;
    const decoders = createDecoders();
    if (this.#isRunning(job)) this.#printing.set(job, decoders);
    return decoders;
  }

  #isRunning(job: JobInfo): boolean {
    return this.#running.get(job.id) === job;
  }
}

function createDecoders(): Decoders {
  return { stdout: new StringDecoder(), stderr: new StringDecoder() };
}

function isText(chunk: unknown): chunk is Chunk {
  return typeof chunk === 'string' || chunk instanceof Uint8Array;
}

function textOf(chunk: Chunk, encoding: BufferEncoding | undefined, decoder: StringDecoder): string {
  if (typeof chunk !== 'string')
    return decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  if (encoding === undefined || /^utf-?8$/i.test(encoding)) return chunk;
  return decoder.write(Buffer.from(chunk, encoding));
}

/**
 * Has writes to a pipe return when it has taken all. Else Node.js keeps what does not fit, which is lost when the
 * process ends, and other processes that write to the same pipe get errors.
 */
function block(stream: NodeJS.WriteStream): void {
  const { _handle: handle } = stream as { _handle?: { setBlocking?(isBlocking: boolean): void } };
  handle?.setBlocking?.(true);
}
