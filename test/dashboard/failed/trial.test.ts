import { expect, it } from 'vitest';
import {
  type Before,
  beforeOf,
  isOver,
  type Trial,
  trialAfter,
} from '../../../dashboard/pages/failed/trial/trial.ts';
import type { MessageDetail } from '../../../server/http/schemas/messages.ts';

type Attempt = MessageDetail['history'][number];

const ERROR = 'Error: connect ECONNREFUSED 10.0.1.25:587';
const at = (second: number) => `2026-11-29T01:00:${String(second).padStart(2, '0')}.000Z`;
const attempt = (second: number, error: string): Attempt => ({
  started_at: at(second - 1),
  ended_at: at(second),
  holder: null,
  error,
});
const BEFORE: Before = { error: ERROR, text: ERROR, group: 'g', endedAt: Date.parse(at(10)) };
const TRIAL = { before: BEFORE, phase: 'waiting', isUnreachable: true } as Trial;
const OLD = [attempt(5, 'Error: older'), attempt(10, ERROR)];

/** A message as the server tells of it: retried, and nothing has come of it so far. */
function message(change: Partial<MessageDetail>): MessageDetail {
  const plain = { state: 'ready', error: ERROR, error_text: ERROR, error_group: null, history: OLD } as const;
  return { ...plain, outcome: null, held_by: null, due_at: null, ...change } as MessageDetail;
}

it('what is kept of how it was before is when its last attempt ended', () => {
  expect(beforeOf(message({ error_group: 'g' }))).toEqual(BEFORE);
  expect(beforeOf(message({ history: [], error: null, error_text: null }))).toMatchObject({
    error: '',
    endedAt: 0,
  });
});

it('it waits, and runs', () => {
  const waiting = trialAfter(TRIAL, message({ held_by: 'rate' }));
  expect(waiting).toMatchObject({ phase: 'waiting', heldBy: 'rate', isUnreachable: false });
  const running = trialAfter(TRIAL, message({ state: 'reserved', started_at: at(20), progress: '5%' }));
  expect(running).toMatchObject({ phase: 'running', startedAt: at(20), progress: '5%', heldBy: null });
  expect([waiting, running].map(isOver)).toEqual([false, false]);
});

it('it ends well, with its result', () => {
  const ended = message({
    state: 'ended',
    outcome: 'complete',
    result: 'yes',
    ended_at: at(21),
    error: null,
  });
  expect(trialAfter(TRIAL, ended)).toMatchObject({ phase: 'complete', result: 'yes', endedAt: at(21) });
  const second = { ...ended, history: [...OLD, attempt(20, ERROR)] };
  expect(trialAfter(TRIAL, second).phase).toBe('complete');
  expect(trialAfter(TRIAL, { ...ended, outcome: 'cancelled' }).phase).toBe('cancelled');
});

it('nothing is known of it any more', () => {
  const gone = trialAfter(TRIAL, undefined);
  expect(gone.phase).toBe('gone');
  expect(isOver(gone)).toBe(true);
});

it('its first attempt fails, whatever becomes of it then', () => {
  const history = [...OLD, attempt(20, ERROR)];
  for (const state of ['ready', 'reserved'] as const)
    expect(trialAfter(TRIAL, message({ state, history }))).toMatchObject({ phase: 'failed', dueAt: null });
  const delayed = message({ state: 'delayed', history, due_at: at(40), error_text: `${ERROR}\n    at x` });
  expect(trialAfter(TRIAL, delayed)).toMatchObject({
    phase: 'failed',
    startedAt: at(19),
    endedAt: at(20),
    dueAt: at(40),
    error: `${ERROR}\n    at x`,
    isSameError: true,
  });
});

it('an error is the same but for its numbers', () => {
  const failed = (error: string, error_group: string | null = null) =>
    trialAfter(TRIAL, message({ state: 'delayed', error_group, history: [...OLD, attempt(20, error)] }));
  expect(failed('Error: connect ECONNREFUSED 10.0.3.1:25').isSameError).toBe(true);
  expect(failed('Error: connect ETIMEDOUT 10.0.1.25:587').isSameError).toBe(false);
  expect(failed('Error: connect ECONNREFUSED').isSameError).toBe(false);
  // As the server groups them, by the place in the code as well.
  expect(failed(ERROR, 'g').isSameError).toBe(true);
  expect(failed(ERROR, 'other place').isSameError).toBe(false);
  // Of a long line the history has only the beginning.
  const line = `Error: ${'x'.repeat(300)}`;
  const long = { ...TRIAL, before: { ...BEFORE, error: line, group: null } };
  const after = trialAfter(long, message({ history: [attempt(20, line.slice(0, 200))] }));
  expect(after.isSameError).toBe(true);
});

it('it has failed for good', () => {
  const failed = message({ state: 'failed', error_group: 'g', history: [...OLD, attempt(20, ERROR)] });
  expect(trialAfter(TRIAL, failed)).toMatchObject({ phase: 'failed', dueAt: null, isSameError: true });
});
