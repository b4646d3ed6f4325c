import type { z } from '@hono/zod-openapi';
import { Problem } from './schemas/common.ts';

/** An answer of a route, for the document. */
export function answers<T extends z.ZodType>(schema: T, description: string) {
  return { content: { 'application/json': { schema } }, description };
}

/** The answer that each route may have instead. */
export const PROBLEM = {
  content: { 'application/problem+json': { schema: Problem } },
  description: 'What is wrong, RFC 9457',
};
