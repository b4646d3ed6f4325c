import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Deferred } from '../../shared/deferred.ts';
import { errorCode } from '../../shared/errors.ts';
import type { JobResult } from '../executor.ts';
import { LineSplitter } from '../line-splitter.ts';
import { MAX_REASON } from '../reason.ts';
import { failed, type Message, OBJECT, readMessage } from './messages.ts';
import { Printout } from './printout.ts';

/** Something that a program printed, which is no answer. */
export interface Printed {
  readonly pid: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** The id of the job that printed it; undefined when none ran. */
  readonly id: string | undefined;
}

export interface ProgramOptions {
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly [string, ...string[]];
  /** Its working directory. */
  readonly directory: string;
  /** The class whose methods it is to call; undefined: it knows itself. */
  readonly className: string | undefined;
  /** The methods that jobs may call. */
  readonly methods: readonly string[];
  onPrinted(printed: Printed): void;
}

/** A job, as a program is given it. */
export interface ProgramJob {
  readonly id: string;
  /** What it reads, with the newline. */
  readonly line: string;
  progress(percent: number, text?: string): void;
}

interface RunningJob extends ProgramJob {
  resolve(result: JobResult): void;
}

/** An answer that is longer ends the program; of another line so much is looked at. */
const MAX_ANSWER = 1 << 24;
/** A line on standard error that is longer is cut. */
const MAX_ERROR_LINE = 1 << 13;
/** How many milliseconds what belongs to an end may lag behind: the end itself, or what is left in the pipes. */
const LAG_MS = 1000;

/** A program that runs jobs, one at a time: each is a line on its standard input, and its answer one on its output. */
export class Program {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #printout: Printout;
  readonly #errors = new LineSplitter(MAX_ERROR_LINE, (line) => this.#printout.add('stderr', line));
  readonly #announced = new Deferred<void>();
  readonly #ready = new Deferred<void>();
  readonly #gone = new Deferred<string>();
  #isReady = false;
  /** The job that is to be answered. */
  #job: RunningJob | undefined;
  /** The job that what is printed belongs to: also when it has been answered, until all of that has been read. */
  #printing: string | undefined;
  /** Whether its answers name their jobs: one that does so always does, and what has no id is none of them. */
  #namesJobs = false;
  #wasAskedToEnd = false;
  /** Why it was killed. */
  #killedBecause: string | undefined;
  /** Why it is no more. */
  #endedBecause: string | undefined;
  #answers = 0;

  /** Starts the program, in a process group of its own. */
  constructor(options: ProgramOptions) {
    const { command, directory, className, methods } = options;
    const [file, ...args] = command;
    const env = { ...process.env, MEMQ_CLASS: className, MEMQ_METHODS: methods.join(' ') };
    this.#child = spawn(file, args, { cwd: directory, env, detached: true });
    this.#child.on('error', (error) => {
      if (!this.#hasStarted) this.#end(`the program cannot be started: ${whyNotStarted(file, error)}`);
    });
    this.#printout = new Printout((stream, text) => {
      const { pid } = this.#child;
      if (pid !== undefined) options.onPrinted({ pid, stream, text, id: this.#printing });
    });
    if (this.#hasStarted) this.#watch();
  }

  /** Resolves when the program says whether it is ready, which it need not. */
  get announced(): Promise<void> {
    return this.#announced.promise;
  }

  /** Whether it has said that it is ready. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Resolves when the program says that it is ready. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves when the process is gone and all that it wrote has been read: with why. Never rejects. */
  get gone(): Promise<string> {
    return this.#gone.promise;
  }

  /** How many jobs it has answered. */
  get answers(): number {
    return this.#answers;
  }

  /** Whether it can take a job, as far as is known. */
  get isUsable(): boolean {
    return (
      this.#isRunning &&
      this.#child.stdout.readable &&
      !this.#wasAskedToEnd &&
      this.#killedBecause === undefined
    );
  }

  /** Whether it has ended, not by our doing, before it was any use. */
  get wasUseless(): boolean {
    return this.#isStarting && !this.#wasAskedToEnd;
  }

