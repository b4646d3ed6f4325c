import { z } from '@hono/zod-openapi';
import { listOf, MaybeTime, QueueNames, WINDOWS } from './common.ts';

/** The queue of a path. */
export const QueueParam = z.object({ q: z.string().describe('Name or key of the queue') });

const Percentiles = z
  .object({ p50: z.number(), p95: z.number(), p99: z.number(), count: z.int() })
  .nullable()
  .describe('Milliseconds; null where nothing was measured');

const Recent = z
  .object({ step_ms: z.int(), in: z.array(z.number().nullable()), out: z.array(z.number().nullable()) })
  .nullable()
  .describe('A second, in the last two minutes; null where nothing happened. Only with `with=recent`');

export const Queue = z
  .object({
    ...QueueNames,
    ready: z.int(),
    delayed: z.int(),
    reserved: z.int(),
    failed: z.int(),
    bytes: z.int(),
    readers: z.int().describe('Reads that wait for a message'),
    oldest_age: z.int().describe('Seconds since the oldest ready message was enqueued'),
    paused: z.boolean(),
    held: z.int().describe('Ready messages that cannot be had now'),
    held_by: z.enum(['paused', 'rate', 'max_running', 'group']).nullable(),
    rates: z.object({ in: z.number(), out: z.number(), failed: z.number() }).describe('A second, lately'),
    wait_ms: Percentiles,
    run_ms: Percentiles,
    counts: z.record(z.string(), z.int()).describe('Since it came, or the server started'),
    recent: Recent.optional(),
  })
  .openapi('Queue');
export type Queue = z.infer<typeof Queue>;

export const Policy = z.record(z.string(), z.union([z.string(), z.number()])).openapi('Policy');
export const QueueDetail = Queue.extend({
  policy: Policy,
  policy_from: z
    .record(z.string(), z.string())
    .describe('The section of the configuration that has set a key; the others have their defaults'),
}).openapi('QueueDetail');
export type QueueDetail = z.infer<typeof QueueDetail>;
export const QueueList = listOf(Queue, 'QueueList');
export type QueueList = z.infer<typeof QueueList>;

export const QUEUE_SORTS = [
  'name',
  'ready',
  'delayed',
  'reserved',
  'failed',
  'oldest',
  'in',
  'out',
  'wait',
] as const;
export const QUEUE_CONDITIONS = ['paused', 'no-readers', 'failing'] as const;

/** `expect`: how many the client believes that there are. Strict: it guards, so it must not be misspelt. */
export const Expect = z
  .object({ expect: z.int().min(0).optional() })
  .strict()
  .openapi('Expect');
export type Expect = z.infer<typeof Expect>;
export const MoveQueue = Expect.extend({ to: z.string().describe('Name or key of the other queue') }).openapi(
  'MoveQueue',
);
export type MoveQueue = z.infer<typeof MoveQueue>;

export const History = z
  .object({
    window: z.enum(WINDOWS),
    step_ms: z.int(),
    from: MaybeTime,
    times: z.array(z.number()).describe('Milliseconds since the epoch'),
    series: z.record(z.string(), z.array(z.number().nullable())).describe('null: there is no data'),
  })
  .openapi('History');
export type History = z.infer<typeof History>;
