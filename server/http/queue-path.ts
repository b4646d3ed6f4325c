import type { Context } from 'hono';
import { queueNameProblem } from '../../shared/queue-name.ts';
import type { QueueEngine, QueueName } from '../engine/api.ts';
import { nameOfKey } from './names.ts';
import { Problem } from './problem.ts';

/** The queue that a request's path names, whether there is one or not. Throws a Problem for what cannot be one's name. */
export function queueOfPath(request: Context, engine: QueueEngine): QueueName {
  return checkedName(pathText(request, 'q'), '/q', engine);
}

/** The same of a queue that has to be there. */
export function presentQueue(request: Context, engine: QueueEngine): QueueName {
  const name = queueOfPath(request, engine);
  if (engine.figures.queue(name) === undefined)
    throw new Problem(404, 'not-found', `there is no queue ${JSON.stringify(pathText(request, 'q'))}`);
  return name;
}

/** The queue that `text` names, as a name or a key. Throws a Problem for what cannot be one's name. */
export function checkedName(text: string, pointer: string, engine: QueueEngine): QueueName {
  if (/\p{Surrogate}/u.test(text)) throw wrongName('is no Unicode text', text, pointer);
  const name = nameOfKey(text);
  // What is there has a name, whatever the rules of this server's memcache side.
  if (engine.figures.queue(name) !== undefined) return name;
  // One character for each byte, so that its length is that of the name.
  const problem = queueNameProblem(name.replace(/[\x80-\xff]/g, 'x'));
  if (problem === undefined) return name;
  throw wrongName(problem, text, pointer);
}

function wrongName(problem: string, text: string, pointer: string): Problem {
  const detail = `the name of a queue ${problem}: ${JSON.stringify(text)}`;
  return new Problem(422, 'queue-name', detail, { errors: [{ pointer, detail: problem }] });
}

/** A part of the path, decoded. Throws a Problem where that is not UTF-8: it would mean something else. */
export function pathText(request: Context, name: string): string {
  const { url } = request.req;
  const path = url.slice(0, url.includes('?') ? url.indexOf('?') : undefined);
  if (isDecodable(path)) return request.req.param(name) ?? '';
  const detail = 'the path is not percent-encoded UTF-8: for other bytes take ~ and base64url of them';
  throw new Problem(422, 'path', detail);
}

function isDecodable(path: string): boolean {
  try {
    return decodeURIComponent(path) !== '';
  } catch {
    return false;
  }
}
