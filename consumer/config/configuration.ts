import { dirname, resolve } from 'node:path';
import { readIni } from '../../shared/ini-file.ts';
import { Mistakes } from '../../shared/mistakes.ts';
import { isDirectory } from '../../shared/unreadable.ts';
import { type Binding, readBindings } from './binding.ts';
import { SectionValues } from './section-values.ts';

/** What `config.ini` says, complete and checked: plain data. */
export interface Configuration {
  /** The configuration's own file, absolute. */
  readonly file: string;
  /** How many runs of this configuration may work at the same time. */
  readonly overlap: number;
  /** The file by which they know of each other, absolute; undefined: the configuration's own. */
  readonly lock: string | undefined;
  /** How long a stop waits for the jobs that run, in milliseconds. */
  readonly graceMs: number;
  /** Those that have a password or a key in them: this one, or what it names. */
  readonly secretFiles: readonly string[];
  /** In the order of the file; one at least. */
  readonly bindings: readonly Binding[];
}

/**
 * Reads and checks the configuration `file`. Paths in it are relative to it.
 *
 * @throws ConfigError that tells all that is wrong, each with the file and the line; with `before` what is wrong with
 *   the command line, too, as a UsageError
 */
export async function readConfig(file: string, before = new Mistakes()): Promise<Configuration> {
  const directory = dirname(resolve(file));
  const mistakes = before.of(file);
  // A command has quotes of its own.
  const sections = await readIni(file, mistakes, (_, key) => key === 'command');
  if (sections === undefined) return mistakes.raise();
  const [first, ...others] = sections;
  if (others.length === 0 && first.entries.size + first.unread.size === 0) {
    mistakes.addWhole('sets nothing: it needs queuename and classname at least');
    return mistakes.raise();
  }
  const top = SectionValues.read(first, directory, mistakes);
  const named = others.map((section) => SectionValues.read(section, directory, mistakes).inheriting(top));
  const isBinding = top.has('queuename') || named.length === 0;
  const bindings: Binding[] = [];
  const secretFiles = new Set<string>();
  for (const values of isBinding ? [top, ...named] : named) {
    const key = values.get('tls_key');
    if (values.has('password')) secretFiles.add(resolve(file));
    if (key !== undefined) secretFiles.add(key);
    bindings.push(...(await readBindings(values, directory, mistakes)));
  }
  const lock = top.get('lock');
  if (lock !== undefined && !isDirectory(dirname(lock)))
    mistakes.add(
      top.lineOf('lock'),
      `lock: there is no directory ${dirname(lock)}: make it, or name another`,
    );
  mistakes.throwIfAny();
  return {
    file: resolve(file),
    overlap: top.get('overlap') ?? 1,
    lock,
    graceMs: top.get('grace') ?? 10_000,
    secretFiles: [...secretFiles],
    bindings,
  };
}
