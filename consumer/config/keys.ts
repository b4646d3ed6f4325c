import { host } from '../../shared/host.ts';
import { MAX_TIMER_S } from '../../shared/limits.ts';
import {
  duration,
  integer,
  nonEmpty,
  oneOf,
  path,
  type Reader,
  socketPath,
  yesNo,
} from '../../shared/value-readers.ts';
import { CLIENTS, FORMATS } from '../payload/payload.ts';
import { commandWords } from './command-words.ts';
import { hostList } from './host-list.ts';
import { queueList } from './queue-list.ts';
import { charset, className, methodNames } from './readers.ts';

/** Most runs at a time of one configuration. */
export const MAX_RUNS = 1000;

/** What can be set, and how it is read; times are milliseconds. */
export const KEYS = {
  queuename: queueList,
  queueip: hostList('queueport'),
  queueport: integer(1, 65_535),
  queuesocket: socketPath,
  tls: yesNo,
  tls_ca: path,
  tls_cert: path,
  tls_key: path,
  tls_servername: host('queueport'),
  classname: className,
  classfile: path,
  command: commandWords,
  methods: methodNames,
  format: oneOf(...FORMATS),
  charset,
  client: oneOf(...CLIENTS),
  processes: integer(1, 1000),
  concurrency: integer(1, 10_000),
  timeout: duration(0, MAX_TIMER_S),
  recycle: integer(0, 1_000_000_000),
  lease: duration(1, 86_400),
  start_timeout: duration(0.001, 86_400),
  output: oneOf('log', 'pass'),
  username: nonEmpty,
  password: nonEmpty,
  answer_timeout: duration(0.001, 86_400),
  overlap: integer(1, MAX_RUNS),
  lock: path,
  grace: duration(0, 86_400),
} satisfies Record<string, Reader<unknown>>;

export type Key = keyof typeof KEYS;
export type Value<K extends Key> = ReturnType<(typeof KEYS)[K]>;

/** Keys that speak of the whole file. */
export const FOR_ALL: readonly Key[] = ['overlap', 'lock', 'grace'];

/** What a section that sets a key of its own does not inherit with it. */
export const NOT_INHERITED: { readonly [K in Key]?: readonly Key[] } = {
  classname: ['classfile', 'command', 'methods'],
  classfile: ['command'],
  command: ['classfile', 'methods'],
  queueip: ['queuesocket'],
  queueport: ['queuesocket'],
  queuesocket: ['queueip', 'queueport', 'tls', 'tls_ca', 'tls_cert', 'tls_key', 'tls_servername'],
};

export function isKey(text: string): text is Key {
  return Object.hasOwn(KEYS, text);
}
