/** What a queue has for readers: nothing, something that can only be taken for good, or something for all of them. */
export type Offer = 'nothing' | 'takes' | 'all';

/** What a queue's policy says of how much of it may run: volatile, whoever serves says it again. */
export interface FlowRules {
  /** Most messages that may be reserved at a time. */
  readonly maxRunning: number;
  /** The same of each of its groups. */
  readonly groupRunning: number;
  /** Whether groups of equal priority take turns; else that of the message that came first is next. */
  readonly isFair: boolean;
  /** Whether a group waits for its message that waits for its backoff. */
  readonly isStrict: boolean;
}

export const NO_LIMITS: FlowRules = {
  maxRunning: Number.POSITIVE_INFINITY,
  groupRunning: 1,
  isFair: false,
  isStrict: true,
};

export function isSameForGroups(a: FlowRules, b: FlowRules): boolean {
  return a.groupRunning === b.groupRunning && a.isFair === b.isFair && a.isStrict === b.isStrict;
}

/** What decides whether a group may go on, beside the messages of it that wait. */
export interface GroupLimits {
  readonly flow: FlowRules;
  /** How many of a group are reserved, those that were cancelled meanwhile included. */
  runningOf(group: string): number;
}
