import type { MessageRecord } from './log/log.ts';
import { type Attributes, decodeAttributes, type End, encodeAttributes } from './state/attributes.ts';
import { type Event, EventType, NO_BYTES } from './state/events.ts';
import { MessageState, row } from './state/message-table.ts';
import type { StateView } from './state/state-view.ts';

/** The priority of a message that goes ahead of all. */
const AHEAD_PRIORITY = 0;

/** What its client says of a new message. */
export interface NewMessage {
  /** uint32. */
  readonly flags: number;
  /** Ahead of everything that waits, whatever its `priority`. */
  readonly ahead: boolean;
  /** uint32, 0 the most urgent. */
  readonly priority: number;
  /** The body is `body[start..end)`. It is read during the call only. */
  readonly body: Buffer;
  readonly start: number;
  readonly end: number;
}

/** What a message's next record says otherwise than its last one. */
export interface Changes {
  readonly state?: number;
  readonly queue?: number;
  readonly attempts?: number;
  readonly expires?: number;
  readonly time?: number;
  readonly error?: Buffer;
  readonly attributes?: Partial<Attributes>;
  /** In place of the old one. */
  readonly body?: Buffer;
}

/** What a record says that the table does not know. */
type Recorded = Pick<MessageRecord, 'flags' | 'enqueuedAt' | 'time' | 'error' | 'attributes'>;

/** Fills an event with a new message, or with what takes its place. The caller says the slot, the id and the queue. */
export function composeMessage(
  event: Event,
  id: number,
  message: NewMessage,
  now: number,
  expires: number,
  due: number,
  attributes: Buffer,
): void {
  event.type = EventType.message;
  event.order = message.ahead ? -id : id;
  event.priority = message.ahead ? AHEAD_PRIORITY : message.priority;
  event.state = due > 0 ? MessageState.delayed : MessageState.ready;
  event.attempts = 0;
  event.flags = message.flags;
  event.enqueuedAt = now;
  event.time = due;
  event.expires = expires;
  event.token = 0;
  event.error = NO_BYTES;
  event.attributes = attributes;
  setBody(event, message.body, message.start, message.end);
}

/** Fills an event with a message as its record has it, and with changes. */
export function reviseMessage(
  event: Event,
  state: StateView,
  slot: number,
  record: MessageRecord,
  changes: Changes,
): void {
  revise(event, state, slot, record, changes);
  const { body } = changes;
  if (body === undefined) setBody(event, record.block.bytes, record.bodyStart, record.bodyEnd);
  else setBody(event, body, 0, body.length);
}

/** Fills an event with what the table knows of a message, with changes and without its body. */
export function rewriteMessage(
  event: Event,
  state: StateView,
  slot: number,
  enqueuedAt: number,
  changes: Changes,
): void {
  const attributes = encodeAttributes({
    maxAttempts: state.maxAttemptsOf(slot),
    backoff: state.backoffOf(slot),
    group: state.groupOf(slot) ?? '',
  });
  const lost = { flags: 0, enqueuedAt, time: 0, error: NO_BYTES, attributes };
  revise(event, state, slot, lost, changes);
  setBody(event, NO_BYTES, 0, 0);
}

function revise(event: Event, state: StateView, slot: number, record: Recorded, changes: Changes): void {
  const page = state.table.page(slot);
  const i = row(slot);
  event.type = EventType.message;
  event.slot = slot;
  event.order = page.order[i];
  event.queue = changes.queue ?? page.queue(i);
  event.priority = page.priority(i);
  event.state = changes.state ?? page.state[i];
  event.attempts = changes.attempts ?? page.attempts[i];
  event.flags = record.flags;
  event.enqueuedAt = record.enqueuedAt;
  const isHeld = event.state === MessageState.reserved || event.state === MessageState.cancelled;
  const { token, deadline } = state.leases.of(slot);
  event.time = changes.time ?? (isHeld ? deadline : record.time);
  event.token = isHeld ? token : 0;
  event.expires = changes.expires ?? page.expires(i);
  event.error = changes.error ?? record.error;
  event.attributes = attributesOf(state, slot, event.state, record.attributes, changes.attributes);
}

/**
 * A message may have lost its id since its record was written, its holder may have died, and it may have been cancelled, so
 * the table's word counts. `next`: the state that it is to have.
 */
function attributesOf(
  state: StateView,
  slot: number,
  next: number,
  recorded: Buffer,
  changes: Partial<Attributes> | undefined,
): Buffer {
  const deaths = state.deathsOf(slot);
  const diedSilently = state.diedSilently(slot);
  const isCancelled = next === MessageState.cancelled;
  if (recorded.length === 0 && changes === undefined && deaths === 0 && !diedSilently && !isCancelled)
    return NO_BYTES;
  const known = decodeAttributes(recorded);
  return encodeAttributes({
    ...known,
    end: isCancelled ? cancelOf(state, slot) : next === MessageState.ended ? known.end : undefined,
    jobId: state.jobIdOf(slot) ?? '',
    recurrence: state.repeating.get(slot)?.recurrence,
    history: state.historyOf(slot, known.history),
    deaths,
    diedSilently,
    ...changes,
  });
}

function cancelOf(state: StateView, slot: number): End | undefined {
  const { cancelledAt } = state.leases.of(slot);
  return cancelledAt > 0 ? { state: 'cancelled', endedAt: cancelledAt } : undefined;
}

function setBody(event: Event, bytes: Buffer, start: number, end: number): void {
  event.body = bytes;
  event.bodyStart = start;
  event.bodyEnd = end;
}
