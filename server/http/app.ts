import { certain } from './certain.ts';
import type { HttpContext } from './context.ts';
import type { HttpFrame } from './frame.ts';
import { guard } from './guard/guard.ts';
import { linger } from './guard/linger.ts';
import { idempotency } from './idempotency.ts';
import { notFound } from './not-found.ts';
import { errorAnswers } from './on-error.ts';
import type { Pages } from './pages/pages.ts';
import { pollingRoutes } from './polling.ts';
import { answerProblem, Problem } from './problem.ts';
import { type App, newApp } from './router.ts';
import { actionRoutes } from './routes/actions.ts';
import { batchRoutes } from './routes/batch.ts';
import { enqueueRoutes } from './routes/enqueue.ts';
import { failedRoutes } from './routes/failed.ts';
import { healthRoutes } from './routes/health.ts';
import { historyRoutes } from './routes/history.ts';
import { jobRoutes } from './routes/jobs.ts';
import { liveRoutes } from './routes/live.ts';
import { messageRoutes } from './routes/messages.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { pageRoutes } from './routes/pages.ts';
import { queueRoutes } from './routes/queues.ts';
import { scheduleRoutes } from './routes/schedule.ts';
import { searchRoutes } from './routes/search.ts';
import { serverRoutes } from './routes/server.ts';
import { wholeQueueRoutes } from './routes/whole-queues.ts';
import { workerRoutes } from './routes/workers.ts';

/** All that is answered over HTTP. `pages`: undefined where there are none. */
export function createApp(context: HttpContext, frame: HttpFrame, pages?: Pages): App {
  const app = newApp(frame.basePath);
  healthRoutes(app, frame);
  guard(app, frame);
  const api = newApp();
  api.onError(errorAnswers(frame.logger));
  pollingRoutes(api);
  api.use(idempotency());
  for (const routes of OWN_ROUTES) routes(api, context);
  api.use(certain(context.engine));
  for (const routes of SHARED_ROUTES) routes(api, context);
  metricsRoutes(app, context);
  app.route('/api/v1', api);
  let document: string | undefined;
  app.get('/api/openapi.json', (request) => {
    // It takes a while, and memory, which most servers are never asked for.
    document ??= JSON.stringify(app.getOpenAPI31Document(documentOf(frame)));
    return request.body(document, 200, { 'content-type': 'application/json' });
  });
  pageRoutes(app, pages);
  notFound(app, pages);
  return app;
}

/** What is answered while the log is still read. */
export function createStartingApp(frame: HttpFrame): App {
  const app = newApp(frame.basePath);
  healthRoutes(app, frame);
  app.all('*', (request) => {
    linger(request.env);
    return answerProblem(
      request,
      new Problem(503, 'starting', 'the server reads its log', { retryAfterSeconds: 1 }),
    );
  });
  return app;
}

function documentOf({ basePath }: HttpFrame) {
  return {
    openapi: '3.1.0',
    info: { title: 'memq', version: '1' },
    servers: [{ url: basePath || '/' }],
  };
}

/** How this server is, which it tells whether it leads or not. */
const OWN_ROUTES = [serverRoutes, historyRoutes, liveRoutes];

/** What is in the queues, and what is done there. */
const SHARED_ROUTES = [
  queueRoutes,
  wholeQueueRoutes,
  messageRoutes,
  enqueueRoutes,
  batchRoutes,
  jobRoutes,
  failedRoutes,
  actionRoutes,
  workerRoutes,
  scheduleRoutes,
  searchRoutes,
];
