interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Longest step: as many values as there are. */
  readonly count: number;
  /** Names of its values, in their order from `from` on. */
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly Field[] = [
  { name: 'second', from: 0, to: 59, count: 60 },
  { name: 'minute', from: 0, to: 59, count: 60 },
  { name: 'hour', from: 0, to: 23, count: 24 },
  { name: 'day', from: 1, to: 31, count: 31 },
  { name: 'month', from: 1, to: 12, count: 12, names: MONTHS },
  // Sunday is 0 and 7.
  { name: 'weekday', from: 0, to: 7, count: 7, names: WEEKDAYS },
];
const NICKNAMES = ['@yearly', '@monthly', '@weekly', '@daily', '@hourly'];

/** A value or a range of them, or `*`, and a step; behind a day `W`, behind a weekday `L`, or `#` and a number. */
const PART = /^(?:\*|\?|\+?(\w+?)(?:-(\w+?))?(?:W|L|#(\d+))?)(?:\/(\d+))?$/i;

/**
 * What is wrong with a cron line that the library has refused: the field, the value, and what may be there; undefined where
 * that is not seen here.
 */
export function cronMistake(pattern: string): string | undefined {
  const words = pattern.split(' ');
  if (words.length === 1) return `${pattern} is none of ${NICKNAMES.join(', ')}`;
  const fields = FIELDS.slice(-words.length);
  for (const [index, field] of fields.entries()) {
    for (const part of (words[index] ?? '').split(',')) {
      const mistake = mistakeIn(part, field);
      if (mistake !== undefined) return mistake;
    }
  }
  return undefined;
}

function mistakeIn(part: string, field: Field): string | undefined {
  const { name, count } = field;
  if (name === 'day' && /^LW?$/i.test(part)) return undefined;
  const match = PART.exec(part);
  if (match === null) return noValue(part, field);
  const [, first, last, nth, step] = match;
  for (const value of [first, last]) {
    if (value !== undefined && !isOne(value, field)) return noValue(value, field);
  }
  if (first !== undefined && last !== undefined) {
    const mistake = backwards(first, last, field);
    if (mistake !== undefined) return mistake;
  }
  if (nth !== undefined && !(Number(nth) >= 1 && Number(nth) <= 5))
    return `"${part}": a month has the ${name}s #1 to #5`;
  if (step === undefined) return undefined;
  if (!(Number(step) >= 1 && Number(step) <= count))
    return `"${part}": ${step} is no step of ${name}s: steps are 1 to ${count}`;
  if (first !== undefined && last === undefined)
    return `"${part}": a step is behind * or a range, such as ${first}-${field.to}/${step}`;
  return undefined;
}

function isOne(value: string, field: Field): boolean {
  const number = numberOf(value, field);
  return number >= field.from && number <= field.to;
}

function noValue(value: string, { name, from, to, names }: Field): string {
  const named = names === undefined ? '' : `, or ${names[0]} to ${names.at(-1)}`;
  const shown = /^\d+$/.test(value) ? value : `"${value}"`;
  return `${shown} is no ${name}: ${name}s are ${from} to ${to}${named}`;
}

/** What to say of a range that leads back, such as 22-2. */
function backwards(first: string, last: string, field: Field): string | undefined {
  const { name, from, to, count } = field;
  const start = numberOf(first, field);
  let end = numberOf(last, field);
  // A range up to Sunday.
  if (name === 'weekday' && last.toLowerCase() === 'sun') end = to;
  if (start <= end) return undefined;
  const parts = [range(start, from + count - 1), range(from, end)].join();
  return `"${first}-${last}" goes backwards: ${name}s are ${from} to ${to}, so write ${parts}`;
}

function range(from: number, to: number): string {
  return from === to ? String(from) : `${from}-${to}`;
}

/** NaN for what is neither a number nor one of the field's names. */
function numberOf(value: string, { from, names }: Field): number {
  if (/^\d+$/.test(value)) return Number(value);
  const index = names?.indexOf(value.toLowerCase()) ?? -1;
  return index < 0 ? Number.NaN : from + index;
}
