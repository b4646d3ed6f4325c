import { expect } from 'vitest';
import type { Delivery, JobStatus } from '../../server/engine/api.ts';
import { textOf } from '../helpers/local-engine.ts';
import type { Expected } from './item.ts';
import type { Numbers } from './numbers.ts';
import { same } from './same.ts';
import type { Known } from './status.ts';

/** Compares an answer with what it has to be, and learns the token of a reservation. */
export function expectDelivery(
  delivery: Delivery | undefined,
  expected: Expected | undefined,
  numbers: Numbers,
): void {
  same(delivery && describeDelivery(delivery), expected && describeExpected(expected));
  if (delivery === undefined || expected === undefined) return;
  const { seen, reservation } = expected;
  numbers.check(seen.number, delivery.id);
  same(delivery.enqueuedAt, seen.enqueuedAt);
  same(delivery.flags, seen.flags);
  same(delivery.jobId, seen.jobId);
  same(delivery.deaths, seen.deaths);
  same(delivery.group, seen.group);
  same(delivery.failedAt, seen.state === 'failed' ? seen.failedAt : 0);
  same(delivery.heldBy, seen.state === 'failed' ? seen.heldBy : '');
  expect(delivery.origin).toEqual(seen.origin);
  same(delivery.token > 0, reservation !== undefined);
  if (reservation !== undefined) reservation.token = delivery.token;
}

export function expectStatus(
  status: JobStatus | undefined,
  expected: Known | undefined,
  numbers: Numbers,
): void {
  if (status === undefined || expected === undefined) {
    // Nothing to say of most ids: of these there are too many for an assertion each.
    if (status !== expected) expect(status).toEqual(expected);
    return;
  }
  const { queue: _queue, jobId: _jobId, id, result, ...rest } = status;
  const { number, ...known } = expected;
  expect({ ...rest, result: result.toString('latin1') }).toEqual(known);
  numbers.check(number, id);
}

export function describeDelivery(delivery: Delivery): string {
  const { queue, attempt, isLast, error } = delivery;
  return describe(queue, textOf(delivery), attempt, isLast, error);
}

function describeExpected({ seen, attempt, isLast }: Expected): string {
  return describe(seen.queue, seen.body, attempt, isLast, seen.error);
}

/** Bodies begin with a number of their own; the rest is one character, which has to be the same all over. */
function describe(queue: string, body: string, attempt: number, isLast: boolean, error: string): string {
  const head = /^\d+:(.?)/.exec(body);
  const filler = head?.[1] ?? '';
  const isWhole =
    head !== null &&
    body === `${Number.parseInt(body, 10)}:${filler.repeat(body.length - head[0].length + filler.length)}`;
  const what = isWhole ? `${head[0]} x ${body.length}` : 'garbage';
  return `${queue[0]}: ${what}, attempt ${attempt}${isLast ? ', the last' : ''}, error "${error}"`;
}
