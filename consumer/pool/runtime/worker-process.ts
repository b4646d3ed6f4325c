import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Board, type Posted } from '../board.ts';
import type { Assignment, EndReason, News, Order, Refusal } from '../messages.ts';

const entry = fileURLToPath(new URL('../entry/main.js', import.meta.url));

/** How often the board is looked at, milliseconds. */
const LOOK_MS = 250;

/** How long after a deadline a job may take to end in order, before its process is killed. Milliseconds. */
const KILL_AFTER_MS = 1000;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it ended by itself. */
  readonly reason: EndReason | undefined;
  readonly refusal: Refusal | undefined;
  /** The error that ended it. */
  readonly crash: string | undefined;
  /** The jobs that it ran when it ended. */
  readonly running: readonly Posted[];
  /** Whether it was killed for a job that ran too long. */
  readonly isOverdue: boolean;
}

export interface ProcessListener {
  heard(news: News): void;
  exited(exit: Exit): void;
}

/** One child, from its start to its end; what it runs is known at any time, from its board. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #board: Board;
  readonly #listener: ProcessListener;
  readonly #look: NodeJS.Timeout;
  #reason: EndReason | undefined;
  #refusal: Exit['refusal'];
  #crash: string | undefined;
  #isOverdue = false;

  constructor(assignment: Assignment, listener: ProcessListener) {
    this.#listener = listener;
    this.#board = new Board(assignment.binding.concurrency);
    this.#child = fork(entry, { stdio: ['ignore', 'inherit', 'inherit', 'ipc', this.#board.fd] });
    this.#child.on('message', (news: News) => this.#heard(news));
    this.#child.once('close', (code, signal) => this.#closed(code, signal));
    this.#child.once('error', (error) => {
      this.#crash = error.message;
      if (this.pid === 0) this.#closed(null, null);
    });
    this.#look = setInterval(() => this.#killOverdue(), LOOK_MS);
    this.tell({ type: 'start', assignment });
  }

  /** 0 when it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  tell(order: Order): void {
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Leaves it without a parent. */
  abandon(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #heard(news: News): void {
    if (news.type === 'end') this.#reason = news.reason;
    else if (news.type === 'refused') this.#refusal = news;
    else if (news.type === 'crashed') this.#crash = news.reason;
    else this.#listener.heard(news);
  }

  #killOverdue(): void {
    const now = Date.now();
    if (this.#isOverdue || !this.#board.read().some(({ deadline }) => deadline + KILL_AFTER_MS < now)) return;
    this.#isOverdue = true;
    this.kill();
  }

  #closed(code: number | null, signal: NodeJS.Signals | null): void {
    clearInterval(this.#look);
    const running = this.#reason === undefined ? this.#board.read() : [];
    this.#board.close();
    this.#listener.exited({
      code,
      signal,
      running,
      reason: this.#reason,
      refusal: this.#refusal,
      crash: this.#crash,
      isOverdue: this.#isOverdue,
    });
  }
}
