import type { HttpContext } from '../context.ts';
import { gzipped } from '../gzipped.ts';
import { Metrics } from '../metrics/metrics.ts';
import type { App } from '../router.ts';

/** Prometheus' text. */
export const METRICS_TYPE = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };

/** `/metrics`: Prometheus' text 0.0.4; with `?queue=GLOB` of the queues that match alone. */
export function metricsRoutes(app: App, context: HttpContext): void {
  const metrics = new Metrics(context);
  app.get('/metrics', gzipped, async (request) => {
    const glob = request.req.query('queue');
    const text = await (glob === undefined ? metrics.text() : metrics.matching(glob));
    return request.body(text, 200, METRICS_TYPE);
  });
}
