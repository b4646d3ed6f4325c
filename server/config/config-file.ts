import { dirname, resolve } from 'node:path';
import { readIni, type Section } from '../../shared/ini-file.ts';
import type { Mistakes } from '../../shared/mistakes.ts';
import { nearest, nearestHint } from '../../shared/nearest.ts';
import { POLICY_KEYS } from './policies.ts';
import { isJobName } from './schedule-lines.ts';
import { SETTING_KEYS, type Written } from './settings.ts';

/** What the server's file has, by its kind. */
interface ConfigFile {
  /** Of the lines before the first section, and of `[server]`. */
  readonly settings: readonly Written[];
  /** `[queue:<glob>]`, in their order. */
  readonly queues: readonly Section[];
  readonly schedule: Section | undefined;
}

export const NO_FILE: ConfigFile = { settings: [], queues: [], schedule: undefined };

/** What is wrong is noted in `mistakes`, and left out. */
export async function readConfigFile(file: string, mistakes: Mistakes): Promise<ConfigFile> {
  const sections = await readIni(file, mistakes, (section, key) => section === 'schedule' && isJobName(key));
  if (sections === undefined) return NO_FILE;
  const settings = new Map<string, Written & { line: number }>();
  const queues: Section[] = [];
  let schedule: Section | undefined;
  for (const section of sections) {
    const { name, line } = section;
    if (name === '' || name === 'server') addSettings(section, file, settings, mistakes);
    else if (name.startsWith('queue:')) queues.push(section);
    else if (name === 'schedule') schedule = section;
    else mistakes.add(line, `[${name}] is not known; ${sectionHint(name)}`);
  }
  return { settings: [...settings.values()], queues, schedule };
}

function sectionHint(name: string): string {
  const [kind = '', ...glob] = name.split(':');
  if (glob.length > 0) {
    const meant = nearest(kind, ['queue']);
    if (meant !== undefined) return `is it [${meant}:${glob.join(':')}]?`;
  }
  const meant = nearest(name, ['server', 'schedule']);
  return meant === undefined
    ? 'the sections are [server], [queue:<name>] and [schedule]'
    : `is it [${meant}]?`;
}

/** A key is the name of a long flag, with `_` or `-`. */
function addSettings(
  { entries }: Section,
  file: string,
  settings: Map<string, Written & { line: number }>,
  mistakes: Mistakes,
): void {
  for (const [key, { value: text, line }] of entries) {
    const name = key.replaceAll('_', '-');
    const earlier = settings.get(name);
    if (!SETTING_KEYS.includes(name.replaceAll('-', '_'))) mistakes.add(line, unknownKey(key));
    else if (earlier !== undefined) mistakes.add(line, `${key} is already set on line ${earlier.line}`);
    else settings.set(name, { name, text, where: key, directory: dirname(resolve(file)), line });
  }
}

function unknownKey(key: string): string {
  return Object.hasOwn(POLICY_KEYS, key)
    ? `${key} is about queues: it belongs in a section [queue:<name>], for all of them [queue:*]`
    : `unknown key ${key}; ${nearestHint(key, SETTING_KEYS, `the keys are ${SETTING_KEYS.join(', ')}`)}`;
}
