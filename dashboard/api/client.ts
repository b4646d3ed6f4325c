import type { Problem } from '../../server/http/schemas/common.ts';
import { base, queryText } from './base.ts';
import type { Changes, Reads } from './endpoints.ts';

/** The names in a path: of `/queues/{q}` that is `q`. */
type ParameterOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterOf<Rest>
  : never;

type Query = Readonly<Record<string, string | number | undefined>>;

export type Parameters<Path extends string> = Readonly<Record<ParameterOf<Path>, string>> & {
  readonly query?: Query;
};

/** What goes wrong with a request: what the server says of it (RFC 9457), or that it cannot be reached (status 0). */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];

  constructor(problem: Pick<Problem, 'status' | 'code' | 'title' | 'detail' | 'errors'>) {
    super(problem.detail ?? problem.title);
    this.status = problem.status;
    this.code = problem.code;
    this.errors = problem.errors ?? [];
  }
}

/** A path below `/api/v1` with its names filled in. A queue is named by its key, or by its name where that is UTF-8. */
export function pathOf<Path extends keyof Reads>(path: Path, parameters: Parameters<Path>): string {
  return filled(path, parameters) + queryText(parameters.query ?? {});
}

function filled(path: string, parameters: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{(\w+)\}/g, (_all, name) => encodeURIComponent(String(parameters[name])));
}

/** Reads. Rejects with a ProblemError, or with an AbortError. */
export async function read<Path extends keyof Reads>(
  path: Path,
  parameters: Parameters<Path> & { readonly signal?: AbortSignal },
): Promise<Reads[Path]> {
  const { signal } = parameters;
  const response = await send('GET', pathOf(path, parameters), { ...(signal && { signal }) });
  return (await response.json()) as Reads[Path];
}

/** Changes something. Rejects with a ProblemError. */
export async function change<What extends keyof Changes>(
  what: What,
  parameters: Parameters<What>,
  ...[body]: undefined extends Changes[What][0] ? [] : [body: Changes[What][0]]
): Promise<Changes[What][1]> {
  const [method = '', path = ''] = what.split(' ');
  const response = await send(method, filled(path, parameters) + queryText(parameters.query ?? {}), {
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  return (response.status === 204 ? undefined : await response.json()) as Changes[What][1];
}

/** Sends a request below `/api/v1`. Resolves with an answer that is a success or 304; rejects with a ProblemError. */
export async function send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`${base}/api/v1${path}`, { method, ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ProblemError({ status: 0, code: 'unreachable', title: 'the server cannot be reached' });
  }
  if (response.ok || response.status === 304) return response;
  throw await problemOf(response);
}

/** A proxy on the way may answer with something else than a problem. */
async function problemOf(response: Response): Promise<ProblemError> {
  const { status } = response;
  const plain = { status, code: `http-${status}`, title: `${status} ${response.statusText}` };
  try {
    const said = (await response.json()) as Partial<Problem>;
    return new ProblemError(typeof said.code === 'string' ? { ...plain, ...said } : plain);
  } catch {
    return new ProblemError(plain);
  }
}
