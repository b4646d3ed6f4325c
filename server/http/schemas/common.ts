import { z } from '@hono/zod-openapi';

/** A time, ISO 8601 in UTC with milliseconds. */
export const Time = z.iso.datetime({ precision: 3 });
/** The same, null where there is none or it is not known. */
export const MaybeTime = Time.nullable();

export const ListedState = z.enum(['ready', 'delayed', 'reserved', 'failed', 'ended']);

/** A queue's name: to read, and as it stands in a path. */
export const QueueNames = {
  name: z.string().describe('As people read it: UTF-8 where its bytes are that'),
  key: z.string().describe('As it stands in a path: itself, or ~ and base64url of its bytes'),
};

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('Stable, for programs'),
    detail: z.string().optional(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .openapi('Problem', { description: 'RFC 9457' });
export type Problem = z.infer<typeof Problem>;

/** A whole number; digits in a query. Nothing else is one, though `Number` takes null, true and '' for one. */
export function whole(min: number, max: number) {
  const number = z.int({ error: 'is not a whole number' }).min(min).max(max);
  return z
    .preprocess(
      (given) => (typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given),
      number,
    )
    .openapi({ type: 'integer', minimum: min, maximum: max });
}

export const Limit = whole(1, 1000).default(50);
export const Cursor = z.string().max(2000).optional();

/** Words with commas between them. */
export function words<T extends z.ZodType>(word: T) {
  return z
    .string()
    .transform((text) => text.split(',') as z.input<T>[])
    .pipe(z.array(word));
}

/** A part of a list. */
export function listOf<T extends z.ZodType>(item: T, name: string) {
  return z
    .object({
      items: z.array(item),
      next: z.string().nullable().describe('The cursor of what follows; null at the end'),
      scanned: z.int().optional().describe('How many were looked at'),
    })
    .openapi(name);
}

export const WINDOWS = ['2m', '1h', '24h', '7d'] as const;
