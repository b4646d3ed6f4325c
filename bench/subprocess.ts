import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import { once } from 'node:events';
import type { Answer } from './answer.ts';
import { keepTrackOf } from './children.ts';

/** A process that does a part of the benchmark by itself: it answers requests, one at a time. */
export class Subprocess<Result> {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown[]>;

  /** `name`: what errors call it. `entry`: the file of its program. */
  constructor(name: string, entry: string) {
    this.#name = name;
    this.#child = keepTrackOf(fork(entry, { detached: true }));
    this.#exited = once(this.#child, 'exit');
  }

  send(request: Serializable): void {
    if (this.#child.connected) this.#child.send(request);
  }

  /** What it says next; that it has ended is an error as well. */
  next(): Promise<Answer<Result>> {
    const answer = once(this.#child, 'message').then(([message]: Answer<Result>[]) => message);
    const died = this.#exited.then(([code, signal]) => ({ error: `it ended early (${code ?? signal})` }));
    return Promise.race([answer, died]);
  }

  /** Rejects with what went wrong. */
  async ask(request: Serializable): Promise<Result> {
    const answer = this.next();
    this.send(request);
    return this.resultOf(await answer);
  }

  /** Throws what went wrong. */
  resultOf(answer: Answer<Result>): Result {
    if ('error' in answer) throw new Error(`${this.#name}: ${answer.error}`);
    return answer.result;
  }

  /** Has it end, and waits until it has. */
  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
  }
}
