import type { ActionRequest } from '../../server/http/schemas/actions.ts';
import { visibleString } from '../format/visible-text.ts';
import { t } from '../language/language.ts';
import { act, countOf, type Outcome, perform } from './act.ts';
import { ask } from './question.tsx';
import { askRetry } from './retry-question.tsx';
import { isDangerous, type Verb } from './verbs.ts';

/** Messages that something is done to: those that are named, or all that a filter of one queue fits. */
export interface Chosen {
  readonly select: ActionRequest['select'];
  /** The name of their queue, where they are all of one. */
  readonly queue?: string | undefined;
  /** As `runningTask` is asked for it. */
  readonly about?: string | undefined;
  /** What else the question has to say. */
  readonly note?: string | undefined;
  /** It is the one that somebody points at: what harms nothing is done without a question. */
  readonly isSingle?: boolean;
}

/** Counts, asks with the exact number, and does it. Resolves with undefined where that did not happen. */
export async function actOn(verb: Exclude<Verb, 'move'>, chosen: Chosen): Promise<Outcome | undefined> {
  const { select, queue, about } = chosen;
  const request = { verb: verb === 'later' ? 'retry' : verb, select } as const;
  const total = await countShown(request);
  const further = total === undefined ? undefined : await asked(verb, total, chosen);
  if (total === undefined || further === undefined) return undefined;
  const title = t().actions.verbs[verb].title(total, queue === undefined ? undefined : visibleString(queue));
  return act({ ...request, ...further, expect: total }, title, about);
}

/** Moves those of which `countShown` has told how many there are. */
export function moveTo(to: string, select: Chosen['select'], expect: number): Promise<Outcome | undefined> {
  return act({ verb: 'move', select, to, expect }, t().actions.move.titleTo(expect, visibleString(to)));
}

/** How many it would be; undefined where nobody can tell, or there are none, which the tray tells then. */
export async function countShown(
  request: Pick<ActionRequest, 'verb' | 'select' | 'to'>,
): Promise<number | undefined> {
  try {
    const total = await countOf(request);
    if (total > 0) return total;
    throw new Error(t().actions.nothingThere);
  } catch (error) {
    await tellProblem(t().actions.verbs[request.verb].short, error);
    return undefined;
  }
}

/** Has the tray tell that something could not be begun. */
export async function tellProblem(title: string, error: unknown): Promise<void> {
  await perform(title, () => Promise.reject(error));
}

/** What the answer to the question adds to the request; undefined: it is not to be done. */
async function asked(
  verb: Exclude<Verb, 'move'>,
  total: number,
  { isSingle, note }: Chosen,
): Promise<Partial<ActionRequest> | undefined> {
  if (isSingle && total === 1 && !isDangerous(verb) && verb !== 'later') return {};
  if (verb === 'retry' || verb === 'later') {
    const times = await askRetry(total, verb === 'later');
    if (times === undefined) return undefined;
    const { delay, spread } = times;
    return { ...(delay > 0 && { delay }), ...(spread > 0 && { spread }) };
  }
  const words = t().actions.verbs[verb];
  const isSure = await ask({
    title: t().actions.asked(words.title(total)),
    text: [words.text(total), note].filter(Boolean).join(' '),
    confirm: words.confirm(total),
    isDangerous: isDangerous(verb),
  });
  return isSure ? {} : undefined;
}
