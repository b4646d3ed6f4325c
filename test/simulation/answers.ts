import type { Delivery, JobStatus } from '../../server/engine/api.ts';
import { QueueFullError } from '../../shared/errors.ts';
import { FULL } from '../model/enqueue.ts';
import type { Expected } from '../model/item.ts';
import type { Known } from '../model/status.ts';
import type { Answer, Client } from './client.ts';
import { describeMessage, describeStatus } from './descriptions.ts';
import type { Identities } from './identities.ts';
import { Violation } from './machine.ts';
import type { Prediction } from './model-side.ts';

/** Compares an answer with what the model says, and learns ids and tokens. `isCoarse` as in `describeStatus`. */
export function checkAnswer(
  client: Client,
  what: string,
  prediction: Prediction,
  answer: Answer,
  identities: Identities,
  isCoarse: boolean,
): void {
  const actual = 'error' in answer ? answer.error : answer.value;
  switch (prediction.kind) {
    case 'stored': {
      if (prediction.number > 0 && typeof actual === 'number' && actual > 0) {
        identities.note(client.name, prediction.number, actual);
        return;
      }
      const value = actual instanceof QueueFullError ? FULL : actual;
      if (value === prediction.number) return;
      break;
    }
    case 'delivery':
      if (actual instanceof Error) break;
      checkDelivery(client, what, prediction.expected, actual as Delivery | undefined, identities);
      return;
    case 'status':
      if (actual instanceof Error) break;
      checkStatus(client, what, prediction.known, actual as JobStatus | undefined, identities, isCoarse);
      return;
    case 'value':
      if (actual === prediction.value) return;
  }
  const expected =
    'number' in prediction ? prediction.number : 'value' in prediction ? prediction.value : '?';
  throw new Violation(`${client.name}: ${what} is answered ${actual}, but should be ${expected}`);
}

function checkStatus(
  client: Client,
  what: string,
  known: Known | undefined,
  status: JobStatus | undefined,
  identities: Identities,
  isCoarse: boolean,
): void {
  const expected = known && describeStatus('', { ...known, id: known.number }, isCoarse);
  const result = status?.result.toString('latin1') ?? '';
  const actual = status && describeStatus('', { ...status, result }, isCoarse);
  if (actual?.text !== expected?.text) {
    const texts = `${what} is answered\n  ${actual?.text}\nbut should be\n  ${expected?.text}`;
    throw new Violation(`${client.name}: ${texts}`);
  }
  if (expected !== undefined && actual !== undefined) identities.note(client.name, expected.id, actual.id);
}

export function checkDelivery(
  client: Client,
  what: string,
  expected: Expected | undefined,
  delivery: Delivery | undefined,
  identities: Identities,
): void {
  const actualText = delivery === undefined ? 'nothing' : describeDelivery(delivery);
  const expectedText = expected === undefined ? 'nothing' : describeExpected(expected);
  if (actualText !== expectedText) {
    throw new Violation(
      `${client.name}: ${what} is answered\n  ${actualText}\nbut should be\n  ${expectedText}`,
    );
  }
  if (expected === undefined || delivery === undefined) return;
  const { seen, reservation } = expected;
  identities.note(client.name, seen.number, delivery.id);
  if (reservation === undefined) return;
  identities.noteToken(delivery.token);
  client.learnToken(seen.number, delivery.token);
  reservation.token = delivery.token;
}

function describeDelivery(delivery: Delivery): string {
  const { queue, start, end, token } = delivery;
  const body = delivery.body.toString('latin1', start, end);
  return `${describeMessage(queue, { ...delivery, body }, 0, true).text}${token > 0 ? ', held' : ''}`;
}

function describeExpected({ seen, attempt, reservation }: Expected): string {
  const { failedAt, heldBy } = seen.state === 'failed' ? seen : { failedAt: 0, heldBy: '' };
  const message = { ...seen, id: seen.number, attempt, failedAt, heldBy };
  return `${describeMessage(seen.queue, message, 0, true).text}${reservation === undefined ? '' : ', held'}`;
}
