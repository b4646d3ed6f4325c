import type { MessageDetail, TimelineEntry } from '../../../server/http/schemas/messages.ts';

/** One attempt at a job. */
export interface Attempt {
  readonly kind: 'attempt';
  readonly number: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly holder: string | null;
  /** The first line. */
  readonly error: string | null;
  readonly outcome: 'running' | 'failed' | 'completed' | 'cancelled' | 'unknown';
}

/** Something that happens in an instant; what is still to come has its time as well. */
export interface Moment {
  readonly kind: 'enqueued' | 'due' | 'retry' | 'failed' | 'completed' | 'cancelled' | 'expires';
  readonly at: string | null;
  readonly text: string | null;
}

export type Step = (Attempt | Moment) & {
  /** How long it had waited before, milliseconds: for its turn, or for a backoff. */
  readonly waitMs: number | null;
};

type Told = Pick<MessageDetail, 'timeline' | 'attempts' | 'state' | 'repeats' | 'origin' | 'last_run'>;

/** What has happened to a message and what is to come, attempts as one step each. */
export function stepsOf(message: Told): Step[] {
  const parts = join(message.timeline);
  const attempts = parts.filter((part) => part.kind === 'attempt').length;
  // Of many attempts only the last are kept; a dead letter counts those where it comes from.
  const made = Math.max(attempts, message.attempts + (message.origin?.attempts ?? 0));
  let number = made - attempts;
  let before: string | null = null;
  return parts.map((part, place) => {
    const step = part.kind === 'attempt' ? { ...ended(part, message, place, parts), number: ++number } : part;
    const at = step.kind === 'attempt' ? step.startedAt : step.at;
    const waits = step.kind === 'attempt' || step.kind === 'retry' || step.kind === 'due';
    // What repeats was enqueued for an earlier run.
    const isOther = message.repeats && step.kind === 'attempt' && parts[place - 1]?.kind === 'enqueued';
    const waitMs = waits && !isOther ? between(before, at) : null;
    before = step.kind === 'attempt' ? (step.endedAt ?? step.startedAt) : at;
    return { ...step, waitMs };
  });
}

/** How many attempts there were before the first that is told. */
export function forgottenAttempts(steps: readonly Step[]): number {
  const first = steps.find((step) => step.kind === 'attempt');
  return first === undefined ? 0 : first.number - 1;
}

/** How long it has waited and run in all, milliseconds, as far as that is known. */
export function sums(steps: readonly Step[], now: number): { waitMs: number; runMs: number } {
  let waitMs = 0;
  let runMs = 0;
  for (const step of steps) {
    if (step.kind !== 'attempt') continue;
    waitMs += step.waitMs ?? 0;
    const { startedAt, endedAt, outcome } = step;
    if (startedAt === null) continue;
    const end = endedAt === null ? (outcome === 'running' ? now : undefined) : Date.parse(endedAt);
    if (end !== undefined) runMs += Math.max(0, end - Date.parse(startedAt));
  }
  return { waitMs, runMs };
}

/** Milliseconds from one time to another; null where one of them is not known. */
export function between(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : Math.max(0, Date.parse(to) - Date.parse(from));
}

type Part = Attempt | Moment;

/** A start and its end are one. */
function join(timeline: readonly TimelineEntry[]): Part[] {
  const parts: Part[] = [];
  for (const { at, event, worker, text } of timeline) {
    if (event === 'started') {
      parts.push({
        kind: 'attempt',
        number: 0,
        startedAt: at,
        endedAt: null,
        holder: worker,
        error: null,
        outcome: 'unknown',
      });
      continue;
    }
    const open = parts.at(-1);
    const isEnd = event === 'failed' || event === 'completed' || event === 'cancelled';
    if (!isEnd || open?.kind !== 'attempt' || open.endedAt !== null)
      parts.push({ kind: event, at, text: firstLine(text) });
    else
      parts[parts.length - 1] = {
        ...open,
        endedAt: at,
        holder: open.holder ?? worker,
        error: firstLine(text),
        outcome: event,
      };
  }
  return parts;
}

/** How an attempt ended of which the timeline tells no end: it runs, or is the last run of what repeats. */
function ended(attempt: Attempt, message: Told, place: number, parts: readonly Part[]): Attempt {
  if (attempt.outcome !== 'unknown' || parts.slice(place + 1).some((part) => part.kind === 'attempt'))
    return attempt;
  if (message.state === 'reserved') return { ...attempt, outcome: 'running' };
  const { last_run: run } = message;
  if (run === null || between(attempt.startedAt, run.at) === null) return attempt;
  if (Date.parse(run.at) < Date.parse(attempt.startedAt ?? '')) return attempt;
  const outcome =
    run.outcome === 'complete' ? 'completed' : run.outcome === 'cancelled' ? 'cancelled' : 'failed';
  return { ...attempt, endedAt: run.at, error: firstLine(run.error), outcome };
}

function firstLine(text: string | null): string | null {
  return text === null ? null : (text.split('\n', 1)[0] as string);
}
