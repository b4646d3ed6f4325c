import type { HttpFrame } from '../frame.ts';
import type { App } from '../router.ts';

/**
 * `/healthz`: the process answers, and a restart would help nothing; 503 once its log has failed. `/readyz`: it takes and hands
 * out messages; 503 says why not. Both say how it is.
 */
export function healthRoutes(app: App, { health }: HttpFrame): void {
  app.get('/healthz', (request) => {
    const state = health();
    return request.text(`${state}\n`, state === 'log-failed' ? 503 : 200);
  });
  app.get('/readyz', (request) => {
    const state = health();
    return request.text(`${state}\n`, state === 'ok' ? 200 : 503);
  });
}
