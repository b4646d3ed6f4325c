import type { MessageDetail } from '../../../../server/http/schemas/messages.ts';

/** `refused`: it was not among the failed ones any more. `gone`: nothing is known of it. */
export type TrialPhase =
  | 'beginning'
  | 'waiting'
  | 'running'
  | 'complete'
  | 'failed'
  | 'cancelled'
  | 'gone'
  | 'refused';

export type HeldBy = MessageDetail['held_by'];

/** How it was before it was retried. */
export interface Before {
  readonly error: string;
  /** All of its error. */
  readonly text: string;
  readonly group: string | null;
  /** When its last attempt ended, milliseconds since the epoch. */
  readonly endedAt: number;
}

/** One message that is retried alone, to see whether the others would go well. */
export interface Trial {
  readonly queue: { readonly name: string; readonly key: string };
  readonly ref: string;
  readonly id: string | null;
  readonly preview: string;
  readonly before: Before;
  readonly phase: TrialPhase;
  readonly putBackAt: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly holder: string | null;
  readonly progress: string | null;
  readonly heldBy: HeldBy;
  /** Of one that has failed again. */
  readonly error: string | null;
  readonly isSameError: boolean;
  /** When it is tried again by itself. */
  readonly dueAt: string | null;
  readonly result: string | null;
  /** The server could not be asked last time. */
  readonly isUnreachable: boolean;
}

const OVER: ReadonlySet<TrialPhase> = new Set(['complete', 'failed', 'cancelled', 'gone', 'refused']);

export function isOver({ phase }: Pick<Trial, 'phase'>): boolean {
  return OVER.has(phase);
}

export function beforeOf(detail: MessageDetail): Before {
  return {
    error: detail.error ?? '',
    text: detail.error_text ?? '',
    group: detail.error_group,
    endedAt: Math.max(0, ...detail.history.map(({ ended_at }) => Date.parse(ended_at ?? '') || 0)),
  };
}

/** What has become of it; undefined: nothing is known of the message any more. */
export function trialAfter(trial: Trial, detail: MessageDetail | undefined): Trial {
  const asked = { ...trial, isUnreachable: false, heldBy: null };
  if (detail === undefined) return { ...asked, phase: 'gone' };
  const { state, outcome, started_at: startedAt, ended_at: endedAt, due_at: dueAt } = detail;
  if (state === 'ended' && outcome !== 'failed') {
    const phase = outcome === 'cancelled' ? 'cancelled' : 'complete';
    return { ...asked, phase, startedAt, endedAt, result: detail.result };
  }
  const failure = newestFailure(detail, trial.before.endedAt);
  if (failure !== undefined || state === 'failed') {
    return {
      ...asked,
      phase: 'failed',
      startedAt: failure?.started_at ?? startedAt,
      endedAt: failure?.ended_at ?? endedAt,
      error: errorText(detail, failure?.error),
      isSameError: isSame(trial.before, detail, failure?.error ?? detail.error ?? ''),
      dueAt: state === 'delayed' ? dueAt : null,
    };
  }
  if (state === 'reserved')
    return { ...asked, phase: 'running', startedAt, holder: detail.holder, progress: detail.progress };
  return { ...asked, phase: 'waiting', heldBy: detail.held_by };
}

/** The first attempt that has failed since then. */
function newestFailure({ history }: MessageDetail, since: number) {
  return history.find(({ ended_at }) => Date.parse(ended_at ?? '') > since);
}

/** With its stack, where that is of this attempt. */
function errorText({ error_text }: MessageDetail, failure: string | undefined): string {
  if (failure === undefined) return error_text ?? '';
  return error_text?.startsWith(failure) ? error_text : failure;
}

function isSame(before: Before, detail: MessageDetail, error: string): boolean {
  if (detail.error_group !== null && before.group !== null) return detail.error_group === before.group;
  const [one, other] = [withoutDigits(error), withoutDigits(before.error)];
  const shorter = Math.min(one.length, other.length);
  return one === other || (shorter >= LEAST_KEPT && one.slice(0, shorter) === other.slice(0, shorter));
}

/** Errors are the same but for their numbers, be it 77 or 41,204. */
function withoutDigits(error: string): string {
  const [line = ''] = error.split('\n', 1);
  return line.trim().replace(/\d(?:[\d.,]*\d)?/g, '#');
}

/** Histories may have only the beginning of a line; it has so many characters at least. */
const LEAST_KEPT = 60;
