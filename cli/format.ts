/** What moves the cursor, is not seen, or changes the direction of what follows. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const numbers = new Intl.NumberFormat('en');

export function count(value: number): string {
  return numbers.format(value);
}

/** Text of a client as a terminal may have it: nothing in it moves the cursor or turns the line around. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (char) => ESCAPES.get(char) ?? `\\u{${codeOf(char)}}`);
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** The same of JSON, which stays what it says; the line feeds between its parts stay, too. */
export function visibleJson(json: string): string {
  return json.replace(UNSEEN, (char) => {
    if (char === '\n') return char;
    const units = Array.from({ length: char.length }, (_, i) => char.charCodeAt(i));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

function codeOf(char: string): string {
  return (char.codePointAt(0) as number).toString(16);
}

/** As long as fits. */
export function cut(text: string, width: number): string {
  const chars = [...text];
  return chars.length <= width ? text : `${chars.slice(0, width - 1).join('')}…`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** Seconds as people say them, in its largest unit and the next: `3d 4h`, `12s`. */
export function age(seconds: number): string {
  if (seconds < 1) return '0s';
  const first = UNITS.findIndex(([, unit]) => seconds >= unit);
  const [name, unit] = UNITS[first] as (typeof UNITS)[number];
  const next = UNITS[first + 1];
  const whole = Math.floor(seconds / unit);
  const rest = next === undefined ? 0 : Math.floor((seconds - whole * unit) / next[1]);
  return rest === 0 || next === undefined ? `${whole}${name}` : `${whole}${name} ${rest}${next[0]}`;
}

/** How long ago a time is, or until it comes; '' for none. */
export function since(time: string | null, now = Date.now()): string {
  if (time === null) return '';
  const ms = now - Date.parse(time);
  return ms >= 0 ? age(ms / 1000) : `in ${age(-ms / 1000)}`;
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytes(value: number): string {
  let size = value;
  let unit = 0;
  for (; size >= 1000 && unit < SIZES.length - 1; unit++) size /= 1000;
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${SIZES[unit]}`;
}

export function milliseconds(value: number): string {
  if (value < 1000) return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
  return age(value / 1000);
}

export function rate(value: number): string {
  return value === 0 ? '0' : value < 10 ? value.toFixed(1) : count(Math.round(value));
}
