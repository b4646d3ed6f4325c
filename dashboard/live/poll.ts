import type { Problem } from '../../server/http/schemas/common.ts';
import { backoffMs } from './backoff.ts';
import type { Answer, Environment } from './environment.ts';

export interface PollState {
  /** The last that came; also of the path before, while the next one is being loaded. */
  readonly text: string | undefined;
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
}

/** Has what a path answers, and asks again and again while it is seen. */
export class Poll {
  readonly #env: Pick<Environment, 'clock' | 'random' | 'ask'>;
  readonly #onChange: (state: PollState) => void;
  #state: PollState = { text: undefined, problem: undefined, isLoading: false };
  #path: string | undefined;
  /** Whose text there is. */
  #textPath: string | undefined;
  #periodMs = 0;
  #isSeen = false;
  #etag: string | undefined;
  #failures = 0;
  #rests = false;
  #stopWaiting: (() => void) | undefined;
  #request: AbortController | undefined;

  constructor(env: Pick<Environment, 'clock' | 'random' | 'ask'>, onChange: (state: PollState) => void) {
    this.#env = env;
    this.#onChange = onChange;
  }

  get state(): PollState {
    return this.#state;
  }

  /** Asks for this from now on; undefined: for nothing. */
  follow(path: string | undefined, periodMs: number): void {
    this.#periodMs = periodMs;
    if (path === this.#path) return;
    this.#path = path;
    this.refresh();
  }

  /** Nobody sees it while it is hidden, so it rests; then it is told how it is at once. */
  setSeen(isSeen: boolean): void {
    if (isSeen === this.#isSeen) return;
    this.#isSeen = isSeen;
    if (isSeen) this.#wake(0);
    else this.#stopWaiting?.();
  }

  /** Asks at once, also where it rests. An answer that is under way may be from before what made it necessary. */
  refresh(): void {
    this.#request?.abort();
    this.#request = undefined;
    this.#etag = undefined;
    this.#rests = false;
    this.#failures = 0;
    this.#tell({ isLoading: this.#path !== undefined });
    this.#wake(0);
  }

  close(): void {
    this.#isSeen = false;
    this.#stopWaiting?.();
    this.#request?.abort();
  }

  #wake(ms: number): void {
    this.#stopWaiting?.();
    if (this.#isSeen && this.#path !== undefined && !this.#rests && this.#request === undefined)
      this.#stopWaiting = this.#env.clock.after(ms, () => this.#ask(this.#path as string));
  }

  async #ask(path: string): Promise<void> {
    const request = new AbortController();
    this.#request = request;
    const { signal } = request;
    const answer = await this.#env.ask(path, { etag: this.#etag, signal }).catch(() => undefined);
    if (signal.aborted) return;
    this.#request = undefined;
    this.#take(path, answer);
    this.#wake(this.#failures === 0 ? this.#periodMs : Math.max(this.#periodMs, this.#backoffMs));
  }

  get #backoffMs(): number {
    return backoffMs(this.#failures, this.#env.random());
  }

  #take(path: string, answer: Answer | undefined): void {
    if (answer !== undefined && (answer.status === 200 || answer.status === 304)) {
      this.#failures = 0;
      const isNew = answer.status === 200;
      if (isNew) this.#etag = answer.etag;
      if (isNew) this.#textPath = path;
      this.#tell({ isLoading: false, problem: undefined, ...(isNew && { text: answer.text }) });
      return;
    }
    this.#failures++;
    const isRefused = answer !== undefined && isFinal(answer.status);
    this.#rests = isRefused;
    // What there is belongs to another path, or to what is not there any more.
    const isGone = isRefused || this.#textPath !== path;
    this.#tell({ isLoading: false, problem: problemIn(answer), ...(isGone && { text: undefined }) });
    if (isGone) this.#etag = undefined;
  }

  #tell(change: Partial<PollState>): void {
    const before = this.#state;
    this.#state = { ...before, ...change };
    const { text, problem, isLoading } = this.#state;
    if (text !== before.text || problem !== before.problem || isLoading !== before.isLoading)
      this.#onChange(this.#state);
  }
}

/** Asking again would bring the same. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function problemIn(answer: Answer | undefined): Problem {
  if (answer === undefined)
    return { type: 'about:blank', title: 'the server cannot be reached', status: 0, code: 'unreachable' };
  try {
    const problem = JSON.parse(answer.text) as Problem;
    if (typeof problem.code === 'string') return problem;
  } catch {
    // A proxy on the way answers with something else.
  }
  const { status } = answer;
  return { type: 'about:blank', title: `HTTP ${status}`, status, code: `http-${status}` };
}
