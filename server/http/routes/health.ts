import type { HttpFrame } from '../frame.ts';
import type { App } from '../router.ts';

/**
 * `/healthz`: the process answers, and a restart would help nothing; 503 once its log has failed. `/readyz`: it takes and hands
 * out messages, or passes clients to the server that does; 503 says why not. Both say how it is in the first line, and in
 * those behind it what else is to be known.
 */
export function healthRoutes(app: App, { health, healthNotes }: HttpFrame): void {
  const text = (state: string): string => `${[state, ...healthNotes()].join('\n')}\n`;
  app.get('/healthz', (request) => {
    const state = health();
    return request.text(text(state), state === 'log-failed' ? 503 : 200);
  });
  app.get('/readyz', (request) => {
    const state = health();
    return request.text(text(state), state === 'ok' ? 200 : 503);
  });
}
