import { parseBackoff } from '../../shared/backoff.ts';
import type { Entry, Section } from '../../shared/ini-file.ts';
import { readableName, utf8AsLatin1 } from '../../shared/latin1.ts';
import type { Mistakes } from '../../shared/mistakes.ts';
import { nearestHint } from '../../shared/nearest.ts';
import { queueNameProblem } from '../../shared/queue-name.ts';
import { duration, integer, oneOf, type Reader, size } from '../../shared/value-readers.ts';
import { type Policy, parseRate } from '../engine/policy.ts';
import { isPlainName, queueGlob } from './queue-glob.ts';
import { SETTING_KEYS } from './settings.ts';

/** As the engine knows it: one latin1 character for each byte. */
type QueueName = string;

type Changes = { readonly [F in keyof Policy]?: Policy[F] };

/** The longest times, seconds: ten years; of a lease thirty days, as a client may ask for. */
const TEN_YEARS = 10 * 365 * 86_400;
const THIRTY_DAYS = 30 * 86_400;

/** What each key of a section sets. */
export const POLICY_KEYS = {
  max_items: key('maxItems', integer(0, Number.MAX_SAFE_INTEGER)),
  max_bytes: key('maxBytes', size(0, Number.MAX_SAFE_INTEGER)),
  when_full: key('whenFull', oneOf('refuse', 'drop_oldest')),
  ttl: key('ttlMs', duration(0, TEN_YEARS)),
  exptime: key('exptime', oneOf('honour', 'ignore')),
  max_attempts: key('maxAttempts', integer(1, 65_535)),
  backoff: key('backoff', parseBackoff),
  lease: key('leaseMs', duration(0.001, THIRTY_DAYS)),
  dead_letter_to: key('deadLetterTo', (text) => (text === '' ? undefined : queueName(text))),
  keep_done: key('keepDoneMs', duration(0, TEN_YEARS)),
  fanout_to: key('fanoutTo', queueNames),
  keep_failed: key('keepFailedMs', duration(0, TEN_YEARS)),
  max_failed: key('maxFailed', integer(0, Number.MAX_SAFE_INTEGER)),
  max_running: key('maxRunning', integer(0, Number.MAX_SAFE_INTEGER)),
  rate: key('rate', parseRate),
  group_running: key('groupRunning', integer(1, Number.MAX_SAFE_INTEGER)),
  group_turns: key('groupTurns', oneOf('arrival', 'fair')),
  group_order: key('groupOrder', oneOf('strict', 'free')),
} satisfies Record<string, (text: string) => Changes>;

/** One `[queue:<glob>]`. */
interface Rule {
  /** The name of the section, and what is set in it, as they were written. */
  readonly section: string;
  readonly written: ReadonlyMap<string, Entry>;
  readonly changes: Changes;
  matches(queue: QueueName): boolean;
}

/** What the configuration says of each queue. */
export class Policies {
  /** That of a queue that no section speaks of. */
  readonly defaults: Policy;
  readonly #rules: readonly Rule[];

  /** What is wrong is noted in `mistakes`, and left out. */
  constructor(defaults: Policy, sections: readonly Section[], mistakes: Mistakes) {
    this.defaults = defaults;
    this.#rules = sections.map((section) => readRule(section, mistakes)).filter((rule) => rule !== undefined);
    for (const { changes, written } of this.#rules) {
      const circle = this.#circle(changes.deadLetterTo);
      if (circle === undefined) continue;
      const line = written.get('dead_letter_to')?.line ?? 0;
      mistakes.add(line, `dead_letter_to: they would go round: ${circle}`);
    }
  }

  /** The way of dead letters from a queue on, where it comes to a queue twice. */
  #circle(first: QueueName | undefined): string | undefined {
    const way: QueueName[] = [];
    for (let queue = first; queue !== undefined; queue = this.of(queue).deadLetterTo) {
      if (way.includes(queue)) return [...way, queue].map(readableName).join(' -> ');
      way.push(queue);
    }
    return undefined;
  }

  /** All sections that match apply, in their order: of what several set, the last counts. */
  of(queue: QueueName): Policy {
    const rules = this.#rules.filter((rule) => rule.matches(queue));
    if (rules.length === 0) return this.defaults;
    const policy = Object.assign({}, this.defaults, ...rules.map(({ changes }) => changes)) as Policy;
    // A glob may match the very queue that it names.
    const deadLetterTo = policy.deadLetterTo === queue ? undefined : policy.deadLetterTo;
    return { ...policy, deadLetterTo, fanoutTo: policy.fanoutTo.filter((target) => target !== queue) };
  }

  /** The section that has set what the policy of a queue says, by its keys; what none has set has its default. */
  sources(queue: QueueName): ReadonlyMap<string, string> {
    const sources = new Map<string, string>();
    for (const { section, written } of this.#rules.filter((rule) => rule.matches(queue)))
      for (const key of written.keys()) sources.set(key, section);
    return sources;
  }

  /** All that is set, as it was written. */
  *settings(): Iterable<readonly [name: string, value: string]> {
    for (const { section, written } of this.#rules)
      for (const [key, { value }] of written) yield [`${section}:${key}`, value];
  }
}

function key<F extends keyof Policy>(field: F, read: Reader<Policy[F]>): (text: string) => Changes {
  return (text) => ({ [field]: read(text, '') });
}

function readRule({ name: section, line, entries }: Section, mistakes: Mistakes): Rule | undefined {
  const glob = section.slice('queue:'.length);
  const matches = mistakes.note(line, `[${section}]: `, () => {
    const problem = queueNameProblem(glob);
    if (problem !== undefined) throw new Error(`the queue's name ${problem}`);
    return queueGlob(glob);
  });
  const changes = [...entries].map(([name, { value, line }]) => {
    if (!isPolicyKey(name)) return mistakes.add(line, unknownKey(name));
    return mistakes.note(line, `${name}: `, () => {
      const change = POLICY_KEYS[name](value);
      if (isPlainName(glob) && pointsTo(change, utf8AsLatin1(glob)))
        throw new Error('that is the queue itself');
      return change;
    });
  });
  return matches && { section, written: entries, changes: Object.assign({}, ...changes) as Changes, matches };
}

function isPolicyKey(name: string): name is keyof typeof POLICY_KEYS {
  return Object.hasOwn(POLICY_KEYS, name);
}

function unknownKey(name: string): string {
  if (SETTING_KEYS.includes(name.replaceAll('-', '_')))
    return `${name} is about the whole server: it belongs before the first section, or in [server]`;
  const keys = Object.keys(POLICY_KEYS);
  return `unknown key ${name}; ${nearestHint(name, keys, `the keys are ${keys.join(', ')}`)}`;
}

function pointsTo({ deadLetterTo, fanoutTo }: Changes, queue: QueueName): boolean {
  return deadLetterTo === queue || fanoutTo?.includes(queue) === true;
}

function queueNames(text: string): QueueName[] {
  if (text === '') return [];
  const names = text.split(',').map((name) => queueName(name.trim()));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`"${text}" names a queue twice`);
  return names;
}

function queueName(text: string): QueueName {
  const problem = queueNameProblem(text);
  if (problem !== undefined) throw new Error(`the queue's name "${text}" ${problem}`);
  return utf8AsLatin1(text);
}
