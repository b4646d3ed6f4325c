import { createHash } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { readBody } from './body.ts';
import { KeptAnswers } from './kept-answers.ts';
import { Problem } from './problem.ts';
import type { Env } from './router.ts';

/** Bytes of a body that a key may go with. */
const MOST_BODY = 16 * 1024 * 1024;
const LONGEST_KEY = 255;

/**
 * `Idempotency-Key`: what was done once is not done again for the same request of the same user, which gets the same answer,
 * for an hour and not over a restart. What was refused did nothing, so it may be asked for again.
 */
export function idempotency(kept = new KeptAnswers()): MiddlewareHandler<Env> {
  return async (context, next) => {
    const key = context.req.header('idempotency-key');
    if (context.req.method !== 'POST' || key === undefined) return next();
    if (key === '' || key.length > LONGEST_KEY)
      throw new Problem(400, 'idempotency-key', `Idempotency-Key has 1 to ${LONGEST_KEY} characters`);
    const name = JSON.stringify([context.get('user') ?? '', context.req.path, key]);
    const print = await fingerprint(context);
    const known = kept.get(name);
    if (known !== undefined && known.print !== print)
      throw new Problem(422, 'idempotency-key', 'this key went with another request');
    if (known?.answer !== undefined) {
      const { status, headers, body } = known.answer;
      return new Response(body, { status, headers: [...headers, ['idempotency-replayed', 'true']] });
    }
    if (known !== undefined)
      throw new Problem(409, 'in-work', 'a request with this key is in work', { retryAfterSeconds: 1 });
    kept.begin(name, print);
    try {
      await next();
      if (context.res.ok) {
        const { status, headers } = context.res;
        const body = new Uint8Array(await context.res.clone().arrayBuffer());
        kept.finish(name, { status, headers: [...headers], body });
      }
    } finally {
      kept.giveUp(name);
    }
  };
}

/** What tells two requests to the same path apart. */
async function fingerprint(context: Context): Promise<string> {
  const { req } = context;
  const body = await readBody(context, MOST_BODY);
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(body));
  const query = req.url.slice(req.url.indexOf('?') + 1 || req.url.length);
  return createHash('sha256')
    .update(`${query}\n${req.header('content-type')}\n`)
    .update(Buffer.from(digest))
    .digest('base64');
}
