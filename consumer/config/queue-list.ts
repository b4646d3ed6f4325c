import { queueNameProblem } from '../../shared/queue-name.ts';
import { WatchList } from '../../shared/watch-list.ts';

/**
 * Reads `queuename`, and gives what `set $watch` takes: `q`; `high,default,low` in strict order; `high:4,low:1` by
 * weight; `*` for all others; `!name` for none of it. One name alone is that queue, also when it ends like a weight.
 *
 * Whether names may have a `/` only the server knows. Throws an error that says what is wrong.
 */
export function queueList(text: string): string {
  if (text === '') throw new Error('it is empty');
  const parts = text.split(',').map((part) => part.trim());
  const isOne = parts.length === 1 && !text.startsWith('!');
  return isOne ? oneQueue(text) : severalQueues(parts);
}

function oneQueue(name: string): string {
  checkName(name);
  return isWeighted(name) ? `${name}:1` : name;
}

function severalQueues(parts: readonly string[]): string {
  const list = WatchList.parse(parts.join(','));
  if (typeof list === 'string') throw new Error(list);
  const excluded = parts.filter((part) => part.startsWith('!'));
  for (const name of [...list.entries.map(({ queue }) => queue), ...excluded.map((part) => part.slice(1))])
    checkName(name);
  if (excluded.length > 0 && !list.entries.some(({ queue }) => queue === '*'))
    throw new Error(`"${excluded[0]}" excludes nothing, since the list has no "*"`);
  const unweighted = parts.find((part) => !part.startsWith('!') && !isWeighted(part));
  if (list.isWeighted && unweighted !== undefined)
    throw new Error(`"${unweighted}" has no weight, but others have one: all or none, as in "a:4,b:1"`);
  return parts.join(',');
}

/** Whether an entry of a list would be read as a name and a weight. */
function isWeighted(entry: string): boolean {
  const list = WatchList.parse(entry);
  return typeof list === 'string' || list.isWeighted;
}

function checkName(name: string): void {
  const problem = queueNameProblem(name, true);
  if (problem !== undefined) throw new Error(`the queue's name "${name}" ${problem}`);
}
