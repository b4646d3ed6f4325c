import { fileURLToPath } from 'node:url';

/** Lines of stacks: V8's, `at f (file:line:column)` or `at file:line:column`; PHP's and Ruby's. */
const CALL_FRAME = /^\s+at [^(]* \((.+:\d+:\d+)\)$/;
const BARE_FRAME = /^\s+at (?:async )?(.+:\d+:\d+)$/;
const PATH_FRAME = /^(\/[^:]+:\d+)(?::in .*)?$/;

/** Where our own code is; what calls methods of classes comes first. */
const OWN = ['../class', '..', '../../shared'].map((path) =>
  fileURLToPath(new URL(`${path}/`, import.meta.url)),
);

/** Longer ones are left out, bytes: there is no room for them. */
const MAX_FRAME = 300;

/** A line of a stack that names a place in a file, or in Node.js. */
export interface Frame {
  readonly line: string;
  /** `file:line:column`; undefined for Node's own. */
  readonly place: string | undefined;
  /** Whether it is our own code, and whether it is that which calls methods of classes. */
  readonly isOwn: boolean;
  readonly isCaller: boolean;
}

/** Reads a line of a stack; undefined where it is none. */
export function readFrame(line: string): Frame | undefined {
  const text = (CALL_FRAME.exec(line) ?? BARE_FRAME.exec(line) ?? PATH_FRAME.exec(line))?.[1];
  if (text === undefined || Buffer.byteLength(line) > MAX_FRAME) return undefined;
  const place = placeOf(text);
  const owner = place === undefined ? -1 : OWN.findIndex((directory) => place.startsWith(directory));
  return { line, place, isOwn: owner >= 0, isCaller: owner === 0 };
}

/** The frame that tells most of them: the first in the class's own code, else in what it uses. */
export function mainFrame(frames: readonly Frame[]): Frame | undefined {
  const theirs = frames.filter(({ place, isOwn }) => place !== undefined && !isOwn);
  return theirs.find(({ place }) => !/[\\/]node_modules[\\/]/.test(place ?? '')) ?? theirs[0];
}

function placeOf(text: string): string | undefined {
  if (/^(?:node:|eval at |native )|<anonymous>/.test(text)) return undefined;
  if (!text.startsWith('file://')) return text;
  try {
    return fileURLToPath(text);
  } catch {
    return undefined;
  }
}
