import type { HttpBindings } from '@hono/node-server';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { getPath } from 'hono/utils/url';
import { answerProblem, Problem } from './problem.ts';
import type { Role } from './role.ts';

/** What a request knows besides what it says. */
export interface Env {
  Bindings: HttpBindings;
  Variables: {
    /** Who asks; '' where nobody has to log in. */
    user: string;
    role: Role;
    /** The address of the client, behind proxies that are trusted as well. */
    address: string;
    /** What it was sent to, a name or an address and a port; '' for a client that does not say. */
    host: string;
    /** Who a trusted proxy says that it is; '' where none does. */
    proxyUser: string;
  };
}
export type { Role };
export type App = OpenAPIHono<Env>;
export type Middleware = MiddlewareHandler<Env>;
export type RequestContext = Context<Env>;

/**
 * An app whose requests are checked against the schemas of its routes; what does not fit is a problem. `basePath`: what some
 * proxies leave before all paths, and others take away.
 */
export function newApp(basePath = ''): App {
  return new OpenAPIHono<Env>({
    getPath: (request) => below(basePath, getPath(request)),
    defaultHook: (result, context) => {
      if (result.success) return;
      const errors = result.error.issues.map(({ path, message }) => ({
        pointer: `/${path.join('/')}`,
        detail: message,
      }));
      return answerProblem(
        context,
        new Problem(400, 'invalid', 'the request is not as it has to be', { errors }),
      );
    },
  });
}

function below(basePath: string, path: string): string {
  if (basePath === '' || !path.startsWith(basePath)) return path;
  const rest = path.slice(basePath.length);
  if (rest === '') return '/';
  return rest.startsWith('/') ? rest : path;
}
