import { dirname, resolve } from 'node:path';
import { IDENTIFIER } from '../shared/call.ts';
import { ConfigError } from '../shared/errors.ts';
import { type Entry, readIni } from '../shared/ini-file.ts';
import type { ServerAddress } from '../shared/memcache.ts';
import { queueNameProblem } from '../shared/queue-name.ts';
import { findClassFile } from './class-file.ts';

/** What `config.ini` says, complete and checked. */
export interface ConsumerConfig {
  /** The configuration's own file. */
  readonly file: string;
  readonly queueName: string;
  readonly server: ServerAddress;
  readonly className: string;
  readonly classFile: string;
  /** Methods that may be called, out of those that the class allows; undefined: all of them. */
  readonly methods: readonly string[] | undefined;
  /** The encoding of payloads, as TextDecoder knows it. */
  readonly charset: string;
  /** How many runs of this configuration may work at the same time. */
  readonly overlap: number;
}

/** Turns the text of a value into what it means, or throws an error that says what it must be. */
type Reader<T> = (text: string) => T;

const KEYS = [
  'queuename',
  'queueip',
  'queueport',
  'classname',
  'classfile',
  'overlap',
  'timeout',
  'username',
  'password',
  'methods',
  'charset',
] as const;
type Key = (typeof KEYS)[number];

/**
 * Reads and checks the configuration `file`. Paths in it are relative to it.
 *
 * @throws ConfigError that names the file, the line, the key and what is wrong
 */
export async function readConfig(file: string): Promise<ConsumerConfig> {
  const [{ entries }, section] = await readIni(file);
  if (section !== undefined) {
    throw new ConfigError(
      `${file}:${section.line}: [${section.name}]: sections are not supported; use one file for each queue`,
    );
  }
  for (const [key, { line }] of entries) {
    if (!(KEYS as readonly string[]).includes(key)) {
      throw new ConfigError(`${file}:${line}: unknown key ${key}; the keys are ${KEYS.join(', ')}`);
    }
  }
  const optional = <T>(key: Key, read: Reader<T>): T | undefined =>
    readEntry(file, key, entries.get(key), read);
  const required = <T>(key: Key, read: Reader<T>): T => {
    const value = optional(key, read);
    if (value === undefined) throw new ConfigError(`${file}: ${key} is missing`);
    return value;
  };

  const username = optional('username', nonEmpty);
  const password = optional('password', nonEmpty);
  if ((username === undefined) !== (password === undefined)) {
    throw new ConfigError(`${file}: ${username === undefined ? 'username' : 'password'} is missing`);
  }
  const directory = dirname(resolve(file));
  const className = required('classname', identifier);
  const classFile = optional('classfile', nonEmpty);
  return {
    file: resolve(file),
    queueName: required('queuename', queueName),
    server: {
      host: optional('queueip', host) ?? '127.0.0.1',
      port: optional('queueport', integer(1, 65535)) ?? 22201,
      username,
      password,
      timeoutMs: (optional('timeout', seconds) ?? 5) * 1000,
    },
    className,
    methods: optional('methods', (text) => text.split(',').map((name) => identifier(name.trim()))),
    charset: optional('charset', charset) ?? 'utf-8',
    overlap: optional('overlap', integer(1, 1000)) ?? 1,
    classFile:
      classFile === undefined ? await findClassFile(directory, className) : resolve(directory, classFile),
  };
}

function readEntry<T>(file: string, key: Key, entry: Entry | undefined, read: Reader<T>): T | undefined {
  if (entry === undefined) return undefined;
  try {
    return read(entry.value);
  } catch (error) {
    throw new ConfigError(`${file}:${entry.line}: ${key} ${(error as Error).message}`);
  }
}

function nonEmpty(text: string): string {
  if (text === '') throw new Error('is empty');
  return text;
}

function queueName(text: string): string {
  const problem = queueNameProblem(text);
  if (problem !== undefined) throw new Error(problem);
  return text;
}

/** A name, an IPv4 address or an IPv6 address, with or without brackets. */
function host(text: string): string {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  if (!/^[\w.:%-]+$/.test(bare)) throw new Error(`is not a host's name or address: ${JSON.stringify(text)}`);
  return bare;
}

function identifier(text: string): string {
  if (!IDENTIFIER.test(text)) throw new Error(`has ${JSON.stringify(text)}, which is not a name`);
  return text;
}

function integer(least: number, most: number): Reader<number> {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new Error(`must be a number from ${least} to ${most}, not ${JSON.stringify(text)}`);
    }
    return value;
  };
}

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > 86400) {
    throw new Error(`must be seconds, more than 0 and at most 86400, not ${JSON.stringify(text)}`);
  }
  return value;
}

function charset(text: string): string {
  try {
    return new TextDecoder(text).encoding;
  } catch {
    throw new Error(`is not a known charset: ${JSON.stringify(text)}`);
  }
}
