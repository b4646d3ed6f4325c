import { dirname, resolve } from 'node:path';
import { readIni } from '../../shared/ini-file.ts';
import { Mistakes } from '../../shared/mistakes.ts';
import { type Binding, readBinding } from './binding.ts';
import { SectionValues } from './section-values.ts';

/** What `config.ini` says, complete and checked: plain data. */
export interface Configuration {
  /** The configuration's own file, absolute. */
  readonly file: string;
  /** How many runs of this configuration may work at the same time. */
  readonly overlap: number;
  /** How long a stop waits for the jobs that run, in milliseconds. */
  readonly graceMs: number;
  /** In the order of the file; one at least. */
  readonly bindings: readonly Binding[];
}

/**
 * Reads and checks the configuration `file`. Paths in it are relative to it.
 *
 * @throws ConfigError that tells all that is wrong, each with the file and the line
 */
export async function readConfig(file: string): Promise<Configuration> {
  const directory = dirname(resolve(file));
  const mistakes = new Mistakes(file);
  // A command has quotes of its own.
  const [first, ...others] = await readIni(file, (_, key) => key === 'command', mistakes);
  const top = SectionValues.read(first, directory, mistakes);
  const sections = others.map((section) => SectionValues.read(section, directory, mistakes).inheriting(top));
  const isBinding = top.has('queuename') || sections.length === 0;
  const bindings: Binding[] = [];
  for (const values of isBinding ? [top, ...sections] : sections) {
    const binding = await readBinding(values, directory, mistakes);
    if (binding !== undefined) bindings.push(binding);
  }
  mistakes.throwIfAny();
  return {
    file: resolve(file),
    overlap: top.get('overlap') ?? 1,
    graceMs: top.get('grace') ?? 10_000,
    bindings,
  };
}
