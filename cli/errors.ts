import type { Problem } from '../server/http/schemas/common.ts';
import { MemqError } from '../shared/errors.ts';
import {
  EX_CANTCREAT,
  EX_CONFIG,
  EX_DATAERR,
  EX_NOPERM,
  EX_SOFTWARE,
  EX_TEMPFAIL,
} from '../shared/exit-status.ts';

/** Nothing that fits, or no such thing. */
const EX_NOTHING = 1;
/** As timeout(1) has it. */
const EX_TIMEOUT = 124;

/** By the status of the answer; others are internal errors. */
const EXIT_OF: ReadonlyMap<number, number> = new Map([
  [400, EX_DATAERR],
  [401, EX_NOPERM],
  [403, EX_NOPERM],
  [404, EX_NOTHING],
  [409, EX_CANTCREAT],
  [413, EX_DATAERR],
  [415, EX_DATAERR],
  [421, EX_CONFIG],
  [422, EX_DATAERR],
  [429, EX_TEMPFAIL],
  [503, EX_TEMPFAIL],
  [507, EX_TEMPFAIL],
]);

/** What to do about it, where the server cannot know that it is this program that asks. */
const HINTS: ReadonlyMap<number, string> = new Map([
  [401, 'give a token with MEMQ_TOKEN, or a name and a password in MEMQ_URL'],
  [421, 'name the server as it knows itself, or start it with --http-host'],
]);

/** The server's answer was a problem. */
export class ProblemError extends MemqError {
  readonly code = 'PROBLEM';
  override readonly exitCode: number;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(sentenceOf(problem));
    this.problem = problem;
    this.exitCode = EXIT_OF.get(problem.status) ?? EX_SOFTWARE;
  }
}

/** What is wrong, where, and what to do about it. */
export function sentenceOf({
  status,
  title = '',
  detail = title,
  errors = [],
}: Pick<Problem, 'status' | 'detail' | 'errors'> & { readonly title?: string }): string {
  // A problem with one place often says in its detail all that is to be said of it.
  const places = errors.filter((each) => !detail.includes(each.detail));
  const hint = HINTS.get(status);
  return [detail, ...places.map((each) => `${each.pointer}: ${each.detail}`), ...(hint ? [hint] : [])].join(
    '; ',
  );
}

/** Nothing was found to show or to act on. */
export class NothingError extends MemqError {
  readonly code = 'NOTHING';
  override readonly exitCode = EX_NOTHING;
}

/** Input of which the server takes only a part. */
export class RefusedError extends MemqError {
  readonly code = 'REFUSED';
  override readonly exitCode = EX_DATAERR;
}

/** A message is in a state in which that cannot be done to it. */
export class WrongStateError extends MemqError {
  readonly code = 'WRONG_STATE';
  override readonly exitCode = EX_CANTCREAT;
}

/** A wait whose time is over. */
export class WaitTimeoutError extends MemqError {
  readonly code = 'WAIT_TIMEOUT';
  override readonly exitCode = EX_TIMEOUT;
}
