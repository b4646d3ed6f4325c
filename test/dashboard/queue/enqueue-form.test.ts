import { describe, expect, it } from 'vitest';
import {
  EMPTY_FORM,
  mistakesOf,
  positionIn,
  requestOf,
} from '../../../dashboard/pages/queue/enqueue-form.ts';

describe('a job that is enqueued by hand', () => {
  it('is what was typed; fields that are empty are left out', () => {
    expect(requestOf({ ...EMPTY_FORM, payload: "m('hi')" })).toEqual({
      payload: "m('hi')",
      must_be_call: true,
    });
    const form = {
      ...EMPTY_FORM,
      payload: 'hi',
      delay: '5m',
      priority: '0',
      id: '12',
      group: ' g ',
      isAnything: true,
    };
    expect(requestOf(form)).toEqual({ payload: 'hi', delay: '5m', priority: 0, id: '12', group: 'g' });
    expect(requestOf({ ...EMPTY_FORM, delay: '30', attempts: '3' })).toMatchObject({
      delay: 30,
      attempts: 3,
    });
  });

  it('leaves it to the server to say what is wrong', () => {
    expect(requestOf({ ...EMPTY_FORM, priority: 'high', attempts: '-1' })).toMatchObject({
      priority: 'high',
      attempts: '-1',
    });
    const errors = [
      { pointer: '/priority', detail: 'is not a whole number' },
      { pointer: '/priority', detail: 'is something else, too' },
      { pointer: '', detail: 'is not as it should be' },
    ];
    expect(mistakesOf(errors)).toEqual({
      fields: { priority: 'is not a whole number' },
      others: ['is not as it should be'],
    });
  });

  it('shows where the parser stopped', () => {
    expect(positionIn('taken for a call: expected "," or ")" at position 7, found "+"', 'm(1, 2 + 3)')).toBe(
      7,
    );
    expect(positionIn('ends too early at position 99', 'm(')).toBe(2);
    expect(positionIn('is empty', '')).toBe(undefined);
  });
});
