import { describe, expect, it } from 'vitest';
import { forgottenAttempts, stepsOf, sums } from '../../../dashboard/pages/message/steps.ts';
import type { MessageDetail, TimelineEntry } from '../../../server/http/schemas/messages.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();
const entry = (second: number, event: TimelineEntry['event'], text: string | null = null): TimelineEntry => ({
  at: at(second),
  event,
  worker: event === 'started' ? 'web-1' : null,
  text,
});

function message(change: Partial<MessageDetail>) {
  const usual = { timeline: [], attempts: 0, state: 'ready', repeats: false, origin: null, last_run: null };
  return { ...usual, ...change } as MessageDetail;
}

const TWICE = [
  entry(0, 'enqueued'),
  entry(2, 'started'),
  entry(5, 'failed', 'Error: first\n    at a.js:1:2'),
  entry(20, 'started'),
  entry(24, 'failed', 'Error: second'),
];

describe('the steps of a message', () => {
  it('are an attempt for each start and its end, with what was waited before', () => {
    const steps = stepsOf(message({ state: 'failed', attempts: 2, timeline: TWICE }));
    expect(steps).toMatchObject([
      { kind: 'enqueued', waitMs: null },
      { kind: 'attempt', number: 1, outcome: 'failed', error: 'Error: first', holder: 'web-1', waitMs: 2000 },
      { kind: 'attempt', number: 2, outcome: 'failed', error: 'Error: second', waitMs: 15_000 },
    ]);
    expect(forgottenAttempts(steps)).toBe(0);
    expect(sums(steps, 0)).toEqual({ waitMs: 17_000, runMs: 7000 });
  });

  it('end with what is to come', () => {
    const timeline = [...TWICE, entry(84, 'retry'), entry(3600, 'expires')];
    const steps = stepsOf(message({ state: 'delayed', attempts: 2, timeline }));
    expect(steps.slice(3)).toMatchObject([
      { kind: 'retry', at: at(84), waitMs: 60_000 },
      { kind: 'expires', at: at(3600), waitMs: null },
    ]);
  });

  it('have one that runs, for as long as it does', () => {
    const timeline = [entry(0, 'enqueued'), entry(1, 'started')];
    const steps = stepsOf(message({ state: 'reserved', attempts: 1, timeline }));
    expect(steps[1]).toMatchObject({ outcome: 'running', endedAt: null });
    expect(sums(steps, Date.parse(at(31)))).toEqual({ waitMs: 1000, runMs: 30_000 });
  });

  it('count from the last attempt, where the first are not kept', () => {
    const steps = stepsOf(message({ state: 'failed', attempts: 12, timeline: TWICE }));
    expect(steps.slice(1)).toMatchObject([{ number: 11 }, { number: 12 }]);
    expect(forgottenAttempts(steps)).toBe(10);
  });

  it('of a dead letter count those where it comes from', () => {
    const origin = { queue: { name: 'q', key: 'q' }, id: null, attempts: 3, failed_at: null, holder: null };
    const steps = stepsOf(message({ attempts: 0, origin, timeline: TWICE }));
    expect(steps.slice(1)).toMatchObject([{ number: 2 }, { number: 3 }]);
  });

  it('of what repeats end its last run, and do not say that it waited since it came', () => {
    const timeline = [entry(0, 'enqueued'), entry(600, 'started'), entry(900, 'due')];
    const lastRun = { outcome: 'failed', at: at(603), error: 'Error: no\nat x' };
    const steps = stepsOf(message({ state: 'delayed', repeats: true, timeline, last_run: lastRun }));
    expect(steps).toMatchObject([
      { kind: 'enqueued' },
      { kind: 'attempt', outcome: 'failed', endedAt: at(603), error: 'Error: no', waitMs: null },
      { kind: 'due', waitMs: 297_000 },
    ]);
  });

  it('have an end without an attempt, as of a job that was cancelled before', () => {
    const timeline = [entry(0, 'enqueued'), entry(3, 'cancelled')];
    const steps = stepsOf(message({ state: 'ended', timeline }));
    expect(steps[1]).toMatchObject({ kind: 'cancelled', at: at(3) });
  });

  it('leave open how an attempt went that came back', () => {
    const timeline = [entry(0, 'enqueued'), entry(3, 'started')];
    expect(stepsOf(message({ state: 'ready', attempts: 1, timeline }))[1]).toMatchObject({
      outcome: 'unknown',
    });
  });
});
