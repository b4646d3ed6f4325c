import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { MemqError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { answerProblem, Problem } from './problem.ts';

/** Answers what was thrown; a fault of ours is told in the log, and of it to the client only that it is one. */
export function errorAnswers(logger: Logger) {
  return (error: Error, context: Context): Response => {
    if (error instanceof MemqError || error instanceof HTTPException) return answerProblem(context, error);
    logger.error({ error: error.stack, path: context.req.path }, 'internal error of HTTP');
    return answerProblem(context, new Problem(500, 'internal', 'a fault of the server: see its log'));
  };
}
