import { signal } from '@preact/signals';
import type { ErrorGroup } from '../../../../server/http/schemas/actions.ts';
import type { MessageDetail } from '../../../../server/http/schemas/messages.ts';
import { change, ProblemError, read } from '../../../api/client.ts';
import { announce } from '../../../components/announcer.tsx';
import { now } from '../../../components/now.ts';
import { t } from '../../../language/language.ts';
import { aboutGroup } from '../about-group.ts';
import { beforeOf, isOver, type Trial, trialAfter } from './trial.ts';

/** How often the server is asked how it is: at first, and when it takes long. */
const POLL_MS = 500;
const SLOW_POLL_MS = 2000;
const PATIENT_AFTER = 60;

/** Trials that are shown, by the group that they are of. They go on while another page is looked at. */
const trials = signal<ReadonlyMap<string, Trial>>(new Map());

export function trialOf(group: string): Trial | undefined {
  return trials.value.get(group);
}

export function dismissTrial(group: string): void {
  const rest = new Map(trials.peek());
  rest.delete(group);
  trials.value = rest;
}

/** Retries one message, and follows it until it ends or is dismissed. Rejects with a ProblemError where it is not there. */
export async function beginTrial(group: string, key: string, ref: string): Promise<void> {
  const detail = await read('/queues/{q}/messages/{ref}', { q: key, ref });
  const trial = trialOn(detail);
  show(group, trial);
  try {
    const answer = await change('POST /actions', {}, { verb: 'retry', select: { refs: [ref] } });
    if ('done' in answer && answer.done === 0) return tell(group, { ...trial, phase: 'refused' });
  } catch (error) {
    dismissTrial(group);
    throw error;
  }
  show(group, { ...trial, phase: 'waiting', putBackAt: new Date(now.peek()).toISOString() });
  void follow(group, ref);
}

/** The same with the newest message of a group, but not with that one. */
export async function beginFirst(group: ErrorGroup, but?: string): Promise<void> {
  const { queue, group: error } = group;
  const { items } = await read('/failed', { query: { queue: queue.key, error, limit: 2 } });
  const first = items.find(({ ref }) => ref !== but);
  if (first === undefined) throw new Error(t().actions.nothingThere);
  await beginTrial(aboutGroup(group), queue.key, first.ref);
}

async function follow(group: string, ref: string): Promise<void> {
  for (let round = 0; ; round++) {
    await new Promise((resolve) => setTimeout(resolve, round < PATIENT_AFTER ? POLL_MS : SLOW_POLL_MS));
    const trial = trials.peek().get(group);
    // Somebody has dismissed it, or has begun another one.
    if (trial?.ref !== ref) return;
    const next = await asked(trial);
    if (trials.peek().get(group) !== trial) return;
    if (isOver(next)) return tell(group, next);
    show(group, next);
  }
}

async function asked(trial: Trial): Promise<Trial> {
  try {
    return trialAfter(
      trial,
      await read('/queues/{q}/messages/{ref}', { q: trial.queue.key, ref: trial.ref }),
    );
  } catch (error) {
    const isGone = error instanceof ProblemError && error.status === 404;
    return isGone ? trialAfter(trial, undefined) : { ...trial, isUnreachable: true };
  }
}

function show(group: string, trial: Trial): void {
  trials.value = new Map(trials.peek()).set(group, trial);
}

/** Shows it, and says it aloud: it is over. */
function tell(group: string, trial: Trial): void {
  show(group, trial);
  const words = t().failed.trial;
  if (trial.phase === 'failed') announce(trial.isSameError ? words.sameError : words.otherError);
  else if (trial.phase === 'complete') announce(words.worked);
  else if (trial.phase in words.ends) announce(words.ends[trial.phase as keyof typeof words.ends]);
}

function trialOn(detail: MessageDetail): Trial {
  return {
    queue: detail.queue,
    ref: detail.ref,
    id: detail.id,
    preview: detail.payload?.slice(0, 200) ?? '',
    before: beforeOf(detail),
    phase: 'beginning',
    putBackAt: null,
    startedAt: null,
    endedAt: null,
    holder: null,
    progress: null,
    heldBy: null,
    error: null,
    isSameError: false,
    dueAt: null,
    result: null,
    isUnreachable: false,
  };
}
