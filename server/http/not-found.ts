import { TrieRouter } from 'hono/router/trie-router';
import { isNavigation } from './navigation.ts';
import { answerContent } from './pages/answer.ts';
import type { Pages } from './pages/pages.ts';
import { answerProblem, Problem } from './problem.ts';
import type { App } from './router.ts';

/** Has the app, which has all its routes by now, answer what none of them is for: 405 where they know other methods. */
export function notFound(app: App, pages: Pages | undefined): void {
  const methods = new TrieRouter<string>();
  // Of these there are only guards.
  const routes = app.routes.filter(({ method }) => method !== 'ALL');
  for (const { path, method } of routes) methods.add('', path, method);

  app.notFound(async (context) => {
    const [found] = methods.match('', context.req.path);
    const allowed = new Set(found.map(([method]) => method));
    if (allowed.has('GET')) allowed.add('HEAD');
    if (allowed.size > 0) {
      context.header('allow', [...allowed].sort().join(', '));
      return answerProblem(context, new Problem(405, 'method', 'this path knows other methods: see Allow'));
    }
    if (pages !== undefined && isNavigation(context))
      return answerContent(context, pages.document, 'no-store', 404);
    return answerProblem(context, new Problem(404, 'not-found', 'there is nothing at this path'));
  });
}
