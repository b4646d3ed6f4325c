import { z } from '@hono/zod-openapi';
import { ListedState, listOf, MaybeTime, QueueNames, Time, whole } from './common.ts';

/** A call as its worker would read it: of payloads that are one. */
const Call = z.object({
  class: z.string().optional(),
  method: z.string(),
  args: z.array(z.unknown()).describe('What JSON cannot hold, as an integer of many digits, is text'),
});

export const Message = z
  .object({
    ref: z.string(),
    queue: z.object(QueueNames),
    state: ListedState,
    id: z.string().nullable().describe("The client's own id of the job"),
    group: z.string().nullable(),
    priority: z.int(),
    attempts: z.int(),
    deaths: z.int(),
    bytes: z.int(),
    enqueued_at: MaybeTime,
    due_at: MaybeTime,
    expires_at: MaybeTime,
    started_at: MaybeTime,
    deadline: MaybeTime.describe('Of a lease; null: as long as the connection of its holder'),
    ended_at: MaybeTime,
    holder: z.string().nullable(),
    progress: z.string().nullable(),
    cancelled: z.boolean().describe('It is held still, and will not be repeated'),
    repeats: z.boolean(),
    held_by: z.enum(['paused', 'rate', 'max_running', 'group']).nullable(),
    error_group: z.string().nullable(),
    outcome: z.enum(['complete', 'failed', 'cancelled']).nullable().describe('Of one that has ended'),
    preview: z
      .string()
      .optional()
      .describe('The beginning of its body, or of its result when it has ended; as text'),
    error: z.string().nullable().describe('The first line'),
  })
  .openapi('Message');
export type Message = z.infer<typeof Message>;
export const MessageList = listOf(Message, 'MessageList');
export type MessageList = z.infer<typeof MessageList>;

export const TimelineEntry = z.object({
  at: MaybeTime,
  event: z.enum(['enqueued', 'due', 'started', 'failed', 'completed', 'cancelled', 'expires', 'retry']),
  worker: z.string().nullable(),
  text: z.string().nullable(),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

export const MessageDetail = Message.extend({
  flags: z.int(),
  payload: z.string().nullable().describe('Its body where that is UTF-8'),
  payload_base64: z.string().nullable().describe('Its body where it is not'),
  body_bytes: z.int(),
  truncated: z.boolean().describe('Only the first 64 KiB are here; the rest is under /body'),
  call: Call.nullable(),
  error_text: z.string().nullable().describe('All of it: message, causes, stack'),
  result: z.string().nullable(),
  result_base64: z.string().nullable().describe('Where it is not UTF-8'),
  max_attempts: z.int(),
  backoff: z.string(),
  every: z.number().nullable().describe('Seconds'),
  cron: z.string().nullable(),
  last_run: z.object({ outcome: z.string(), at: Time, error: z.string().nullable() }).nullable(),
  origin: z
    .object({
      queue: z.object(QueueNames),
      id: z.string().nullable(),
      attempts: z.int(),
      failed_at: MaybeTime,
      holder: z.string().nullable(),
    })
    .nullable()
    .describe('Of a dead letter'),
  history: z.array(
    z.object({
      started_at: MaybeTime,
      ended_at: MaybeTime,
      holder: z.string().nullable(),
      error: z.string(),
    }),
  ),
  timeline: z.array(TimelineEntry),
}).openapi('MessageDetail');
export type MessageDetail = z.infer<typeof MessageDetail>;

const text = z.string();
const Duration = z.union([z.number().min(0), z.string()]);
/** How a message is to be enqueued; the same names as in the query of a raw body. */
export const EnqueueOptions = z.object({
  delay: Duration.optional().describe('Seconds, or with a unit: 500ms, 5m, 2h'),
  priority: whole(0, 4294967295).optional().describe('0 is the most urgent; 1024 else'),
  id: text.max(200).optional(),
  unique: z.union([z.boolean(), z.literal('kept'), z.enum(['true', 'false'])]).optional(),
  ttl: Duration.optional(),
  every: Duration.optional(),
  attempts: whole(1, 65535).optional(),
  backoff: text.optional(),
  group: text.optional(),
  flags: whole(0, 4294967295).optional(),
  must_be_call: z
    .union([z.boolean(), z.enum(['true', 'false'])])
    .optional()
    .describe('Refused where the body is no call that a worker without any settings reads'),
});
export const Enqueue = EnqueueOptions.extend({
  call: z
    .object(
      { method: z.string(), args: z.array(z.unknown()).default([]) },
      { error: 'a call is an object with "method" and "args"; as a text it is a "payload"' },
    )
    .optional(),
  payload: z.string().optional(),
  payload_base64: z.base64().optional(),
})
  .strict()
  .openapi('Enqueue', { description: 'One of call, payload and payload_base64' });
export type Enqueue = z.infer<typeof Enqueue>;

export const Enqueued = z
  .object({
    queue: z.object(QueueNames),
    ref: z.string().nullable().describe('null where the message is gone again already, or a fan-out took it'),
    message_id: z.string(),
    id: z.string().nullable(),
  })
  .openapi('Enqueued');
export type Enqueued = z.infer<typeof Enqueued>;

export const BatchResult = z
  .object({
    results: z.array(
      z.union([
        Enqueued.extend({ status: z.literal(201) }),
        z.object({
          status: z.int(),
          code: z.string(),
          detail: z.string(),
          errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
        }),
      ]),
    ),
  })
  .openapi('BatchResult');

export const Job = z
  .object({
    id: z.string(),
    queue: z.object(QueueNames),
    ref: z.string().nullable(),
    message_id: z.string(),
    status: z.enum(['waiting', 'running', 'complete', 'failed', 'cancelled']),
    attempts: z.int(),
    priority: z.int(),
    enqueued_at: MaybeTime,
    due_at: MaybeTime,
    started_at: MaybeTime,
    ended_at: MaybeTime,
    error: z.string().nullable(),
    earlier_error: z.string().nullable(),
    holder: z.string().nullable(),
    result: z.string().nullable(),
    result_base64: z.string().nullable().describe('Where it is not UTF-8'),
    progress: z.string().nullable(),
    group: z.string().nullable(),
    held_by: z.string().nullable(),
    every: z.number().nullable(),
    cron: z.string().nullable(),
  })
  .openapi('Job');
export type Job = z.infer<typeof Job>;
