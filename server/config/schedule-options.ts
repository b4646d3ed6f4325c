import { type Backoff, parseBackoff } from '../../shared/backoff.ts';
import { MAX_KEY_LENGTH } from '../../shared/key-length.ts';
import { utf8AsLatin1 } from '../../shared/latin1.ts';
import { nearestHint } from '../../shared/nearest.ts';
import { integer } from '../../shared/value-readers.ts';

/** What a job of `[schedule]` says of itself, besides its times and its payload. */
export interface ScheduleOptions {
  /** uint32, 0 the most urgent; undefined: as for a message that names none. */
  readonly priority: number | undefined;
  /** Its own limit of attempts; 0: as its queue says. */
  readonly maxAttempts: number;
  /** Its own backoff; undefined: as its queue says. */
  readonly backoff: Backoff | undefined;
  /** The group that it belongs to, one character for each byte of UTF-8; '' for none. */
  readonly group: string;
}

type Changes = Partial<ScheduleOptions>;

/** Those of a key that say something of each run: its id is the job's name, and the line says when it is due. */
const READERS: Readonly<Record<string, (value: string, queue: string) => Changes>> = {
  attempts: (value) => ({ maxAttempts: attempts(value, '') }),
  backoff: (value) => ({ backoff: parseBackoff(value) }),
  group: (value, queue) => ({ group: group(value, queue) }),
  pri: (value) => ({ priority: priority(value, '') }),
};
const NAMES = Object.keys(READERS);
const attempts = integer(1, 65_535);
const priority = integer(0, 0xffff_ffff);

/** Reads `[/<option>=<value>]...` behind a queue's name. Throws an error that says what is wrong. */
export function readScheduleOptions(queue: string, text: string): ScheduleOptions {
  const options = { priority: undefined, maxAttempts: 0, backoff: undefined, group: '' };
  const given = new Set<string>();
  for (const option of text.split('/').slice(1)) {
    const equals = option.indexOf('=');
    const name = equals < 0 ? option : option.slice(0, equals);
    const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    if (read === undefined) throw new Error(unknownOption(name));
    if (given.has(name)) throw new Error(`option "${name}" is given twice`);
    if (equals < 0) throw new Error(`option "${name}" needs a value`);
    given.add(name);
    try {
      Object.assign(options, read(option.slice(equals + 1), queue));
    } catch (error) {
      throw new Error(`option "${name}": ${(error as Error).message}`);
    }
  }
  return options;
}

function unknownOption(name: string): string {
  const hint = nearestHint(name, NAMES, `there are ${NAMES.join(', ')}`);
  return `a scheduled job has no option "${name}"; ${hint}`;
}

/** As in a key, `<queue>/group=<name>`. */
function group(name: string, queue: string): string {
  if (name === '') throw new Error('it is empty');
  if (/[\0\r\n]/.test(name)) throw new Error(`${JSON.stringify(name)} has NUL, CR or LF in it`);
  if (Buffer.byteLength(`${queue}/group=${name}`) > MAX_KEY_LENGTH) throw new Error('it is too long');
  return utf8AsLatin1(name);
}
