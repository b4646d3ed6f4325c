import type { z } from '@hono/zod-openapi';
import { Problem } from './problem.ts';

/** Where a list goes on, as its clients pass it back. */
export function cursorText(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The same as it was. Throws a Problem for what is no cursor of ours. */
export function readCursor<T>(text: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    throw new Problem(400, 'cursor', 'this cursor is none of this list');
  }
}
