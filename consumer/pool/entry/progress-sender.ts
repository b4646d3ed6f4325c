// Runs in a child.
import type { JobSource } from '../../queue/job-source.ts';

/** Tells the server how far a job is: one text at a time, and after it the latest one only. */
export class ProgressSender {
  readonly #source: JobSource;
  #isSending = false;
  /** What is to be sent next. */
  #latest: string | undefined;
  #isOver = false;

  /** `source`: on whose connection the job is open. */
  constructor(source: JobSource) {
    this.#source = source;
  }

  send(text: string): void {
    if (this.#isOver) return;
    this.#latest = text;
    if (!this.#isSending) this.#sendLatest();
  }

  /** The job has ended: nothing more is sent. */
  end(): void {
    this.#isOver = true;
  }

  #sendLatest(): void {
    const text = this.#latest;
    if (text === undefined || this.#isOver) return;
    this.#latest = undefined;
    this.#isSending = true;
    const sent = () => {
      this.#isSending = false;
      this.#sendLatest();
    };
    // An error is met again when the job is settled.
    this.#source.progress(text).then(sent, sent);
  }
}
