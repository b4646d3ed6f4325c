import type { Context } from 'hono';

/** What is there for programs: no page, whoever asks. */
const NO_PAGE = /^\/(?:api|metrics)(?:\/|$)/;

/** Whether a page may be at a path. */
export function isPagePath(path: string): boolean {
  return !NO_PAGE.test(path);
}

/** Whether a person asks, with a browser, for something to read. */
export function isNavigation({ req }: Context): boolean {
  const isRead = req.method === 'GET' || req.method === 'HEAD';
  return isRead && isPagePath(req.path) && /\btext\/html\b/i.test(req.header('accept') ?? '');
}
