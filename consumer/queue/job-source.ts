import { hostname } from 'node:os';
import { type MemqError, ServerError } from '../../shared/errors.ts';
import { Connection, type ServerAddress } from '../../shared/memcache.ts';
import { Status } from '../../shared/status.ts';
import { VERSION } from '../../shared/version.ts';
import { type Job, readJob } from './job.ts';

/** What `set $client` says: the server shows it with the jobs that this process holds, or that failed here. */
const CLIENT = JSON.stringify({
  host: hostname(),
  pid: process.pid,
  program: 'memq-consume',
  version: VERSION,
});

/**
 * Jobs of a list of queues, read reliably over a connection of its own: a job that was taken is open until it is
 * finished, failed, rejected or given back, and goes back to its place when the connection ends before that. One job
 * is open at a time. A source whose connection is lost is of no use any more: another one replaces it.
 */
export class JobSource {
  readonly #connection: Connection;
  /** What `set $watch` takes. */
  readonly #queues: string;
  #introduction: Promise<void> | undefined;
  #isEnding = false;
  /** Called once, when the server has taken `$client` and `$watch`. */
  onIntroduced: (() => void) | undefined;

  constructor(server: ServerAddress, queues: string) {
    this.#connection = new Connection(server);
    this.#queues = queues;
  }

  /** Why the connection is gone, and with it what was open. */
  get lost(): MemqError | undefined {
    return this.#connection.lost;
  }

  /** Whether nothing more can be taken or settled. */
  get isOver(): boolean {
    return this.#isEnding || this.lost !== undefined;
  }

  /** Whether it was ended here. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Called once, when the connection is gone, unless it was ended here. */
  set onLost(listener: (error: MemqError) => void) {
    this.#connection.onLost = (error) => {
      if (!this.#isEnding) listener(error);
    };
  }

  /** Takes the next job, which may take `waitMs` to come; undefined when none came. */
  take(waitMs = 0): Promise<Job | undefined> {
    return this.#get(waitMs > 0 ? `open/info/t=${waitMs}` : 'open/info', waitMs);
  }

  /** Finishes the open job and takes the next one, in one request. */
  finishAndTake(): Promise<Job | undefined> {
    return this.#get('close/open/info', 0);
  }

  /** Finishes the open job; `result` is kept with the status of a job that has an id. */
  async finish(result?: string): Promise<void> {
    if (result !== undefined) await this.#set('close', result);
    else await this.#connection.get('$watch/close');
  }

  /** Fails the open job: the server tries it again later, and in the end keeps it as failed. */
  fail(reason: string): Promise<void> {
    return this.#set('fail', reason);
  }

  /** Fails the open job for good: the server keeps it as failed. */
  reject(reason: string): Promise<void> {
    return this.#set('fail/final', reason);
  }

  /** Puts the open job back where it was. */
  async giveBack(): Promise<void> {
    await this.#connection.get('$watch/abort');
  }

  /** How far the open job is, for its status. */
  progress(text: string): Promise<void> {
    return this.#set('progress', text);
  }

  /** Ends a wait, and the connection. What has come by now goes back as if it had never been taken. */
  endWait(): void {
    this.#isEnding = true;
    this.#connection.get('$watch/return').catch(() => {});
    this.#connection.end();
  }

  /** Closes at once: the open job goes back. */
  close(): void {
    this.#isEnding = true;
    this.#connection.close();
  }

  /** A job that was cancelled while it ran is not open any more, which is no error. */
  async #set(option: string, text: string): Promise<void> {
    try {
      await this.#connection.set(`$watch/${option}`, text);
    } catch (error) {
      if (!(error instanceof ServerError && error.status === Status.notStored)) throw error;
    }
  }

  /** Says who we are and what we watch, together with the first read. */
  async #introduce(): Promise<void> {
    const client = this.#connection.set('$client', CLIENT);
    const watch = this.#connection.set('$watch', this.#queues);
    await Promise.all([client, watch]);
    this.onIntroduced?.();
  }

  async #get(options: string, waitMs: number): Promise<Job | undefined> {
    const introduction = this.#introduction;
    this.#introduction ??= this.#introduce();
    const answer = this.#connection.get(`$watch/${options}`, waitMs);
    // What is wrong with the introduction says more than the read that fails for it.
    if (introduction === undefined) await Promise.all([this.#introduction, answer]);
    const item = await answer;
    return item === undefined ? undefined : readJob(item.value, item.flags);
  }
}
