import { dirname, resolve } from 'node:path';
import { readIni } from '../../shared/ini-file.ts';
import type { ServerAddress } from '../../shared/memcache.ts';
import { Mistakes } from '../../shared/mistakes.ts';
import type { PayloadOptions } from '../payload/payload.ts';
import { readBinding } from './binding.ts';
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

/** Which queues of which server are read, and what runs their jobs. */
export interface Binding {
  /** That of the section; '' for the top of the file. */
  readonly name: string;
  /** What `set $watch` takes: `q`, `high,default,low`, `high:4,default:2`, `*,!mail`. */
  readonly queues: string;
  readonly server: ServerAddress;
  /** Undefined only with a command. */
  readonly className: string | undefined;
  readonly worker: WorkerSource;
  /** Methods that may be called, out of those that the class allows; undefined: all of these. Never with a command. */
  readonly methods: readonly string[] | undefined;
  readonly payload: PayloadOptions;
  readonly processes: number;
  /** Jobs at a time in each process. */
  readonly concurrency: number;
  /** A job that runs longer is killed with its process, in milliseconds; 0: never. */
  readonly timeoutMs: number;
  /** A process is replaced after about so many jobs; 0: never. */
  readonly recycle: number;
}

export type WorkerSource =
  /** A file that exports the class. */
  | { readonly kind: 'class'; readonly file: string }
  /** A program and its arguments, started in the directory. */
  | {
      readonly kind: 'command';
      readonly command: readonly [string, ...string[]];
      readonly directory: string;
    };

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
