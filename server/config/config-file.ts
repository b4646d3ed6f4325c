import { dirname, resolve } from 'node:path';
import { ConfigError } from '../../shared/errors.ts';
import { readIni, type Section } from '../../shared/ini-file.ts';
import { isJobName } from './schedule-lines.ts';
import type { Written } from './settings.ts';

/** What the server's file has, by its kind. */
interface ConfigFile {
  /** Of the lines before the first section, and of `[server]`. */
  readonly settings: readonly Written[];
  /** `[queue:<glob>]`, in their order. */
  readonly queues: readonly Section[];
  readonly schedule: Section | undefined;
}

export const NO_FILE: ConfigFile = { settings: [], queues: [], schedule: undefined };

/** Throws a ConfigError that names the file and the line. */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const sections = await readIni(file, (section, key) => section === 'schedule' && isJobName(key));
  const settings = new Map<string, Written & { line: number }>();
  const queues: Section[] = [];
  let schedule: Section | undefined;
  for (const section of sections) {
    const { name, line } = section;
    if (name === '' || name === 'server') addSettings(section, file, settings);
    else if (name.startsWith('queue:')) queues.push(section);
    else if (name === 'schedule') schedule = section;
    else {
      const known = '[server], [queue:<name>] and [schedule]';
      throw new ConfigError(`${file}:${line}: [${name}] is not known; the sections are ${known}`);
    }
  }
  return { settings: [...settings.values()], queues, schedule };
}

/** A key is the name of a long flag, with `_` or `-`. */
function addSettings(
  { entries }: Section,
  file: string,
  settings: Map<string, Written & { line: number }>,
): void {
  for (const [key, { value: text, line }] of entries) {
    const name = key.replaceAll('_', '-');
    const where = `${file}:${line}: ${key}`;
    const earlier = settings.get(name);
    if (earlier !== undefined) throw new ConfigError(`${where} is already set on line ${earlier.line}`);
    settings.set(name, { name, text, where, directory: dirname(resolve(file)), line });
  }
}
