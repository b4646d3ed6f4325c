import { etag } from 'hono/etag';
import { answerContent } from '../pages/answer.ts';
import type { Pages } from '../pages/pages.ts';
import { Problem } from '../problem.ts';
import type { App } from '../router.ts';

/** Where pages are; each is the same document. */
const PATHS = [
  '/queues',
  '/queues/:key',
  '/queues/:key/messages/:ref',
  '/failed',
  '/running',
  '/workers',
  '/schedule',
  '/search',
  '/settings',
];
/** Files whose names have a digest of what is in them. */
const HASHED = 'assets/';

/** The pages for people, in a browser. `pages`: undefined where the server was built without them. */
export function pageRoutes(app: App, pages: Pages | undefined): void {
  for (const path of ['/', ...PATHS.flatMap((each) => [each, `${each}/`])]) {
    app.get(path, etag(), (context) => {
      if (pages === undefined) throw new Problem(404, 'no-pages', NO_PAGES);
      return answerContent(context, pages.document, 'no-cache');
    });
  }
  for (const [path, content] of pages?.files ?? []) {
    if (path.startsWith(HASHED))
      app.get(`/${path}`, (context) =>
        answerContent(context, content, 'public, max-age=31536000, immutable'),
      );
    else app.get(`/${path}`, etag(), (context) => answerContent(context, content, 'no-cache'));
  }
}

const NO_PAGES = 'this server was built without its pages: npm run build makes them; the API is at api/v1';
