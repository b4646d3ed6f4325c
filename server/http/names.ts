import { isUtf8 } from 'node:buffer';
import { readableName, utf8AsLatin1 } from '../../shared/latin1.ts';
import type { QueueName } from '../engine/api.ts';

const PLAIN = /^[A-Za-z0-9_.:@-]+$/;
const CODED = /^~([A-Za-z0-9_-]+)$/;

/** A queue's name as it stands in a path: itself, or `~` and base64url of its bytes. */
export function queueKey(name: QueueName): string {
  if (PLAIN.test(name) && name !== '.' && name !== '..') return name;
  return `~${Buffer.from(name, 'latin1').toString('base64url')}`;
}

/** Both forms of a name, as answers carry them. */
export function queueNames(name: QueueName): { name: string; key: string } {
  return { name: readableName(name), key: queueKey(name) };
}

/** The name that a client means, by a key or as UTF-8 text, which the router has decoded. */
export function nameOfKey(key: string): QueueName {
  const [, coded] = CODED.exec(key) ?? [];
  return coded === undefined ? utf8AsLatin1(key) : Buffer.from(coded, 'base64url').toString('latin1');
}

/** A text that clients have sent as JSON, in which half a character may stand: shown as one that is not known. */
export function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** Text of bytes where they are UTF-8, else null. */
export function utf8Text(bytes: Buffer): string | null {
  return isUtf8(bytes) ? bytes.toString('utf8') : null;
}