  /** Runs a job; failed when the program ends before it answers. */
  run(job: ProgramJob): Promise<JobResult> {
    if (this.#endedBecause !== undefined) return Promise.resolve(failed(this.#endedBecause));
    this.#printout.begin();
    this.#printing = job.id;
    return new Promise((resolve) => {
      this.#job = { ...job, resolve };
      if (this.#hasStarted) this.#child.stdin.write(job.line);
    });
  }

  /** Kills its process group. What it runs has failed for this reason, once the process is gone. */
  kill(reason: string): void {
    this.#wasAskedToEnd = true;
    this.fail(reason);
  }

  /** The same, of a program that does not do what it should. */
  fail(reason: string): void {
    const { pid } = this.#child;
    if (pid === undefined || !this.#isRunning) return;
    this.#killedBecause ??= reason;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (error) {
      // A program that runs as another user, as by sudo; one that was just gone ends anyway.
      if (errorCode(error) !== 'ESRCH') this.#end(`${reason}, and cannot be killed: ${error}`);
    }
  }

  /** Closes its standard input, which asks it to end, and kills it when it has not within so many milliseconds. */
  async end(graceMs: number): Promise<void> {
    this.#wasAskedToEnd = true;
    if (this.#hasStarted) this.#child.stdin.end();
    const timer = setTimeout(() => this.kill('stopped'), graceMs);
    await this.gone;
    clearTimeout(timer);
  }

  get #hasStarted(): boolean {
    return this.#child.pid !== undefined;
  }

  get #isRunning(): boolean {
    return this.#hasStarted && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  #watch(): void {
    const { stdin, stdout, stderr } = this.#child;
    const lines = new LineSplitter(MAX_ANSWER, (line, isCut) => this.#read(line, isCut));
    stdout.on('data', (chunk) => lines.push(chunk));
    stderr.on('data', (chunk) => this.#errors.push(chunk)).on('end', () => this.#errors.end());

    let timer: NodeJS.Timeout | undefined;
    const expectExit = (reason: string) => {
      timer ??= setTimeout(() => this.fail(reason), LAG_MS);
    };
    stdin.on('error', () => expectExit('the program does not read its standard input'));
    stdout.on('end', () => {
      lines.end();
      expectExit('the program closed its standard output before it answered');
    });
    this.#child.on('exit', () => {
      clearTimeout(timer);
      // Processes of its own that go on may hold the pipes open.
      timer = setTimeout(() => {
        stdout.destroy();
        stderr.destroy();
      }, LAG_MS);
    });
    this.#child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (this.#killedBecause !== undefined) return this.#end(this.#killedBecause);
      const how = `the program ${signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`}`;
      const reason = how + this.#printout.ending(MAX_REASON - how.length);
      if (this.#wasAskedToEnd) this.#end(reason);
      else this.#end(reason, { ...failed(reason), died: true });
    });
  }

  /** It is gone; `result` is that of the job that it ran. */
  #end(reason: string, result = failed(reason)): void {
    this.#endedBecause = reason;
    this.#gone.resolve(reason);
    const job = this.#job;
    this.#job = undefined;
    job?.resolve(result);
  }

  #read(line: string, isCut: boolean): void {
    if (isCut && OBJECT.test(line))
      return this.fail(`the program wrote an answer of more than ${MAX_ANSWER} bytes`);
    const message = isCut ? undefined : readMessage(line);
    if (message === undefined || !this.#isMeant(message)) return this.#printout.add('stdout', line);
    switch (message.kind) {
      case 'start':
        return this.#start(message.isReady);
      case 'progress':
        return this.#job?.progress(message.percent, message.text);
      case 'answer':
        return this.#job === undefined
          ? this.#refuse(message.result)
          : this.#answer(this.#job, message.result);
    }
  }

  #start(isReady: boolean): void {
    this.#announced.resolve();
    if (!isReady) return;
    this.#isReady = true;
    this.#ready.resolve();
  }

  /** It says that it cannot run any job. */
  #refuse(result: JobResult): void {
    if (result.kind !== 'done') this.fail(result.reason);
  }

  #answer(job: RunningJob, result: JobResult): void {
    this.#job = undefined;
    this.#answers++;
    // What it printed before may wait in the other pipe; the next round of the event loop has read it.
    setImmediate(() =>
      setImmediate(() => {
        this.#errors.end();
        this.#printing = undefined;
        job.resolve(result);
      }),
    );
  }

  /** Whether it has neither said that it is ready nor answered a job. */
  get #isStarting(): boolean {
    return !this.#isReady && this.#answers === 0;
  }

  /** Whether a message is about the job that runs or, before the first one, about the start. */
  #isMeant(message: Message): boolean {
    if (message.kind === 'start') return this.#isStarting;
    if (this.#job === undefined) return message.kind === 'answer' && this.#isStarting;
    const { id } = message;
    if (id === undefined || id === null) return !this.#namesJobs;
    if ((typeof id !== 'string' && typeof id !== 'number') || String(id) !== this.#job.id) return false;
    this.#namesJobs = true;
    return true;
  }
}

/** What the system said to starting `file`. */
function whyNotStarted(file: string, error: Error): string {
  switch (errorCode(error)) {
    case 'ENOENT':
      return file.includes('/')
        ? `there is no ${file}, or not what its first line names to run it (ENOENT)`
        : `there is no ${file} in the PATH, which is ${process.env.PATH} (ENOENT)`;
    case 'EACCES':
      return `${file} may not be executed (EACCES)`;
    default:
      return error.message;
  }
}
