import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Deferred } from '../../shared/deferred.ts';
import { errorCode } from '../../shared/errors.ts';
import type { JobResult } from '../executor.ts';
import { LineSplitter } from './line-splitter.ts';
import { failed, type Message, readMessage } from './messages.ts';
import { Printout } from './printout.ts';

/** Something that a program printed, which is no answer. */
export interface Printed {
  readonly pid: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** The id of the job that it was running when this was read, which may be the next one's. */
  readonly id: string | undefined;
}

export interface ProgramOptions {
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly [string, ...string[]];
  /** Its working directory. */
  readonly directory: string;
  onPrinted(printed: Printed): void;
}

/** A job, as a program is given it. */
export interface ProgramJob {
  readonly id: string;
  /** What it reads, with the newline. */
  readonly line: string;
  progress(percent: number, text?: string): void;
}

/** An answer that is longer ends the program. */
const MAX_ANSWER = 1 << 20;
/** A line on standard error that is longer is cut. */
const MAX_ERROR_LINE = 1 << 13;
/** How many milliseconds what belongs to an end may lag behind: the end itself, or what is left in the pipes. */
const LAG_MS = 1000;

/** A program that runs jobs, one at a time: each is a line on its standard input, and its answer one on its output. */
export class Program {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #printout: Printout;
  readonly #ready = new Deferred<void>();
  readonly #gone = new Deferred<string>();
  #job: (ProgramJob & { resolve(result: JobResult): void }) | undefined;
  /** Whether its answers name their jobs: one that does so always does, and what has no id is none of them. */
  #namesJobs = false;
  #isEnding = false;
  #killedBecause: string | undefined;
  #answers = 0;

  /** Starts the program, in a process group of its own. */
  constructor(options: ProgramOptions) {
    const [file, ...args] = options.command;
    this.#child = spawn(file, args, { cwd: options.directory, detached: true });
    this.#child.on('error', (error) => {
      if (!this.#hasStarted) this.#end(`the program cannot be started: ${error.message}`);
    });
    this.#printout = new Printout((stream, text) => {
      const { pid } = this.#child;
      if (pid !== undefined) options.onPrinted({ pid, stream, text, id: this.#job?.id });
    });
    if (this.#hasStarted) this.#watch();
  }

  /** Resolves when the program says that it is ready, which it need not. */
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
      this.#isRunning && this.#child.stdout.readable && !this.#isEnding && this.#killedBecause === undefined
    );
  }

  /** Whether its end, should it come, is our doing. */
  get wasAskedToEnd(): boolean {
    return this.#isEnding || this.#killedBecause !== undefined;
  }

  /** Runs a job; failed when the program ends before it answers. */
  run(job: ProgramJob): Promise<JobResult> {
    return new Promise((resolve) => {
      this.#job = { ...job, resolve };
      if (this.#hasStarted) this.#child.stdin.write(job.line);
    });
  }

  /** Kills its process group. What it runs has failed for this reason, once the process is gone. */
  kill(reason: string): void {
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
    this.#isEnding = true;
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
    const answers = new LineSplitter(MAX_ANSWER, (line, isCut) => this.#read(line, isCut));
    stdout.on('data', (chunk) => answers.push(chunk));
    const errors = new LineSplitter(MAX_ERROR_LINE, (line) => this.#printout.add('stderr', line));
    stderr.on('data', (chunk) => errors.push(chunk)).on('end', () => errors.end());

    let timer: NodeJS.Timeout | undefined;
    const expectExit = (reason: string) => {
      timer ??= setTimeout(() => this.kill(reason), LAG_MS);
    };
    stdin.on('error', () => expectExit('the program does not read its standard input'));
    stdout.on('end', () => {
      answers.end();
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
      const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
      this.#end(this.#killedBecause ?? [`the program ${how}`, ...this.#printout.lastLines].join('\n'));
    });
  }

  #end(reason: string): void {
    this.#gone.resolve(reason);
    this.#settle(failed(reason));
  }

  #settle(result: JobResult): void {
    const job = this.#job;
    this.#job = undefined;
    job?.resolve(result);
  }

  #read(line: string, isCut: boolean): void {
    if (isCut) return this.kill(`the program wrote a line of more than ${MAX_ANSWER} bytes`);
    const message = readMessage(line);
    if (message === undefined || !this.#isMeant(message)) return this.#printout.add('stdout', line);
    switch (message.kind) {
      case 'ready':
        return this.#ready.resolve();
      case 'progress':
        return this.#job?.progress(message.percent, message.text);
      case 'broken':
        return this.kill(message.reason);
      case 'answer':
        this.#answers++;
        return this.#settle(message.result);
    }
  }

  /** Whether a message is about the job that runs. */
  #isMeant(message: Message): boolean {
    if (message.kind === 'ready') return true;
    if (this.#job === undefined) return false;
    if (message.kind === 'broken') return true;
    if (message.id === undefined || message.id === null) return !this.#namesJobs;
    if (String(message.id) !== this.#job.id) return false;
    this.#namesJobs = true;
    return true;
  }
}
