import { access } from 'node:fs/promises';
import type { Mistakes } from '../../shared/mistakes.ts';
import { findClassFile } from '../class-file.ts';
import type { Binding, WorkerSource } from './configuration.ts';
import { isIdentifier } from './readers.ts';
import type { SectionValues } from './section-values.ts';

/** What a section and the top of the file say together; undefined when it is not enough, which is noted. */
export async function readBinding(
  values: SectionValues,
  directory: string,
  mistakes: Mistakes,
): Promise<Binding | undefined> {
  const queues = values.require('queuename', mistakes);
  checkLogin(values, mistakes);
  const worker = values.has('command')
    ? readCommand(values, directory, mistakes)
    : await readClass(values, directory, mistakes);
  if (queues === undefined || worker === undefined) return undefined;
  return {
    name: values.name,
    queues,
    server: {
      host: values.get('queueip') ?? '127.0.0.1',
      port: values.get('queueport') ?? 22201,
      username: values.get('username'),
      password: values.get('password'),
      timeoutMs: values.get('answer_timeout') ?? 5000,
    },
    className: values.get('classname'),
    worker,
    methods: values.get('methods'),
    payload: {
      format: values.get('format') ?? 'auto',
      charset: values.get('charset') ?? 'utf-8',
      client: values.get('client'),
    },
    processes: values.get('processes') ?? 1,
    concurrency: values.get('concurrency') ?? 1,
    timeoutMs: values.get('timeout') ?? 0,
    recycle: values.get('recycle') ?? 0,
  };
}

function checkLogin(values: SectionValues, mistakes: Mistakes): void {
  if (values.has('username') && !values.has('password'))
    mistakes.add(values.lineOf('username'), 'username is set, but password is missing');
  if (values.has('password') && !values.has('username'))
    mistakes.add(values.lineOf('password'), 'password is set, but username is missing');
}

function readCommand(values: SectionValues, directory: string, mistakes: Mistakes): WorkerSource | undefined {
  const command = values.get('command');
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
  return command && { kind: 'command', command, directory };
}

async function readClass(
  values: SectionValues,
  directory: string,
  mistakes: Mistakes,
): Promise<WorkerSource | undefined> {
  const name = values.require('classname', mistakes);
  const line = values.lineOf('classname');
  if (name !== undefined && !isIdentifier(name)) {
    mistakes.add(line, `classname: "${name}" is not the name of a JavaScript class`);
    return undefined;
  }
  if (values.has('classfile')) {
    const file = values.get('classfile');
    if (file === undefined) return undefined;
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (!isThere) mistakes.add(values.lineOf('classfile'), `classfile: ${file} does not exist`);
    return { kind: 'class', file };
  }
  if (name === undefined) return undefined;
  try {
    return { kind: 'class', file: await findClassFile(directory, name) };
  } catch (error) {
    mistakes.add(line, (error as Error).message);
    return undefined;
  }
}
