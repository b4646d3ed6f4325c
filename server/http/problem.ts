import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { errorMessage, MemqError } from '../../shared/errors.ts';
import { isNavigation } from './navigation.ts';
import { plainPage } from './plain-page.ts';
import type { Problem as ProblemBody } from './schemas/common.ts';

export interface Detail {
  /** Where in the request: a JSON pointer (RFC 6901), or the name of a parameter. */
  readonly pointer: string;
  readonly detail: string;
}

/** What an HTTP client is told instead of an answer (RFC 9457). */
export class Problem extends MemqError {
  readonly code: string;
  readonly status: ContentfulStatusCode;
  readonly errors: readonly Detail[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: ContentfulStatusCode,
    code: string,
    detail: string,
    { errors = [], retryAfterSeconds }: { errors?: readonly Detail[]; retryAfterSeconds?: number } = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What is wrong inside of the server, by the codes of its errors. */
const STATUS_OF: ReadonlyMap<string, ContentfulStatusCode> = new Map([
  ['CURSOR', 400],
  ['QUEUE_FULL', 507],
  ['TOO_MANY_QUEUES', 507],
  ['DISK', 503],
  ['DISK_FULL', 503],
  ['DATABASE', 503],
  ['UNREACHABLE', 503],
  ['DEPOSED', 503],
  ['STOPPING', 503],
]);

/** The answer to a request that went wrong: for programs, or for a person who asks with a browser. */
export function answerProblem(context: Context, error: unknown): Response {
  const problem = asProblem(error);
  const title = TITLES[problem.status] ?? 'Error';
  const body: ProblemBody = {
    type: 'about:blank',
    title,
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    ...(problem.errors.length > 0 ? { errors: [...problem.errors] } : {}),
  };
  if (problem.retryAfterSeconds !== undefined)
    context.header('retry-after', String(problem.retryAfterSeconds));
  if (isNavigation(context)) {
    const { page, headers } = plainPage(problem.status, title, problem.message);
    return context.body(page, problem.status, headers);
  }
  return context.body(JSON.stringify(body), problem.status, { 'content-type': 'application/problem+json' });
}

/** Whatever was thrown, as its client is told. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // Hono's own, of a body that is no JSON.
  if (error instanceof HTTPException) return new Problem(error.status, 'invalid', error.message);
  const code = error instanceof MemqError ? error.code : 'INTERNAL';
  const status = STATUS_OF.get(code) ?? 500;
  return new Problem(status, code.toLowerCase().replaceAll('_', '-'), errorMessage(error));
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
};
