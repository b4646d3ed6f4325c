import type { HttpFrame } from '../frame.ts';
import { errorAnswers } from '../on-error.ts';
import { Problem } from '../problem.ts';
import type { App } from '../router.ts';
import { auditLines } from './audit-lines.ts';
import { body } from './body.ts';
import { busy } from './busy.ts';
import { crossSite } from './cross-site.ts';
import { host } from './host.ts';
import { linger } from './linger.ts';
import { login } from './login.ts';
import { peer } from './peer.ts';
import { readOnly } from './read-only.ts';
import { roles } from './roles.ts';

/** Puts all that a request has to pass before the routes that come after; those that are there already are for everybody. */
export function guard(app: App, frame: HttpFrame): void {
  const answer = errorAnswers(frame.logger);
  app.onError((error, context) => {
    linger(context.env);
    return answer(error, context);
  });
  app.use('*', async (_context, next) => {
    if (frame.stopping.aborted) throw new Problem(503, 'stopping', 'the server is going down');
    await next();
  });
  // Who it is, and whether he may ask at all, comes before what he asks for.
  app.use('*', peer(frame), host(frame), crossSite(frame), login(frame));
  app.use('*', auditLines(frame));
  roles(app);
  app.use('*', readOnly(frame));
  busy(app, frame);
  app.use('*', body(frame));
}
