// Runs in the parent.
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { JobName, PrintedLine, StreamName } from '../../report/report.ts';
import { type StandardStream, standard } from '../../report/standard-output.ts';
import { PRINTED_FD, type PrintedRecord, printedReader } from '../printed-records.ts';
import { TextLines } from './text-lines.ts';

/** What V8 says on standard error when it gives up, before it aborts. */
const OUT_OF_MEMORY = 'heap out of memory';

/** How many lines that belong to no job are kept, to explain the end of the process. */
const LAST_LINES = 10;

export interface ChildOutputListener {
  printed(line: PrintedLine): void;
  /** A job that has printed something has ended well. */
  succeeded(job: JobName): void;
}

interface ChildOutputOptions {
  readonly child: ChildProcess;
  /** Whether all goes to our own standard streams, as it is. */
  readonly isPassedOn: boolean;
  /** The job that the process runs, when it is one. */
  readonly onlyJob: () => JobName | undefined;
  readonly listener: ChildOutputListener;
}

/** Reads what comes out of one child, and tells it line by line, of jobs where they can be named. */
export class ChildOutput {
  readonly #options: ChildOutputOptions;
  readonly #pid: number;
  readonly #streams: readonly OwnStream[];
  /** Those in the middle, by the id of their job and stream. */
  readonly #unfinished = new Map<string, TextLines>();
  readonly #lastLines: string[] = [];
  #isOutOfMemory = false;
  /** Whether all that is left in the pipes is to be read now: it is no more than they can hold. */
  #isDraining = false;

  constructor(options: ChildOutputOptions) {
    this.#options = options;
    const { child, isPassedOn } = options;
    this.#pid = child.pid ?? 0;
    this.#streams = isPassedOn ? [] : [this.#readLines('stdout'), this.#readLines('stderr')];
    if (isPassedOn) for (const name of ['stdout', 'stderr'] as const) this.#passOn(name);
    const records = printedReader((record) => this.#received(record));
    this.#read(pipesOf(child)[PRINTED_FD], standard.stderr, records);
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#isOutOfMemory ||= chunk.includes(OUT_OF_MEMORY);
    });
  }

  /** Whether the process said that it is out of memory. */
  get isOutOfMemory(): boolean {
    return this.#isOutOfMemory;
  }

  /** The last lines that belong to no job. */
  get lastLines(): readonly string[] {
    return this.#lastLines;
  }

  /** The process has ended: what it has written is read, whether or not somebody reads ours. */
  drain(): void {
    this.#isDraining = true;
    for (const pipe of pipesOf(this.#options.child)) pipe?.resume();
  }

  /** All was read: what was in the middle of a line is told. Processes that it left behind may print on. */
  end(): void {
    this.#isDraining = false;
    for (const stream of this.#streams) stream.flush();
    for (const lines of this.#unfinished.values()) lines.flush();
    this.#unfinished.clear();
  }

  /** What comes through the standard streams of the process. */
  #readLines(name: StreamName): OwnStream {
    const { child, onlyJob } = this.#options;
    const stream = new OwnStream((job, text) => this.#tell(job, name, text));
    this.#read(child[name], standard.stderr, (chunk) => stream.push(chunk, onlyJob()));
    return stream;
  }

  /** As it is. */
  #passOn(name: StreamName): void {
    this.#read(this.#options.child[name], standard[name], (chunk) => standard[name].write(chunk));
  }

  /** Reads a pipe, no faster than somebody reads what may be written of it. */
  #read(pipe: Readable | null | undefined, target: StandardStream, onChunk: (chunk: Buffer) => void): void {
    pipe?.on('data', (chunk: Buffer) => {
      onChunk(chunk);
      if (target.isBehind && !this.#isDraining) target.pause(pipe);
    });
    // What is wrong with a pipe ends it.
    pipe?.on('error', () => {});
  }

  #received(record: PrintedRecord): void {
    if ('isDone' in record) {
      for (const stream of ['stdout', 'stderr'] as const) this.#endLine(record.job.id, stream);
      if (record.isDone) this.#options.listener.succeeded(record.job);
      return;
    }
    const { job, stream, text } = record;
    const key = keyOf(job?.id, stream);
    const lines = this.#unfinished.get(key) ?? new TextLines((line) => this.#tell(job, stream, line));
    lines.push(text);
    if (lines.isWithinLine) this.#unfinished.set(key, lines);
    else this.#unfinished.delete(key);
  }

  #endLine(id: string, stream: StreamName): void {
    const key = keyOf(id, stream);
    this.#unfinished.get(key)?.flush();
    this.#unfinished.delete(key);
  }

  #tell(job: JobName | undefined, stream: StreamName, text: string): void {
    this.#options.listener.printed({ job, pid: this.#pid, stream, text });
    if (job !== undefined) return;
    this.#lastLines.push(text);
    if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
  }
}

/** The lines of a standard stream; a line that one job has begun is not another one's. */
class OwnStream {
  readonly #decoder = new StringDecoder();
  readonly #lines: TextLines;
  #job: JobName | undefined;

  constructor(onLine: (job: JobName | undefined, text: string) => void) {
    this.#lines = new TextLines((line) => onLine(this.#job, line));
  }

  push(chunk: Buffer, job: JobName | undefined): void {
    if (job?.id !== this.#job?.id) this.flush();
    this.#job = job;
    this.#lines.push(this.#decoder.write(chunk));
  }

  flush(): void {
    this.#lines.push(this.#decoder.end());
    this.#lines.flush();
  }
}

function keyOf(id: string | undefined, stream: StreamName): string {
  return `${stream} ${id}`;
}

/** A process that could not be started may have none. */
function pipesOf({ stdio }: ChildProcess): readonly (Readable | null | undefined)[] {
  return (stdio as readonly (Readable | null | undefined)[] | undefined) ?? [];
}
