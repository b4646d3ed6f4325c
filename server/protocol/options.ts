import { type Backoff, parseBackoff } from '../../shared/backoff.ts';
import { ownText, uint32, unsigned } from './words.ts';

/** The options of a key, as bits, so that a verb can say in one number which it allows. */
export const Option = {
  wait: 1 << 0,
  open: 1 << 1,
  close: 1 << 2,
  abort: 1 << 3,
  peek: 1 << 4,
  info: 1 << 5,
  fail: 1 << 6,
  final: 1 << 7,
  failed: 1 << 8,
  delay: 1 << 9,
  priority: 1 << 10,
  id: 1 << 11,
  every: 1 << 12,
  lease: 1 << 13,
  pause: 1 << 14,
  resume: 1 << 15,
  move: 1 << 16,
  progress: 1 << 17,
  return: 1 << 18,
  died: 1 << 19,
  attempts: 1 << 20,
  backoff: 1 << 21,
  group: 1 << 22,
} as const;

/** What the options of a key say, or what holds where they are not given. */
export interface OptionValues {
  /** `t=`: how long to wait for a message, in milliseconds. */
  waitMs: number;
  /** `lease=`: the token of a lease; 0 is none. */
  leaseToken: number;
  /** `delay=`, in milliseconds. */
  delayMs: number;
  /** `pri=`, uint32; undefined where none is asked for. */
  priority: number | undefined;
  /** `id=`, one character a byte; '' is none. */
  jobId: string;
  /** `every=`, in milliseconds; 0: once. */
  everyMs: number;
  /** `attempts=`: the message's own limit; 0: none of its own. */
  maxAttempts: number;
  /** `backoff=`: the message's own; undefined: none. */
  backoff: Backoff | undefined;
  /** `group=`, one character a byte; '' is none. */
  group: string;
}

const NO_VALUES: Readonly<OptionValues> = {
  waitMs: 0,
  leaseToken: 0,
  delayMs: 0,
  priority: undefined,
  jobId: '',
  everyMs: 0,
  maxAttempts: 0,
  backoff: undefined,
  group: '',
};

export interface Options {
  /** Of `Option`. */
  readonly bits: number;
  readonly values: Readonly<OptionValues>;
}

export const NO_OPTIONS: Options = { bits: 0, values: NO_VALUES };

interface Spelling {
  readonly bit: number;
  /** Of an option that takes a value: what that has to be, and how it is read; false when it is something else. */
  readonly value: { readonly needs: string; read(text: string, values: OptionValues): boolean } | undefined;
}

/** The times are those of the configuration. */
const BACKOFF_NEEDS = 'exponential, none or fixed:<seconds>, at most ten years (s, m, h, d allowed)';

/** How each option is written. */
const SPELLING: ReadonlyMap<string, Spelling> = new Map([
  ['t', valued(Option.wait, 'waitMs', 'milliseconds, 0 to 999999999', milliseconds)],
  ['open', plain(Option.open)],
  ['close', plain(Option.close)],
  ['abort', plain(Option.abort)],
  ['return', plain(Option.return)],
  ['peek', plain(Option.peek)],
  ['info', plain(Option.info)],
  ['fail', plain(Option.fail)],
  ['final', plain(Option.final)],
  ['died', plain(Option.died)],
  ['failed', plain(Option.failed)],
  ['delay', valued(Option.delay, 'delayMs', 'seconds, from 0 to below 10000000000', seconds)],
  ['pri', valued(Option.priority, 'priority', 'a number from 0, the most urgent, to 4294967295', priority)],
  ['id', valued(Option.id, 'jobId', 'a name', nonEmpty)],
  ['every', valued(Option.every, 'everyMs', 'seconds, from 0.001 to below 10000000000', period)],
  ['attempts', valued(Option.attempts, 'maxAttempts', 'a number from 1 to 65535', attempts)],
  ['backoff', valued(Option.backoff, 'backoff', BACKOFF_NEEDS, backoff)],
  ['group', valued(Option.group, 'group', 'a name', nonEmpty)],
  ['lease', valued(Option.lease, 'leaseToken', 'the token of a lease', token)],
  ['pause', plain(Option.pause)],
  ['resume', plain(Option.resume)],
  ['move', plain(Option.move)],
  ['progress', plain(Option.progress)],
]);

/** Takes `<option>[=<value>][/<option>[=<value>]]...` from `start` on apart; a string says what is wrong with it. */
export function parseOptions(text: string, start: number): Options | string {
  let bits = 0;
  const values = { ...NO_VALUES };
  for (let from = start, end: number; from <= text.length; from = end + 1) {
    end = text.indexOf('/', from);
    if (end < 0) end = text.length;
    const equals = text.indexOf('=', from);
    const hasValue = equals >= 0 && equals < end;
    const name = text.slice(from, hasValue ? equals : end);
    const option = SPELLING.get(name);
    if (option === undefined) return `unknown option "${name}"`;
    const { bit, value } = option;
    if (bits & bit) return `option "${name}" is given twice`;
    if (value === undefined && hasValue) return `option "${name}" takes no value`;
    if (value !== undefined && !hasValue) return `option "${name}" needs a value`;
    if (value?.read(text.slice(equals + 1, end), values) === false) {
      return `option "${name}" needs ${value.needs}`;
    }
    bits |= bit;
  }
  return { bits, values };
}

/** The written form of the first option in `bits`, for error texts. */
export function optionName(bits: number): string {
  for (const [name, { bit }] of SPELLING) if (bits & bit) return name;
  return '';
}

function plain(bit: number): Spelling {
  return { bit, value: undefined };
}

function valued<Field extends keyof OptionValues>(
  bit: number,
  field: Field,
  needs: string,
  parse: (text: string) => OptionValues[Field] | undefined,
): Spelling {
  const read = (text: string, values: OptionValues): boolean => {
    const value = parse(text);
    if (value === undefined) return false;
    values[field] = value;
    return true;
  };
  return { bit, value: { needs, read } };
}

function milliseconds(text: string): number | undefined {
  return text.length <= 9 ? unsigned(text) : undefined;
}

/**
 * Milliseconds. The shift of the decimal point is exact, a product would not be. Many languages print 0.1 + 0.2 with 17
 * digits, so there may be any number behind the point.
 */
function seconds(text: string): number | undefined {
  return /^\d{1,10}(?:\.\d+)?$/.test(text) ? Number(`${text}e3`) : undefined;
}

function period(text: string): number | undefined {
  const ms = seconds(text);
  return ms !== undefined && ms >= 1 ? ms : undefined;
}

function priority(text: string): number | undefined {
  return text.length <= 10 ? uint32(text) : undefined;
}

function attempts(text: string): number | undefined {
  const count = text.length <= 5 ? unsigned(text) : undefined;
  return count !== undefined && count >= 1 && count <= 65_535 ? count : undefined;
}

function backoff(text: string): Backoff | undefined {
  try {
    return parseBackoff(text);
  } catch {
    return undefined;
  }
}

function nonEmpty(text: string): string | undefined {
  return text === '' ? undefined : ownText(text);
}

function token(text: string): number | undefined {
  return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined;
}
