import fc from 'fast-check';
import { Event, EventType } from '../../../../../server/engine/state/events.ts';

const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const time = fc.double({ min: 0, max: 2 ** 53, noNaN: true }).map((ms) => ms + 0);
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

const setbacks = { deaths: uint32, diedSilently: fc.boolean() };

/** What every event of a type has to say. */
const FIELDS = {
  queue: {
    queue: uint32,
    name: fc
      .uint8Array({ minLength: 1, maxLength: 250 })
      .map((array) => Buffer.from(array).toString('latin1')),
    isPaused: fc.boolean(),
  },
  message: {
    slot: uint32,
    order: fc.tuple(id, fc.boolean()).map(([n, isAhead]) => (isAhead ? -n : n)),
    queue: uint32,
    attempts: uint16,
    token: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    time,
    state: fc.integer({ min: 1, max: 6 }),
    priority: uint32,
    flags: uint32,
    enqueuedAt: time,
    expires: uint32,
    error: bytes(300),
    attributes: bytes(300),
    body: bytes(1000),
  },
  reserve: { slot: uint32, order: id, attempts: uint16, token: id, time },
  release: { slot: uint32, order: id, attempts: uint16, ...setbacks },
  delay: { slot: uint32, order: id, attempts: uint16, ...setbacks, time },
  death: {
    slot: uint32,
    order: id,
    attempts: uint16,
    deaths: uint32,
    time,
    startedAt: time,
    endedAt: time,
    holder: bytes(64),
  },
  cancelHeld: { slot: uint32, order: id, endedAt: time, time, token: id },
  done: { slot: uint32, order: id },
  purge: { queue: uint32 },
  drop: { queue: uint32 },
  cancel: { slot: uint32, order: id },
  pause: { queue: uint32 },
  resume: { queue: uint32 },
  move: { queue: uint32, target: uint32 },
  unname: { slot: uint32, order: id },
  identifiers: { order: id },
  sweep: { slot: uint32 },
  transfer: { slot: uint32, order: id, target: uint32 },
  queues: { queue: uint32, target: uint32, page: bytes(3000) },
} as const;

/** What an event says, and nothing that it does not. */
export type Said = { type: keyof typeof EventType } & Record<string, unknown>;

/** Events of a type, or of any. */
export function saying(type?: keyof typeof EventType): fc.Arbitrary<Said> {
  if (type === undefined)
    return fc.oneof(...Object.keys(FIELDS).map((each) => saying(each as keyof typeof FIELDS)));
  return fc
    .record(FIELDS[type] as Record<string, fc.Arbitrary<unknown>>)
    .map((fields) => ({ type, ...fields }));
}

/** Fills an event, all of which held something else before. */
export function fill(event: Event, { type, ...fields }: Said): Event {
  Object.assign(event, new Event(), {
    slot: 77,
    order: 78,
    queue: 79,
    attempts: 80,
    deaths: 86,
    diedSilently: true,
    token: 81,
    time: 82,
    endedAt: 87,
    startedAt: 88,
    holder: Buffer.from('who was before'),
    target: 83,
    name: 'left',
    page: Buffer.from('from before'),
    state: 84,
    priority: 85,
    body: Buffer.from('something from before'),
    bodyStart: 3,
    bodyEnd: 9,
  });
  Object.assign(event, fields, { type: EventType[type] });
  if (type !== 'message') return event;
  // The body lies between other bytes.
  const body = fields.body as Buffer;
  event.body = Buffer.concat([Buffer.from('before'), body, Buffer.from('behind')]);
  event.bodyStart = 6;
  event.bodyEnd = 6 + body.length;
  return event;
}

/** What an event that was read says; of a message without its body. */
export function said(event: Event): Said {
  const type = Object.entries(EventType).find(
    ([, number]) => number === event.type,
  )?.[0] as keyof typeof FIELDS;
  const names = Object.keys(FIELDS[type]).filter((name) => name !== 'body') as (keyof Event)[];
  const entries = names.map((name) => [name, copied(event[name])]);
  return { type, ...Object.fromEntries(entries) };
}

/** The same of what was written. */
export function withoutBody({ body: _, ...rest }: Said): Said {
  return rest as Said;
}

/** What lies in a block may change. */
function copied(value: unknown): unknown {
  return Buffer.isBuffer(value) ? Buffer.from(value) : value;
}
