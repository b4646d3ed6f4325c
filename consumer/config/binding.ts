import { access, readdir } from 'node:fs/promises';
import { errorMessage } from '../../shared/errors.ts';
import type { Mistakes } from '../../shared/mistakes.ts';
import { orNearest } from '../../shared/nearest.ts';
import type { ServerAddress } from '../../shared/server-address.ts';
import { whyUnreadable } from '../../shared/unreadable.ts';
import { findClassFile } from '../class/class-file.ts';
import type { PayloadOptions } from '../payload/payload.ts';
import { isIdentifier } from './readers.ts';
import type { SectionValues } from './section-values.ts';
import { readServers } from './server-values.ts';
import type { ClassSource, CommandSource, WorkerSource } from './worker-source.ts';

/** Which queues of which server are read, and what runs their jobs. */
export interface Binding {
  /** That of the section; '' for the top of the file. */
  readonly name: string;
  /** What `set $watch` takes: `q`, `high,default,low`, `high:4,default:2`, `*,!mail`. */
  readonly queues: string;
  readonly server: ServerAddress;
  readonly worker: WorkerSource;
  readonly payload: PayloadOptions;
  readonly processes: number;
  /** Jobs at a time in each process. */
  readonly concurrency: number;
  /** A job that runs longer is killed with its process, in milliseconds; 0: never. */
  readonly timeoutMs: number;
  /** A process is replaced after about so many jobs; 0: never. */
  readonly recycle: number;
  /** A job that nobody speaks for comes back after so long, milliseconds: the machine is gone, or the network. */
  readonly leaseMs: number;
  /** How long a process may take to load its class, milliseconds. */
  readonly startTimeoutMs: number;
  /** Whether what jobs print goes to the logs, line by line, or to our own standard output and error as it is. */
  readonly output: 'log' | 'pass';
}

/** What a section and the top of the file say together, for each of the servers; none when it is not enough, which is noted. */
export async function readBindings(
  values: SectionValues,
  directory: string,
  mistakes: Mistakes,
): Promise<readonly Binding[]> {
  const queues = values.require('queuename', mistakes);
  const servers = readServers(values, mistakes);
  const worker = values.has('command')
    ? readCommand(values, directory, mistakes)
    : await readClass(values, directory, mistakes);
  if (queues === undefined || worker === undefined) return [];
  const binding = {
    name: values.name,
    queues,
    worker,
    payload: {
      format: values.get('format') ?? 'auto',
      charset: values.get('charset') ?? 'utf-8',
      client: values.get('client'),
      isExact: worker.kind === 'command',
    },
    processes: values.get('processes') ?? 1,
    concurrency: values.get('concurrency') ?? 1,
    timeoutMs: values.get('timeout') ?? 0,
    recycle: values.get('recycle') ?? 0,
    leaseMs: values.get('lease') ?? 30_000,
    startTimeoutMs: values.get('start_timeout') ?? 60_000,
    output: values.get('output') ?? 'log',
  } as const;
  return servers.map((server) => ({ ...binding, server }));
}

function readCommand(
  values: SectionValues,
  directory: string,
  mistakes: Mistakes,
): CommandSource | undefined {
  const command = values.get('command');
  const methods = values.get('methods');
  if (values.has('classfile'))
    mistakes.add(
      values.lineOf('classfile'),
      `classfile and command (line ${values.lineOf('command')}) exclude each other`,
    );
  if (!values.has('methods'))
    mistakes.add(
      values.lineOf('command'),
      'command needs methods: the names of all methods that jobs may call',
    );
  if (command === undefined || methods === undefined) return undefined;
  return { kind: 'command', command, directory, className: values.get('classname'), methods };
}

async function readClass(
  values: SectionValues,
  directory: string,
  mistakes: Mistakes,
): Promise<ClassSource | undefined> {
  const className = values.require('classname', mistakes);
  const line = values.lineOf('classname');
  if (className !== undefined && !isIdentifier(className)) {
    mistakes.add(line, `classname: "${className}" is not the name of a JavaScript class`);
    return undefined;
  }
  const file = values.has('classfile')
    ? await givenFile(values, mistakes)
    : className && (await foundFile(directory, className, line, mistakes));
  if (file === undefined || className === undefined) return undefined;
  const places = { className: mistakes.place(line), methods: mistakes.place(values.lineOf('methods')) };
  return { kind: 'class', directory, file, className, methods: values.get('methods'), places };
}

async function givenFile(values: SectionValues, mistakes: Mistakes): Promise<string | undefined> {
  const file = values.get('classfile');
  if (file === undefined) return undefined;
  await access(file).catch((error: unknown) =>
    mistakes.add(values.lineOf('classfile'), `classfile: ${whyUnreadable(file, error)}`),
  );
  return file;
}

async function foundFile(
  directory: string,
  className: string,
  line: number,
  mistakes: Mistakes,
): Promise<string | undefined> {
  try {
    return await findClassFile(directory, className);
  } catch (error) {
    mistakes.add(line, errorMessage(error) + orNearest(className, await scriptsIn(directory)));
    return undefined;
  }
}

/** The files that may have a class in them, without their ends. */
async function scriptsIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => /\.[cm]?js$/.test(name)).map((name) => name.replace(/\.[cm]?js$/, ''));
}
