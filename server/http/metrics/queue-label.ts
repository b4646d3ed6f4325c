import { isUtf8 } from 'node:buffer';
import type { QueueName } from '../../engine/api.ts';
import { queueKey } from '../names.ts';
import { labelText } from './exposition.ts';

/** What is not shown as it is: control characters; and what keys begin with, so that no name looks like one. */
const NOT_SHOWN = /^~|\p{Cc}/u;

/** What a queue is called in a label: its name where that is UTF-8 without control characters, else its key. */
export function queueLabel(name: QueueName): string {
  const bytes = Buffer.from(name, 'latin1');
  if (!isUtf8(bytes)) return queueKey(name);
  const text = bytes.toString('utf8');
  return NOT_SHOWN.test(text) ? queueKey(name) : text;
}

export function queueLabels(name: QueueName): string {
  return labelText({ queue: queueLabel(name) });
}
