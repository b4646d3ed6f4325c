import type { ClusterView } from './context.ts';
import { forward } from './forward.ts';
import type { HttpFrame } from './frame.ts';
import { guard } from './guard/guard.ts';
import { gzipped } from './gzipped.ts';
import { EventLoopLag } from './metrics/event-loop-lag.ts';
import { followerFamilies } from './metrics/server-families.ts';
import { answerProblem, Problem } from './problem.ts';
import { type App, newApp } from './router.ts';
import { healthRoutes } from './routes/health.ts';
import { METRICS_TYPE } from './routes/metrics.ts';

/** What each server tells of itself. */
const OWN: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** What a server answers that follows another one: how it is itself, and all else by the one that leads. */
export function createFollowingApp(cluster: ClusterView, frame: HttpFrame, startedAt: number): App {
  const app = newApp(frame.basePath);
  const lag = new EventLoopLag();
  healthRoutes(app, frame);
  app.use(
    '*',
    forward(frame, OWN, (client) => cluster.connectToLeader(client)),
  );
  guard(app, frame);
  app.get('/metrics', gzipped, (request) => {
    const text = followerFamilies(cluster, startedAt, lag.take()).join('');
    return request.body(text, 200, METRICS_TYPE);
  });
  app.all('*', (request) => {
    const { leader, database } = cluster;
    const why = database?.refusal === undefined ? '' : `: the database takes nothing: ${database.refusal}`;
    const where = leader === undefined ? `no server leads${why}` : `the server at ${leader} leads`;
    return answerProblem(
      request,
      new Problem(503, 'not-leading', `this server follows: ${where}`, { retryAfterSeconds: 1 }),
    );
  });
  return app;
}
