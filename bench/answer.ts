// For the programs of processes that the benchmark starts: how they answer their parent.
import { errorMessage } from '../shared/errors.ts';

/** What a process has found, or what went wrong. */
export type Answer<Result> = { readonly result: Result } | { readonly error: string };

/** Answers each request of the parent with what `work` makes of it, and ends when the parent lets go. */
export function answerEach<Request, Result>(work: (request: Request) => Result | Promise<Result>): void {
  process.on('message', async (request: Request) => {
    try {
      answer({ result: await work(request) });
    } catch (error) {
      answer({ error: errorMessage(error) });
    }
  });
  process.once('disconnect', () => process.exit());
}

/** `sent` is called once the parent is sure to get it. */
export function answer(answer: Answer<unknown>, sent: () => void = () => {}): void {
  process.send?.(answer, undefined, undefined, sent);
}
