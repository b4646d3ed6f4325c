import { z } from '@hono/zod-openapi';
import { ListedState, listOf, MaybeTime, QueueNames } from './common.ts';

export const ErrorGroup = z
  .object({
    queue: z.object(QueueNames),
    group: z.string(),
    count: z.int(),
    first_at: MaybeTime,
    last_at: MaybeTime,
    sample: z.string(),
  })
  .openapi('ErrorGroup');
export type ErrorGroup = z.infer<typeof ErrorGroup>;
export const ErrorGroupList = listOf(ErrorGroup, 'ErrorGroupList');
export type ErrorGroupList = z.infer<typeof ErrorGroupList>;

export const Select = z
  .union([
    z.object({ refs: z.array(z.string()).min(1).max(1000) }).strict(),
    z
      .object({
        queue: z.string().describe('Name or key'),
        state: ListedState,
        group: z.string().optional(),
        error_group: z.string().optional(),
        q: z.string().optional(),
      })
      .strict(),
  ])
  .openapi('Select');

export const ActionRequest = z
  .object({
    verb: z.enum(['retry', 'discard', 'cancel', 'run', 'move']),
    select: Select,
    delay: z.number().min(0).lt(10_000_000_000).optional().describe('Seconds; of a retry'),
    spread: z
      .number()
      .min(0)
      .lt(10_000_000_000)
      .optional()
      .describe('Seconds; of a retry: they become due evenly over this time'),
    to: z.string().optional().describe('Name or key of the other queue; of a move'),
    expect: z.int().min(0).optional(),
    dry_run: z.boolean().optional(),
  })
  .strict()
  .openapi('ActionRequest');
export type ActionRequest = z.infer<typeof ActionRequest>;

export const Accepted = z.object({ id: z.string(), total: z.int(), url: z.string() }).openapi('Accepted');
export type Accepted = z.infer<typeof Accepted>;
export const ActionDone = z
  .object({ done: z.int(), skipped: z.array(z.object({ ref: z.string(), why: z.string() })) })
  .openapi('ActionDone');
export type ActionDone = z.infer<typeof ActionDone>;
export const DryRun = z.object({ total: z.int(), dry_run: z.literal(true) }).openapi('DryRun');
export type DryRun = z.infer<typeof DryRun>;
export const Action = z
  .object({
    id: z.string(),
    verb: z
      .enum(['retry', 'discard', 'cancel', 'run', 'move', 'purge', 'delete'])
      .nullable()
      .describe('null where it is not known any more'),
    state: z
      .enum(['running', 'done', 'aborted', 'failed', 'interrupted'])
      .describe('interrupted: the server was started anew since; how far it had come is not known'),
    total: z.int(),
    done: z.int(),
    skipped: z.int(),
    started_at: MaybeTime,
    ended_at: MaybeTime,
    error: z.string().nullable(),
  })
  .openapi('Action');
export type Action = z.infer<typeof Action>;
export const ActionList = listOf(Action, 'ActionList');
export type ActionList = z.infer<typeof ActionList>;
